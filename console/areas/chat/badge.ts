// What waits in the chat, for its sign: apart from the chat itself, which is loaded later.
import { signal } from "@preact/signals";
import type { Badge } from "../../app/area.ts";

/** Mentions by their number, else a dot for what is unread. */
export const chatBadge = signal<Badge>(undefined);
