// Erasing messages for good, with everything that hangs on them. Deleting by a person leaves a tombstone instead (changes.ts).
import { rawSql, sql, type Tx } from "../../db/sql.ts";

/**
 * Erases messages of one organisation. Replies whose first message goes become messages of their own.
 * @param ids at most some hundred, so that the transaction stays short
 * @returns the files that the messages showed; whoever calls this sees to those that nothing shows any more
 */
export async function deleteMessages(tx: Tx, organizationId: string, ids: readonly string[]): Promise<string[]> {
  const files = await tx.rows<{ media_id: string }>(sql`
    delete from message_attachments where message_id = any(${ids}::uuid[]) and organization_id = ${organizationId}
    returning media_id`);
  for (const table of ["message_edits", "message_reactions", "message_mentions"]) {
    await tx.run(sql`delete from ${rawSql(table)} where message_id = any(${ids}::uuid[])`);
  }
  await tx.run(sql`delete from thread_members where root_id = any(${ids}::uuid[])`);
  await tx.run(sql`update messages set root_id = null where root_id = any(${ids}::uuid[])`);
  await tx.run(sql`delete from messages where id = any(${ids}::uuid[]) and organization_id = ${organizationId}`);
  return [...new Set(files.map((row) => row.media_id))];
}
