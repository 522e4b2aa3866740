// What the search panel is asked to look for from elsewhere (a command, the switcher).
import { signal } from "@preact/signals";

export const searchFor = signal<{ query: string; round: number } | null>(null);
