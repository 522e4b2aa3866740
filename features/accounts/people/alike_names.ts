// Nobody takes a display name that looks like somebody else's in other letters. The same name is allowed: it happens, and the
// user name tells people apart (decision 0027).
import { sql, type Tx } from "../../../db/sql.ts";
import { type Actor, isGuest } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import { looksAlike } from "../../../kernel/look_alikes.ts";

/**
 * Whose name is this in other letters? Letters that look alike are one for one, so only names of its length are looked at.
 * @param id of the person who takes the name
 * @returns the user name; undefined: nobody's
 */
export async function alikePerson(
  tx: Tx,
  organizationId: string,
  id: string,
  name: string,
): Promise<string | undefined> {
  const length = [...name.normalize("NFKC").normalize("NFD")].length;
  const rows = await tx.rows<{ username: string; display_name: string }>(sql`
    select username, display_name from users
    where organization_id = ${organizationId} and id <> ${id}
      and (char_length(normalize(normalize(display_name, nfkc), nfd)) = ${length} or char_length(username) = ${length})`);
  return rows.find((row) => looksAlike(row.display_name, name) || looksAlike(row.username, name))?.username;
}

/**
 * For a name that the caller gives. Guests are not told whose it is: they see few people.
 * @throws AppError conflict
 */
export async function refuseAlike(tx: Tx, actor: Actor, id: string, name: string): Promise<void> {
  const other = await alikePerson(tx, actor.organizationId, id, name);
  if (other === undefined) return;
  const whose = isGuest(actor) ? "somebody else's name" : `the name of @${other}`;
  throw new AppError("conflict", `In other letters this is ${whose}. Choose one that can be told apart.`, {
    errors: [{ path: "display_name", message: "looks like somebody else's name" }],
  });
}
