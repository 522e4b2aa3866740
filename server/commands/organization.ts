// What `pulpo organization` does. The rules are those of features/accounts/organization/organizations.ts.
import { createOrganization, listOrganizations, setOrganization } from "../../features/accounts/mod.ts";
import { createOrganizationInput, setOrganizationInput } from "../../protocol/accounts/organizations.ts";
import { checkFlags } from "./check_flags.ts";
import { type AdminAction, commandCtx, type Flags } from "./host.ts";

const text = (flags: Flags, name: string) => flags[name] === undefined ? {} : { [name]: flags[name] };

export const ORGANIZATION_COMMANDS: Record<string, AdminAction> = {
  "organization list": async ({ app }) => {
    const all = await listOrganizations(app);
    const width = Math.max(4, ...all.map((one) => one.name.length));
    return all.map((one) =>
      [
        one.id,
        one.name.padEnd(width),
        one.is_active ? "active  " : "disabled",
        `${one.users} people`.padStart(11),
        one.plan ?? "",
        one.domain ?? "",
      ].join("  ").trimEnd()
    ).join("\n") || "no organisations";
  },
  "organization create": async ({ app }, flags) => {
    const input = checkFlags(createOrganizationInput, {
      name: flags.name,
      email: flags.email,
      username: flags.username ?? String(flags.email ?? "").split("@")[0],
      password: flags.password,
      ...text(flags, "domain"),
      ...text(flags, "plan"),
    });
    const { id, name, owner } = await createOrganization(commandCtx(app, undefined), input);
    return `created ${name} (${id}) with the owner ${owner}`;
  },
  "organization set": async ({ app }, flags) => {
    const input = checkFlags(setOrganizationInput, {
      ...text(flags, "name"),
      ...text(flags, "domain"),
      ...text(flags, "plan"),
      ...(flags.enable ? { is_active: true } : {}),
      ...(flags.disable ? { is_active: false } : {}),
    });
    const { name, is_active } = await setOrganization(
      commandCtx(app, undefined),
      String(flags.organization ?? ""),
      input,
    );
    return `changed ${name}${is_active ? "" : " (disabled)"}`;
  },
};
