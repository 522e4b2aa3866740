// Whose card stands over the page.
import { signal } from "@preact/signals";
import type { ChatUser } from "../../../protocol/chat/chat.ts";

export const person = signal<{ user: ChatUser; anchor: Element } | null>(null);

export function openPerson(user: ChatUser, anchor: Element): void {
  if (user.id) person.value = { user, anchor };
}
