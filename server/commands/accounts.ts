// What `pulpo user` and `pulpo token` do.
import {
  createApiToken,
  createInvite,
  createResetLink,
  createUser,
  deleteApiToken,
  listApiTokens,
  resetSecondFactor,
  setupLink,
  updateUser,
} from "../../features/accounts/mod.ts";
import { ROLES } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { createUserBody, updateUserBody } from "../../protocol/accounts/accounts.ts";
import { inviteBody } from "../../protocol/accounts/coming_in.ts";
import { checkFlags } from "./check_flags.ts";
import { type AdminAction, allUsers, findUser, systemCtx, userCtx } from "./host.ts";

export const ACCOUNT_COMMANDS: Record<string, AdminAction> = {
  "user setup-link": ({ app }) => setupLink(app),
  "user list": async ({ app }, flags) => {
    const users = await allUsers(await systemCtx(app, flags));
    const width = Math.max(8, ...users.map((u) => u.username.length));
    return users.map((u) =>
      `${u.username.padEnd(width)}  ${u.role.padEnd(9)}  ${u.is_active ? "active  " : "disabled"}  ${u.email ?? ""}`
    ).join("\n") || "no users";
  },
  "user create": async ({ app }, flags) => {
    const input = checkFlags(createUserBody, {
      email: flags.email,
      username: flags.username ?? String(flags.email ?? "").split("@")[0],
      password: flags.password,
      role: flags.role,
    });
    const user = await createUser(await systemCtx(app, flags), input);
    const created = `created ${user.username} (${user.role})`;
    if (!user.invitation) return created;
    return user.invitation.url
      ? `${created}; this link sets the password, once, until ${user.invitation.expires_at}:\n${user.invitation.url}`
      : `${created}; a mail with a link to choose a password is under way`;
  },
  "user invite": async ({ app }, flags) => {
    const number = (name: "uses" | "days") => flags[name] === undefined ? undefined : Number(flags[name]);
    const days = number("days");
    const input = checkFlags(inviteBody, {
      email: flags.email,
      role: flags.role,
      uses: number("uses"),
      expires_in: days === undefined ? undefined : days * 86_400,
    });
    const { url, mailed } = await createInvite(await systemCtx(app, flags), input);
    return mailed ? `${url}\n(mailed as well)` : url;
  },
  "user reset-link": async ({ app }, flags) => {
    const ctx = await systemCtx(app, flags);
    return (await createResetLink(ctx, (await findUser(ctx, flags)).id)).url;
  },
  "user set": async ({ app }, flags) => {
    const ctx = await systemCtx(app, flags);
    const user = await findUser(ctx, flags);
    const change = checkFlags(updateUserBody, {
      ...(flags.password === undefined ? {} : { password: flags.password }),
      ...(flags.role === undefined ? {} : { role: flags.role }),
      ...(flags.enable ? { is_active: true } : {}),
      ...(flags.disable ? { is_active: false } : {}),
    });
    if (Object.keys(change).length === 0) {
      throw new AppError(
        "bad_request",
        `Say what to set: --password, --role (${ROLES.join(", ")}), --disable or --enable.`,
      );
    }
    await updateUser(ctx, user.id, change);
    return `changed ${user.username}`;
  },
  "user reset-2fa": async ({ app }, flags) => {
    const ctx = await systemCtx(app, flags);
    const user = await findUser(ctx, flags);
    await resetSecondFactor(ctx, user.id);
    return `removed the second factors of ${user.username}; all their sessions have ended`;
  },
  "token create": async ({ app }, flags) => {
    const ctx = await userCtx(app, flags);
    const scopes = String(flags.scopes ?? "notify").split(",").map((s) => s.trim()).filter(Boolean);
    const expires_at = typeof flags.expires === "string" ? new Date(flags.expires).toISOString() : undefined;
    const { token } = await createApiToken(ctx, { name: String(flags.name ?? "command line"), scopes, expires_at });
    return token;
  },
  "token list": async ({ app }, flags) => {
    const { items } = await listApiTokens(await userCtx(app, flags), { limit: 200 });
    return items.map((t) => `${t.id}  ${t.prefix}…  ${t.scopes.join(",")}  ${t.name}`).join("\n") || "no tokens";
  },
  "token revoke": async ({ app }, flags) => {
    await deleteApiToken(await userCtx(app, flags), String(flags.id ?? ""));
    return "revoked";
  },
};
