// Which live channels are read on which instance. Every instance tells the others what it begins and ends to read, numbered, and
// repeats its number every 2 s: who has missed a note asks for the whole list; what has been silent for 7 s is forgotten with
// all that it read. So a source learns of its first and last reader at once, and of a dead instance soon; and of further readers
// where it wants to (relays), since who has missed a note takes the whole list for news of all.
import { Spaced } from "./spaced.ts";

const REPEAT_MS = 2000;
const FORGET_MS = 7000;
/** The whole list is sent at most so often, however many ask for it. */
const WHOLE_MS = 250;
/** Changes are told at once, those that follow gathered for so long: readers who come and go all the time cost no more. */
const CHANGE_MS = 20;
/** After so long whoever is there has answered. */
const SETTLE_MS = 1000;

export type InterestNote =
  /** An instance has started or has lost touch: everybody tells everything. */
  | { kind: "hello"; from: string }
  | { kind: "bye"; from: string }
  /** Somebody has missed something of this instance. */
  | { kind: "want"; from: string; of: string }
  | { kind: "all"; from: string; version: number; topics: string[] }
  /** `joined`: further readers have come to these, on an instance that read them already. */
  | { kind: "change"; from: string; version: number; add: string[]; drop: string[]; joined?: string[] }
  | { kind: "alive"; from: string; version: number };

export interface InterestOptions {
  self: string;
  /** To all other instances; may be lost. */
  send(note: InterestNote): void;
  /** An instance reads this topic from now on (or says so again), or does not any more. */
  onChange(topic: string, instance: string, reads: boolean): void;
  /** A further reader has come to the topic on another instance, or may have: notes were missed. */
  onJoin(topic: string): void;
}

interface Other {
  seen: number;
  version: number;
  topics: Set<string>;
}

export class Interest {
  private readonly here = new Set<string>();
  private readonly changed = new Map<string, boolean>();
  private readonly joins = new Set<string>();
  // Gathered for a moment: a thousand channels of a reader are one note.
  private readonly changes = new Spaced(CHANGE_MS, () => queueMicrotask(() => this.tellChanges()));
  private version = 0;
  private greeted = Date.now();
  private readonly others = new Map<string, Other>();
  private readonly byTopic = new Map<string, Set<string>>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private whole: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: InterestOptions) {}

  start(): void {
    this.timer = setInterval(() => this.repeat(), REPEAT_MS);
  }

  /** The bus works (again): everything is told and asked anew. */
  greet(): void {
    this.greeted = Date.now();
    this.options.send({ kind: "hello", from: this.options.self });
    this.tellAll();
  }

  close(): void {
    clearInterval(this.timer);
    clearTimeout(this.whole);
    this.changes.stop();
    this.changed.clear();
    this.joins.clear();
    this.options.send({ kind: "bye", from: this.options.self });
  }

  /** Somebody here reads the topic from now on, or nobody any more. */
  set(topic: string, reads: boolean): void {
    if (this.here.has(topic) === reads) return;
    if (reads) this.here.add(topic);
    else this.here.delete(topic);
    this.changed.set(topic, reads);
    this.changes.ask();
  }

  /** One more reader here has come to a topic that is read here. */
  joined(topic: string): void {
    if (!this.here.has(topic)) return;
    this.joins.add(topic);
    this.changes.ask();
  }

  private tellChanges(): void {
    if (this.changed.size === 0 && this.joins.size === 0) return;
    const add: string[] = [], drop: string[] = [], joined = [...this.joins];
    for (const [topic, reads] of this.changed) (reads ? add : drop).push(topic);
    this.changed.clear();
    this.joins.clear();
    const change = { kind: "change" as const, from: this.options.self, version: ++this.version, add, drop };
    this.options.send(joined.length ? { ...change, joined } : change);
  }

  private tellAll(): void {
    this.whole ??= setTimeout(() => {
      this.whole = undefined;
      const { self, send } = this.options;
      send({ kind: "all", from: self, version: this.version, topics: [...this.here] });
    }, WHOLE_MS * Math.random());
  }

  private repeat(): void {
    this.options.send({ kind: "alive", from: this.options.self, version: this.version });
    const limit = Date.now() - FORGET_MS;
    for (const [id, other] of this.others) if (other.seen < limit) this.forget(id);
  }

  /** Other instances that read the topic. */
  instances(topic: string): ReadonlySet<string> {
    return this.byTopic.get(topic) ?? NOBODY;
  }

  /** Whether there are no other instances; not before they have had time to say so. */
  get alone(): boolean {
    return this.others.size === 0 && Date.now() - this.greeted > SETTLE_MS;
  }

  take(note: InterestNote): void {
    const { self, send } = this.options;
    if (note.kind === "bye") return this.forget(note.from);
    const known = this.others.get(note.from);
    if (known) known.seen = Date.now();
    switch (note.kind) {
      case "hello":
        return this.tellAll();
      case "want":
        if (note.of === self) this.tellAll();
        return;
      case "all":
        this.replace(note.from, note.version, note.topics);
        for (const topic of note.topics) this.options.onJoin(topic);
        return;
      case "change":
        if (known?.version === note.version - 1) {
          known.version = note.version;
          for (const topic of note.add) this.add(note.from, known, topic);
          for (const topic of note.drop) this.drop(note.from, known, topic);
          for (const topic of note.joined ?? []) this.options.onJoin(topic);
          return;
        }
        break;
      case "alive":
        if (known?.version === note.version) return;
    }
    send({ kind: "want", from: self, of: note.from });
  }

  private replace(id: string, version: number, topics: string[]): void {
    let other = this.others.get(id);
    if (!other) this.others.set(id, other = { seen: Date.now(), version, topics: new Set() });
    other.version = version;
    for (const topic of other.topics.difference(new Set(topics))) this.drop(id, other, topic);
    for (const topic of topics) this.add(id, other, topic);
  }

  private add(id: string, other: Other, topic: string): void {
    other.topics.add(topic);
    let readers = this.byTopic.get(topic);
    if (!readers) this.byTopic.set(topic, readers = new Set());
    readers.add(id);
    this.options.onChange(topic, id, true);
  }

  private drop(id: string, other: Other, topic: string): void {
    if (!other.topics.delete(topic)) return;
    const readers = this.byTopic.get(topic);
    readers?.delete(id);
    if (!readers?.size) this.byTopic.delete(topic);
    this.options.onChange(topic, id, false);
  }

  private forget(id: string): void {
    const other = this.others.get(id);
    if (!other) return;
    this.others.delete(id);
    for (const topic of other.topics) this.drop(id, other, topic);
  }
}

const NOBODY: ReadonlySet<string> = new Set();
