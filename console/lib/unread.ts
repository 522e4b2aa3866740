// How many notifications the person has not read; null until the server has said it.
import { signal } from "@preact/signals";

export const unread = signal<number | null>(null);
