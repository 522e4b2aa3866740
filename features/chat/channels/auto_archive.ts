// Channels in which nobody writes any more are archived by themselves: after the channel's own number of days or the
// organisation's. A week before (or a quarter of the time, if that is less) the channel says so and its admins are told;
// any message, and any change of the channel, begins the time anew. Direct channels never; default channels only by a
// number of their own. Idempotent: what was said stands in `archive_notice_at`, which a message clears.
import { authorize } from "../../../kernel/actor.ts";
import { type Queryable, sql } from "../../../db/sql.ts";
import type { ChatSettings, ChatSettingsInput } from "../../../protocol/chat/extras.ts";
import { changesOf, writeAudit } from "../../audit/mod.ts";
import type { App, Ctx } from "../../context.ts";
import { sendAsSystem } from "../../notifications/mod.ts";
import { lockChannel } from "./store.ts";
import { archiveSilent } from "./channels.ts";
import { languageOf, say } from "../texts.ts";
import { systemMessage } from "../messages/system.ts";

const DAY_MS = 86_400_000;
const MAX_NOTICE_DAYS = 7;
const BATCH = 200;
const MAX_TOLD = 50;

/** The organisation's chat settings. Needs `chat.manage`. */
export async function getChatSettings(ctx: Ctx): Promise<ChatSettings> {
  authorize(ctx.actor, "chat.manage");
  return await settingsOf(ctx.app.db, ctx.actor.organizationId);
}

async function settingsOf(db: Queryable, organizationId: string): Promise<ChatSettings> {
  return await db.maybe<ChatSettings>(sql`
    select auto_archive_days from chat_settings where organization_id = ${organizationId}`) ??
    { auto_archive_days: null };
}

/** Needs `chat.manage`. */
export async function updateChatSettings(ctx: Ctx, input: ChatSettingsInput): Promise<ChatSettings> {
  const { app, actor: { organizationId } } = ctx;
  authorize(ctx.actor, "chat.manage");
  return await app.db.withTx(async (tx) => {
    const before = await settingsOf(tx, organizationId);
    const days = input.auto_archive_days === undefined ? before.auto_archive_days : input.auto_archive_days;
    await tx.run(sql`
      insert into chat_settings (organization_id, auto_archive_days, updated_at)
      values (${organizationId}, ${days}, ${app.now()})
      on conflict (organization_id) do update
        set auto_archive_days = excluded.auto_archive_days, updated_at = excluded.updated_at`);
    await writeAudit(tx, ctx, {
      action: "chat.settings_updated",
      subject_type: "organization",
      subject_id: organizationId,
      details: changesOf(before, { auto_archive_days: days }),
    });
    return { auto_archive_days: days };
  });
}

interface IdleChannel {
  id: string;
  organization_id: string;
  name: string;
  days: number;
  active_at: Date;
  archive_notice_at: Date | null;
}

const noticeDays = (days: number) => Math.min(MAX_NOTICE_DAYS, days / 4);
const IDLE = sql`
  select c.id, c.organization_id, c.name, c.archive_notice_at,
    coalesce(c.auto_archive_days, case when c.is_default then null else s.auto_archive_days end) as days,
    greatest(c.last_message_at, c.updated_at) as active_at
  from channels c left join chat_settings s on s.organization_id = c.organization_id
  where c.archived_at is null and c.type <> 'direct'`;

/** What is to be done with a channel at `now`. */
function stepFor(channel: IdleChannel, now: Date): "notice" | "archive" | undefined {
  const idle = now.getTime() - channel.active_at.getTime();
  const notice = noticeDays(channel.days) * DAY_MS;
  const told = channel.archive_notice_at && channel.archive_notice_at > channel.active_at
    ? channel.archive_notice_at.getTime()
    : undefined;
  if (told === undefined) return idle >= channel.days * DAY_MS - notice ? "notice" : undefined;
  // However late the notice came, people get their time to react.
  return idle >= channel.days * DAY_MS && now.getTime() >= told + notice ? "archive" : undefined;
}

/** Goes over all channels once: tells or archives. A channel that fails is left for the next time. */
export async function autoArchive(app: App): Promise<void> {
  const now = app.now();
  for (let after = "00000000-0000-0000-0000-000000000000";;) {
    const rows = await app.db.rows<IdleChannel>(sql`
      select * from (${IDLE} and c.id > ${after}::uuid) i
      where days is not null and active_at <= ${now}::timestamptz - make_interval(days => days) * 0.75
      order by id limit ${BATCH}`);
    for (const row of rows) {
      const step = stepFor(row, now);
      if (!step) continue;
      await (step === "notice" ? giveNotice(app, row) : archive(app, row)).catch((error) =>
        app.log.warn("could not archive a channel or announce it", { error, channel_id: row.id })
      );
    }
    if (rows.length < BATCH) return;
    after = rows.at(-1)!.id;
  }
}

async function giveNotice(app: App, channel: IdleChannel): Promise<void> {
  const now = app.now();
  const days = String(Math.max(1, Math.round(noticeDays(channel.days))));
  const admins = await app.db.rows<{ user_id: string; locale: string }>(sql`
    select m.user_id, u.locale from channel_members m join users u on u.id = m.user_id and u.is_active
    where m.channel_id = ${channel.id} and m.organization_id = ${channel.organization_id} and m.role = 'admin'
    order by m.joined_at limit ${MAX_TOLD}`);
  for (const [language, people] of Map.groupBy(admins, (admin) => languageOf(admin.locale))) {
    await sendAsSystem(app, channel.organization_id, "Pulpo", {
      type: "channel_archive_notice",
      message: say(language, "archive_notice", channel.name, days),
      data: { channel_id: channel.id, channel_name: channel.name, days: Number(days) },
      user_ids: people.map((admin) => admin.user_id),
      persist: true,
      // A crash before the notice is noted must not tell them twice.
      dedupe_key: `archive_notice:${channel.id}:${channel.active_at.getTime()}:${language}`,
    });
  }
  await app.db.withTx(async (tx) => {
    if (!await stillMeans(tx, channel, "notice", now)) return;
    const row = (await lockChannel(tx, channel.organization_id, channel.id))!;
    await systemMessage(tx, row, { event: "archive_notice", value: days }, now);
    await tx.run(sql`update channels set archive_notice_at = ${now} where id = ${channel.id}`);
  });
}

async function archive(app: App, channel: IdleChannel): Promise<void> {
  const now = app.now();
  await app.db.withTx(async (tx) => {
    const row = await stillMeans(tx, channel, "archive", now);
    if (row) await archiveSilent(tx, row, now);
  });
}

/** Locks the channel and looks again: somebody may have written meanwhile. */
async function stillMeans(
  tx: Parameters<typeof systemMessage>[0],
  channel: IdleChannel,
  step: "notice" | "archive",
  now: Date,
) {
  const row = await lockChannel(tx, channel.organization_id, channel.id);
  const idle = await tx.maybe<IdleChannel>(
    sql`select * from (${IDLE} and c.id = ${channel.id}) i where days is not null`,
  );
  return row && idle && stepFor(idle, now) === step ? row : undefined;
}
