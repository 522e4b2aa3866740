// Channels of an invitation: whoever comes with it is put into them, as far as who invited may still add people there.
import type { Actor } from "../../../kernel/actor.ts";
import type { Queryable, Tx } from "../../../db/sql.ts";
import type { App, NewPerson } from "../../context.ts";
import { accessOf } from "../channels/access.ts";
import { accessRows, lockChannel } from "../channels/store.ts";
import { addPeople } from "./moves.ts";

/** The channels among these that the actor may add people to. */
export async function invitableChannels(
  app: App,
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<string[]> {
  const { organizationId, userId } = actor;
  const rows = await accessRows(db, ids.map((channelId) => ({ organizationId, channelId, userId })), app.now());
  return rows.filter((row) => row !== undefined)
    .filter((row) => row.channel.type !== "direct" && !row.channel.archived_at)
    .filter((row) => accessOf(actor, row).rights.has("invite")).map((row) => row.channel.id);
}

/** Puts a new person into the channels of the invitation; where it cannot be any more, they come in without. */
export async function joinInvited(app: App, tx: Tx, { organizationId, userId, invited }: NewPerson): Promise<void> {
  if (!invited || invited.ids.length === 0) return;
  const ctx = { app, actor: invited.by };
  // Locks are taken in the order of ids, as everywhere; rights are looked at under the lock.
  for (const id of [...invited.ids].sort()) {
    const channel = await lockChannel(tx, organizationId, id);
    if (!channel || (await invitableChannels(app, tx, invited.by, [id])).length === 0) continue;
    await addPeople(tx, ctx, channel, [{ userId, role: "member" }]);
  }
}
