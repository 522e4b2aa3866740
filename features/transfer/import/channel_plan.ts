// Which channel of an archive becomes which channel here. Rules (docs/moving_in.md): one that an earlier import made is
// continued; a public one whose name is free, or taken by a channel without messages, keeps its name; otherwise the history
// goes in as a channel of its own with the source behind the name. Conversations of up to nine people with accounts are
// direct channels, larger ones and those that exist here already become private channels.
import { json, type Queryable, sql } from "../../../db/sql.ts";
import { newId } from "../../../kernel/ids.ts";
import { looksOf, SeenNames } from "../../../kernel/look_alikes.ts";
import { cleanName } from "../../../protocol/names.ts";
import { MAX_DIRECT_MEMBERS } from "../../../protocol/chat/chat.ts";
import type { ImportOptions, ImportReport, ImportSource } from "../../../protocol/operation/transfer.ts";
import type { App } from "../../context.ts";
import type { Findings, NeutralChannel } from "../archives/neutral.ts";
import { storableTime } from "../archives/values.ts";

export interface PlannedChannel {
  channel: NeutralChannel;
  action: ImportReport["channels"][number]["action"];
  id: string;
  type: NeutralChannel["type"];
  /** null: direct. */
  name: string | null;
  directKey: string | null;
  /** Ids of people here. */
  members: { user_id: string; role: string; settings?: Record<string, unknown> }[];
  note?: string;
}

/** Reads only. @param people key → id here, of those with accounts */
export async function planChannels(
  db: Queryable,
  organizationId: string,
  source: ImportSource,
  channels: readonly NeutralChannel[],
  people: ReadonlyMap<string, string>,
  options: ImportOptions,
  conflicts: Findings,
): Promise<PlannedChannel[]> {
  const here = await db.rows<
    { id: string; type: string; name: string | null; direct_key: string | null; empty: boolean; archived: boolean }
  >(
    sql`select id, type, name, direct_key, root_count = 0 as empty, archived_at is not null as archived from channels
      where organization_id = ${organizationId}`,
  );
  const byId = new Map(here.map((row) => [row.id, row]));
  const byName = new Map(here.filter((r) => r.type === "public" && !r.archived).map((r) => [r.name!.toLowerCase(), r]));
  const byDirect = new Map(here.filter((r) => r.direct_key).map((r) => [r.direct_key!, r]));
  const seen = new SeenNames(byName.keys()),
    names = new Set(byName.keys()),
    directs = new Set<string>(),
    filled = new Set<string>();
  const known = new Map((await db.rows<{ external_id: string; internal_id: string }>(sql`
    select external_id, internal_id from transfer_ids
    where organization_id = ${organizationId} and source = ${source} and kind = 'channel'`))
    .map((row) => [row.external_id, row.internal_id]));
  const skipped = new Set(options.skip_channels.map((name) => name.replace(/^#/, "").toLowerCase()));

  return channels.map((channel): PlannedChannel => {
    const members = channel.members.flatMap(({ key, role, settings }) => {
      const user_id = people.get(key);
      return user_id ? [{ user_id, role, ...(settings ? { settings } : {}) }] : [];
    });
    const plan = (part: Partial<PlannedChannel>): PlannedChannel => ({
      channel,
      action: "created",
      id: newId(),
      type: channel.type,
      name: importedName(channel.name),
      directKey: null,
      members,
      ...part,
    });
    const clean = importedName(channel.name);
    const out = skipped.has(channel.name.toLowerCase()) || skipped.has(channel.key.toLowerCase()) ||
      (channel.type === "private" && !options.include_private) ||
      (channel.type === "direct" && !options.include_direct);
    if (out) return plan({ action: "skipped" });
    const before = byId.get(known.get(channel.key) ?? "");
    if (before) {
      return plan({
        action: "continued",
        id: before.id,
        type: before.type as PlannedChannel["type"],
        name: before.name,
      });
    }
    if (channel.type === "direct") {
      const ids = [...new Set(members.map((m) => m.user_id))].sort(), key = ids.join(" ");
      const everybody = new Set(channel.members.map((m) => m.key)).size === ids.length;
      const fits = everybody && ids.length > 0 && ids.length <= MAX_DIRECT_MEMBERS && !directs.has(key);
      const there = byDirect.get(key);
      if (fits && !there) {
        directs.add(key);
        return plan({ name: null, directKey: key });
      }
      if (fits && there?.empty) {
        directs.add(key);
        return plan({ action: "filled", id: there.id, name: null });
      }
      // With bots and people of elsewhere it stays a conversation, named by them.
      if (!everybody && ids.length > 0 && channel.members.length <= MAX_DIRECT_MEMBERS) {
        const name = cleanName(channel.strangers?.join(", ") ?? "", 80, clean);
        return plan({ name, note: "somebody in it has no account here" });
      }
      const note = !everybody || ids.length === 0
        ? "somebody in it has no account here"
        : ids.length > MAX_DIRECT_MEMBERS
        ? `more than ${MAX_DIRECT_MEMBERS} people`
        : "there is such a conversation with messages";
      conflicts.add("direct_becomes_private", `${channel.name}: ${note}`);
      return plan({ type: "private", name: cleanName(channel.name, 80, "conversation"), note });
    }
    if (clean !== channel.name.trim()) conflicts.add("channel_name_changed", `${channel.name} → ${clean}`);
    const lower = clean.toLowerCase(), live = channel.type === "public" && !channel.archived;
    if (!live || !(names.has(lower) || seen.hasAlike(clean))) {
      if (live) {
        names.add(lower);
        seen.add(clean);
      }
      return plan({});
    }
    const there = byName.get(lower);
    if (there?.empty && !filled.has(there.id)) {
      filled.add(there.id);
      return plan({ action: "filled", id: there.id });
    }
    const name = freeName(clean, source, names);
    names.add(name.toLowerCase());
    conflicts.add("channel_renamed", `${channel.name} → ${name}`);
    return plan({ name, note: "there is a channel of this name with messages" });
  });
}

/** Letters that are mixed to look alike become the Latin ones that they pass for. */
function importedName(name: string): string {
  return cleanName(name, 80, cleanName(looksOf(name).small, 80, "channel"));
}

/** The channel that a new organisation begins with, and nobody has used, becomes what the archive's one of its name is. */
async function fillUntouched(
  tx: Queryable,
  organizationId: string,
  part: readonly PlannedChannel[],
  people: ReadonlyMap<string, string>,
): Promise<void> {
  const filled = part.filter((p) => p.action === "filled").map(({ channel, id }) => ({
    id,
    topic: channel.topic,
    description: channel.description,
    created_by: people.get(channel.creator ?? "") ?? null,
    created_at: storableTime(channel.created_at) ? new Date(channel.created_at).toISOString() : null,
    policy: channel.extra?.policy ?? {},
    auto_archive_days: channel.extra?.auto_archive_days ?? null,
  }));
  await tx.run(sql`
    update channels c set topic = n.topic, description = n.description, created_by = n.created_by, policy = n.policy,
      created_at = coalesce(n.created_at, c.created_at), auto_archive_days = n.auto_archive_days
    from jsonb_to_recordset(${json(filled)}) as n (id uuid, topic text, description text, created_by uuid,
      created_at timestamptz, policy jsonb, auto_archive_days int)
    where c.id = n.id and c.organization_id = ${organizationId} and c.is_default and c.created_by is null
      and c.root_count = 0`);
}

function freeName(name: string, source: string, taken: ReadonlySet<string>): string {
  for (let i = 1;; i++) {
    const end = `-${source}${i > 1 ? `-${i}` : ""}`, candidate = name.slice(0, 80 - end.length) + end;
    if (!taken.has(candidate.toLowerCase())) return candidate;
  }
}

/** Makes the channels, without people: those come in when the history is complete. May come again. */
export async function writeChannels(
  app: App,
  organizationId: string,
  source: ImportSource,
  plan: readonly PlannedChannel[],
  people: ReadonlyMap<string, string>,
  step: (tx: Queryable, done: number) => Promise<void>,
): Promise<void> {
  const now = app.now();
  for (let i = 0; i < plan.length; i += 200) {
    const part = plan.slice(i, i + 200).filter((p) => p.action !== "skipped");
    const fresh = part.filter((p) => p.action === "created").map(({ channel, id, type, name, directKey }) => ({
      id,
      type,
      name,
      direct_key: directKey,
      topic: channel.topic,
      description: channel.description,
      created_by: people.get(channel.creator ?? "") ?? null,
      created_at: (storableTime(channel.created_at) ? new Date(channel.created_at) : now).toISOString(),
      archived_at: channel.archived ? now.toISOString() : null,
      history: channel.extra?.history === "joined" ? "joined" : "all",
      policy: channel.extra?.policy ?? {},
      is_default: channel.extra?.is_default === true,
      auto_archive_days: channel.extra?.auto_archive_days ?? null,
    }));
    await app.db.withTx(async (tx) => {
      const made = await tx.run(sql`
        insert into channels (id, organization_id, type, name, direct_key, topic, description, created_by, created_at,
          updated_at, archived_at, history, policy, is_default, auto_archive_days)
        select id, ${organizationId}, type, name, direct_key, topic, description, created_by, created_at, ${now}, archived_at,
          history, policy, is_default, auto_archive_days
        from jsonb_to_recordset(${json(fresh)}) as n (id uuid, type text, name text, direct_key text, topic text,
          description text, created_by uuid, created_at timestamptz, archived_at timestamptz, history text, policy jsonb,
          is_default boolean, auto_archive_days int)
        on conflict do nothing`);
      await fillUntouched(tx, organizationId, part, people);
      if (made !== fresh.length) throw new Error("channels changed while they were imported");
      await tx.run(sql`
        insert into transfer_ids (organization_id, source, kind, external_id, internal_id)
        select ${organizationId}, ${source}, 'channel', key, id
        from jsonb_to_recordset(${json(part.map((p) => ({ key: p.channel.key, id: p.id })))}) as n (key text, id uuid)
        on conflict (organization_id, source, kind, external_id) do update set internal_id = excluded.internal_id`);
      await step(tx, Math.min(plan.length, i + 200));
    });
  }
}
