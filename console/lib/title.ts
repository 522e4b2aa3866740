// The title of the tab: what is shown, with the number of mentions in front: "(3) general · Pulpo".
import { effect, signal } from "@preact/signals";

const base = signal("Pulpo");
const count = signal(0);

export function setTitle(text: string): void {
  base.value = `${text} · Pulpo`;
}

/** How many messages call for the person; 0: no number. */
export function setTitleCount(n: number): void {
  count.value = n;
}

if (globalThis.document) {
  effect(() => {
    document.title = (count.value > 0 ? `(${count.value > 99 ? "99+" : count.value}) ` : "") + base.value;
  });
}
