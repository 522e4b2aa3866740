// Contacts: a person's own list of people of the organisation. Nobody else sees it: who is in somebody's list is not told,
// gets no event, and cannot find out.
import { authorize, may, refuseGuest, requireUser } from "../../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../../kernel/cursor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { type Queryable, sql } from "../../../db/sql.ts";
import type { Page, PageQuery } from "../../../protocol/common.ts";
import type { Contact, ContactInput } from "../../../protocol/accounts/contacts.ts";
import type { Ctx } from "../../context.ts";
import { USER_COLUMNS, type UserRow } from "./store.ts";
import { userView } from "./users.ts";

const MAX_CONTACTS = 5000;

type ContactRow = UserRow & { contact_name: string | null; contact_since: Date };

function own(ctx: Ctx): { organizationId: string; userId: string } {
  authorize(ctx.actor, "profile.manage");
  refuseGuest(ctx.actor);
  return { organizationId: ctx.actor.organizationId, userId: requireUser(ctx.actor) };
}

/** The caller's contacts by username; accounts that are switched off are left out. */
export async function listContacts(ctx: Ctx, query: PageQuery): Promise<Page<Contact>> {
  const { organizationId, userId } = own(ctx);
  const after = query.cursor ? String(decodeCursor(query.cursor, 1)[0]) : null;
  const rows = await ctx.app.db.rows<ContactRow>(sql`
    select ${USER_COLUMNS}, c.name as contact_name, c.created_at as contact_since
    from contacts c join users u on u.id = c.contact_id and u.organization_id = c.organization_id
    join organizations o on o.id = u.organization_id
    where c.organization_id = ${organizationId} and c.user_id = ${userId} and u.is_active
      and (${after}::text is null or lower(u.username) > ${after})
    order by lower(u.username) limit ${query.limit + 1}`);
  return toPage(rows, query.limit, (r) => [r.username.toLowerCase()], (row) => toContact(ctx, row));
}

/**
 * Adds somebody of the organisation; somebody who is in it already gets the new name.
 * @throws AppError `not_found`, `conflict` for oneself and when the list is full
 */
export async function addContact(ctx: Ctx, input: ContactInput): Promise<Contact> {
  const { app, actor } = ctx;
  const { organizationId, userId } = own(ctx);
  // Who may not look people up learns nothing about who there is.
  if (!may(actor, "users.read")) throw notFound("user");
  const now = app.now();
  return await app.db.withTx(async (tx) => {
    const person = await tx.maybe<{ id: string }>(sql`select id from users
      where organization_id = ${organizationId} and is_active and ${
      input.user_id === undefined ? sql`lower(username) = lower(${input.username})` : sql`id = ${input.user_id}`
    } for key share`);
    if (!person) throw notFound("user");
    if (person.id === userId) throw new AppError("conflict", "You cannot be a contact of your own.");
    // The person's row is the lock of the person's list: many at once do not pass the bound.
    await tx.one(
      sql`select id from users where id = ${userId} and organization_id = ${organizationId} for no key update`,
    );
    const { n } = await tx.one<{ n: number }>(sql`select count(*)::int as n from contacts
      where user_id = ${userId} and organization_id = ${organizationId} and contact_id <> ${person.id}`);
    if (n >= MAX_CONTACTS) throw new AppError("conflict", `You have ${MAX_CONTACTS} contacts. Remove some first.`);
    await tx.run(sql`insert into contacts as c (user_id, contact_id, organization_id, name, created_at)
      values (${userId}, ${person.id}, ${organizationId}, ${input.name ?? null}, ${now})
      on conflict (user_id, contact_id) do update
        set name = case when ${input.name !== undefined} then excluded.name else c.name end`);
    return toContact(ctx, await contactRow(tx, organizationId, userId, person.id));
  });
}

function contactRow(q: Queryable, organizationId: string, userId: string, contactId: string): Promise<ContactRow> {
  return q.one<ContactRow>(sql`
    select ${USER_COLUMNS}, c.name as contact_name, c.created_at as contact_since
    from contacts c join users u on u.id = c.contact_id join organizations o on o.id = u.organization_id
    where c.organization_id = ${organizationId} and c.user_id = ${userId} and c.contact_id = ${contactId}`);
}

/** @throws AppError `not_found` */
export async function removeContact(ctx: Ctx, contactId: string): Promise<void> {
  const { organizationId, userId } = own(ctx);
  const removed = await ctx.app.db.run(sql`delete from contacts where organization_id = ${organizationId}
    and user_id = ${userId} and contact_id = ${contactId}`);
  if (removed === 0) throw notFound("contact");
}

function toContact(ctx: Ctx, row: ContactRow): Contact {
  return {
    id: row.id,
    name: row.contact_name,
    user: userView(ctx.app, ctx.actor, row),
    created_at: row.contact_since.toISOString(),
  };
}
