// The people that somebody keeps as contacts. `/users/contacts`.
import { z } from "zod";
import { user, username } from "./accounts.ts";
import { page, timestamp, uuid } from "../common.ts";
import { shownName } from "../names.ts";

export const contact = z.object({
  id: uuid.meta({ description: "Of the person: what `DELETE /users/contacts/{id}` takes" }),
  name: z.string().nullable().meta({ description: "What the caller calls them; null: their own name" }),
  user,
  created_at: timestamp,
}).meta({ id: "Contact" });
export type Contact = z.infer<typeof contact>;
export const contactPage = page(contact);

export const contactBody = z.object({
  user_id: uuid.optional(),
  username: username.optional(),
  name: shownName(100).nullable().optional().meta({ description: "An own name for them; absent: what was there" }),
}).refine((b) => (b.user_id === undefined) !== (b.username === undefined), {
  path: ["user_id"],
  message: "one of user_id and username",
});
export type ContactInput = z.infer<typeof contactBody>;
