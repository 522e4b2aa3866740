// The colour of a person's initials. It comes from the id, so that it is the same on every device, unless two people who stand
// next to each other somewhere would look alike: then one of them gets another, everywhere on this page.
import { signal } from "@preact/signals";

export const COLOURS = 12;
/** With fewer neighbours than colours there is always one left. */
const NEIGHBOURS = COLOURS - 2;

const changed = signal<ReadonlyMap<string, number>>(new Map());
/** Who has stood beside whom, the latest first. */
const neighbours = new Map<string, string[]>();

function hashed(key: string): number {
  let hash = 2166136261;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 16777619);
  return ((hash ^ (hash >>> 15)) >>> 0) % COLOURS;
}

/** A number below COLOURS. */
export function colourOf(key: string): number {
  return changed.value.get(key) ?? hashed(key);
}

function beside(key: string, other: string): void {
  const list = (neighbours.get(key) ?? []).filter((entry) => entry !== other);
  neighbours.set(key, [other, ...list].slice(0, NEIGHBOURS));
}

/** Tells in which order people stand on the screen. */
export function keepApart(keys: readonly string[]): void {
  const peek = (key: string) => next?.get(key) ?? changed.peek().get(key) ?? hashed(key);
  let next: Map<string, number> | null = null;
  for (let i = 1; i < keys.length; i++) {
    const left = keys[i - 1]!, right = keys[i]!;
    if (left === right) continue;
    beside(left, right);
    beside(right, left);
    if (peek(left) !== peek(right)) continue;
    const taken = new Set(neighbours.get(right)!.map(peek));
    let colour = hashed(right);
    while (taken.has(colour)) colour = (colour + 5) % COLOURS;
    next ??= new Map(changed.peek());
    next.set(right, colour);
  }
  if (next) changed.value = next;
}
