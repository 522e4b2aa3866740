// Messages as they lie in the database, with times of the test's choice, for tests of what is counted and what is kept.
import { newId } from "../../kernel/ids.ts";
import { json, type Queryable, sql } from "../../db/sql.ts";

export interface MadeMessage {
  at: string | Date;
  user?: string | null;
  root?: string;
  files?: string[];
  content?: string;
  type?: string;
  bot?: boolean;
}

export async function makeChannel(
  db: Queryable,
  organizationId: string,
  name: string,
  more: { type?: "public" | "private"; members?: string[] } = {},
): Promise<string> {
  const id = newId();
  const now = new Date();
  await db.run(sql`insert into channels (id, organization_id, type, name, created_at, updated_at)
    values (${id}, ${organizationId}, ${more.type ?? "public"}, ${name}, ${now}, ${now})`);
  for (const user of more.members ?? []) {
    await db.run(sql`insert into channel_members (channel_id, user_id, organization_id, joined_at)
      values (${id}, ${user}, ${organizationId}, ${now})`);
  }
  return id;
}

/** Adds messages at the end of the channel, in this order. @returns their ids */
export async function makeMessages(
  db: Queryable,
  organizationId: string,
  channelId: string,
  made: readonly MadeMessage[],
): Promise<string[]> {
  const { last_seq, root_count } = await db.one<{ last_seq: number; root_count: number }>(sql`
    select last_seq, root_count from channels where id = ${channelId}`);
  let roots = root_count;
  const rows = made.map((m, i) => {
    if (!m.root && m.type !== "system") roots++;
    return {
      id: newId(),
      organization_id: organizationId,
      channel_id: channelId,
      seq: last_seq + i + 1,
      root_no: roots,
      user_id: m.user ?? null,
      root_id: m.root ?? null,
      message_type: m.type ?? (m.files ? "file" : "text"),
      content: m.content ?? `message ${i}`,
      attachments: (m.files ?? []).map((id) => ({ id, filename: "a.bin" })),
      props: m.bot ? { bot: true } : {},
      has_file: (m.files ?? []).length > 0,
      created_at: m.at,
    };
  });
  await db.run(sql`
    insert into messages (id, organization_id, channel_id, seq, root_no, user_id, root_id, message_type, content,
      attachments, props, has_file, created_at)
    select * from jsonb_to_recordset(${json(rows)}) as n (id uuid, organization_id uuid, channel_id uuid, seq bigint,
      root_no bigint, user_id uuid, root_id uuid, message_type text, content text, attachments jsonb, props jsonb,
      has_file boolean, created_at timestamptz)`);
  for (const row of rows) {
    for (const [position, { id }] of row.attachments.entries()) {
      await db.run(sql`insert into message_attachments (message_id, media_id, position, organization_id, channel_id)
        values (${row.id}, ${id}, ${position}, ${organizationId}, ${channelId})`);
    }
    if (row.root_id) await db.run(sql`update messages set reply_count = reply_count + 1 where id = ${row.root_id}`);
  }
  await db.run(
    sql`update channels set last_seq = ${last_seq + rows.length}, root_count = ${roots} where id = ${channelId}`,
  );
  return rows.map((row) => row.id);
}

export async function react(
  db: Queryable,
  organizationId: string,
  id: string,
  user: string,
  at: string,
): Promise<void> {
  await db.run(sql`
    insert into message_reactions (message_id, emoji, user_id, organization_id, channel_id, created_at)
    select id, '👍', ${user}, ${organizationId}, channel_id, ${new Date(at)} from messages where id = ${id}`);
}
