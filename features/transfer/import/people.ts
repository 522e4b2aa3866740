// Who is who: people of an archive and people here. By the id map of an earlier import, then by what the caller said, then
// by e-mail address; the rest get an account without a password. Addresses and names are unique in the whole installation,
// so an address that belongs to another organisation cannot be used and a placeholder stands in for it.
import { json, type Queryable, sql } from "../../../db/sql.ts";
import { newId } from "../../../kernel/ids.ts";
import { SeenNames } from "../../../kernel/look_alikes.ts";
import { cleanName } from "../../../protocol/names.ts";
import type { ImportOptions, ImportReport, ImportSource } from "../../../protocol/operation/transfer.ts";
import type { App } from "../../context.ts";
import type { Findings, NeutralUser } from "../archives/neutral.ts";

export interface PlannedPerson {
  user: NeutralUser;
  action: ImportReport["people"][number]["action"];
  /** Undefined for bots. */
  id?: string;
  username: string;
  email: string;
  note?: string;
}

const RESERVED = new Set(["here", "channel", "everyone", "all", "me", "system", "root", "pulpo"]);
const EMAIL = /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$/;

/** Reads only. */
export async function planPeople(
  db: Queryable,
  organizationId: string,
  source: ImportSource,
  users: readonly NeutralUser[],
  options: ImportOptions,
  conflicts: Findings,
): Promise<PlannedPerson[]> {
  const here = await db.rows<
    { id: string; organization_id: string; username: string; display_name: string; email: string | null }
  >(sql`select id, organization_id, username, display_name, email from users`);
  const own = here.filter((row) => row.organization_id === organizationId);
  const byId = new Map(own.map((row) => [row.id, row]));
  const byEmail = new Map(own.flatMap((row) => row.email ? [[row.email.toLowerCase(), row] as const] : []));
  const byName = new Map(own.map((row) => [row.username.toLowerCase(), row]));
  const seen = new SeenNames(own.flatMap((row) => [row.display_name, row.username]));
  const emails = new Set(here.flatMap((row) => row.email?.toLowerCase() ?? []));
  const handles = await db.rows<{ handle: string }>(sql`
    select handle from user_groups where organization_id = ${organizationId}`);
  const names = new Set([...here.map((row) => row.username.toLowerCase()), ...handles.map((row) => row.handle)]);
  const known = new Map((await db.rows<{ external_id: string; internal_id: string }>(sql`
    select external_id, internal_id from transfer_ids
    where organization_id = ${organizationId} and source = ${source} and kind = 'user'`))
    .map((row) => [row.external_id, row.internal_id]));
  return users.map((user): PlannedPerson => {
    const email = EMAIL.test(user.email ?? "") && user.email!.length <= 254 ? user.email! : null;
    const said = options.users[user.key] ?? (email ? options.users[email] : undefined) ?? options.users[user.username];
    const wanted = said?.toLowerCase();
    const told = wanted === undefined ? undefined : byName.get(wanted) ?? byEmail.get(wanted);
    if (said && !told) conflicts.add("no_such_account_here", `${user.username} → ${said}`);
    const match = byId.get(known.get(user.key) ?? "") ?? told ?? (email ? byEmail.get(email.toLowerCase()) : undefined);
    if (match && !user.is_bot) {
      return { user, action: "matched", id: match.id, username: match.username, email: match.email ?? "" };
    }
    if (user.is_bot) return { user, action: "bot", username: user.username, email: "" };
    const username = freeName(user.username, names);
    names.add(username.toLowerCase());
    if (username.toLowerCase() !== user.username.toLowerCase()) {
      conflicts.add("username_changed", `${user.username} → ${username}`);
    }
    let address = email, note: string | undefined;
    if (!address || emails.has(address.toLowerCase())) {
      note = address ? "the address has an account in another organisation" : "no e-mail address";
      conflicts.add(
        address ? "email_in_use_elsewhere" : "no_email_address",
        `${user.username} ${address ?? ""}`.trim(),
      );
      address = `${username}.${organizationId.slice(-8)}@${source}.invalid`.toLowerCase();
    }
    emails.add(address.toLowerCase());
    const name = cleanName(user.display_name, 100, username), shown = seen.hasAlike(name) ? username : name;
    seen.add(shown);
    const was = user.display_name.trim();
    if (was && was !== shown) conflicts.add("display_name_changed", `${was} → ${shown}`);
    const person = { ...user, display_name: shown };
    return { user: person, action: "created", id: newId(), username, email: address, note };
  });
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  const plain = wanted.normalize("NFD").replace(/\p{M}/gu, "").replace(/[^a-z0-9_.-]+/gi, "-").replace(
    /^[^a-z0-9]+/i,
    "",
  );
  const base = plain.length < 2 ? `user-${plain || "x"}` : plain.slice(0, 32);
  const free = (name: string) => !taken.has(name.toLowerCase()) && !RESERVED.has(name.toLowerCase());
  if (free(base)) return base;
  for (let i = 2;; i++) {
    const name = `${base.slice(0, 31 - String(i).length)}-${i}`;
    if (free(name)) return name;
  }
}

/** Makes the accounts and notes who is who. May come again: what is there stays. */
export async function writePeople(
  app: App,
  organizationId: string,
  source: ImportSource,
  plan: readonly PlannedPerson[],
  options: ImportOptions,
  step: (tx: Queryable, done: number) => Promise<void>,
): Promise<void> {
  const now = app.now();
  for (let i = 0; i < plan.length; i += 200) {
    const part = plan.slice(i, i + 200).filter((p) => p.id !== undefined);
    const fresh = part.filter((p) => p.action === "created").map(({ user, id, username, email }) => ({
      id,
      username,
      email,
      display_name: user.display_name,
      role: user.role ?? "member",
      locale: user.locale?.slice(0, 35) ?? "en",
      is_active: user.is_active && options.new_people === "active",
    }));
    await app.db.withTx(async (tx) => {
      const made = await tx.run(sql`
        insert into users (id, organization_id, email, username, display_name, role, locale, is_active, created_at, updated_at)
        select id, ${organizationId}, email, username, display_name, role, locale, is_active, ${now}, ${now}
        from jsonb_to_recordset(${json(fresh)}) as n (id uuid, email text, username text, display_name text, role text,
          locale text, is_active boolean)
        on conflict do nothing`);
      // Somebody registered under one of the names meanwhile: the plan is made anew.
      if (made !== fresh.length) throw new Error("accounts changed while people were imported");
      await tx.run(sql`
        insert into transfer_ids (organization_id, source, kind, external_id, internal_id)
        select ${organizationId}, ${source}, 'user', key, id
        from jsonb_to_recordset(${json(part.map((p) => ({ key: p.user.key, id: p.id })))}) as n (key text, id uuid)
        on conflict (organization_id, source, kind, external_id) do update set internal_id = excluded.internal_id`);
      await writeExtras(tx, organizationId, part);
      await step(tx, Math.min(plan.length, i + 200));
    });
  }
}

/** What only our own export brings along: notification preferences, and what moderation forbids (channels come later). */
async function writeExtras(tx: Queryable, organizationId: string, part: readonly PlannedPerson[]): Promise<void> {
  const preferences = part.flatMap(({ id, action, user }) =>
    action === "created" && user.extra?.preferences ? [{ id, value: user.extra.preferences }] : []
  );
  if (preferences.length) {
    await tx.run(sql`
      insert into notification_preferences (user_id, organization_id, value, wants_email)
      select id, ${organizationId}, value, value::text like '%"email"%'
      from jsonb_to_recordset(${json(preferences)}) as n (id uuid, value jsonb) on conflict do nothing`);
  }
  const restrictions = part.flatMap(({ id, user }) =>
    (user.extra?.restrictions ?? []).filter((r) => r.channel_id === null && (r.kind === "mute" || r.kind === "ban"))
      .map(({ kind, reason, expires_at }) => ({ id: newId(), user_id: id, kind, reason, expires_at }))
  );
  if (restrictions.length) {
    await tx.run(sql`
      insert into chat_restrictions (id, organization_id, user_id, channel_id, kind, reason, expires_at)
      select n.id, ${organizationId}, n.user_id, null, n.kind, coalesce(n.reason, ''), n.expires_at
      from jsonb_to_recordset(${json(restrictions)}) as n (id uuid, user_id uuid, kind text, reason text,
        expires_at timestamptz)
      where not exists (select from chat_restrictions r where r.user_id = n.user_id and r.kind = n.kind
        and r.channel_id is null)`);
  }
}
