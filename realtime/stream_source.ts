// The source of a stream, on the instance that has it: numbers the lines, gathers them for a tick, and keeps the newest for readers
// who come from somewhere with a position.
import type { StreamSource } from "../kernel/ports.ts";
import type { Batch, StreamKind } from "./stream_wire.ts";
import { LineRing } from "./stream_ring.ts";

/** Lines of one tick travel together. */
const TICK_MS = 50;
/** So many characters leave at once. */
const MAX_GATHERED_CHARS = 64 * 1024;
/** What one answer to a reader who resumes holds; the ring is no larger. */
const ANSWER_CHARS = 1024 * 1024;

export class OpenStream implements StreamSource {
  private readonly ring = new LineRing();
  private gathered: string[] = [];
  private gatheredChars = 0;
  private lastSent = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** @param send hands a batch to the readers, here and on other instances */
  constructor(
    private readonly kind: StreamKind,
    private readonly send: (batch: Batch) => void,
    private readonly isRead: () => boolean,
    private readonly onClose: () => void,
  ) {}

  get read(): boolean {
    return this.isRead();
  }

  append(lines: readonly unknown[], first?: number): void {
    const next = this.ring.last + this.gathered.length + 1;
    if (first !== undefined && first > next) {
      // The source has left some out, as when nobody read: they are not here for anybody.
      this.flush();
      this.ring.put(first, []);
    }
    for (const line of lines.slice(first !== undefined ? Math.max(0, next - first) : 0)) {
      const text = JSON.stringify(line);
      this.gathered.push(text);
      this.gatheredChars += text.length;
      if (this.gatheredChars >= MAX_GATHERED_CHARS) this.flush();
    }
    if (this.gathered.length === 0 || this.timer !== undefined) return;
    const wait = this.lastSent + TICK_MS - performance.now();
    if (wait <= 0) this.flush();
    else this.timer = setTimeout(() => this.flush(), wait);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.gathered.length === 0) return;
    this.lastSent = performance.now();
    const first = this.ring.last + 1, lines = this.gathered;
    this.gathered = [];
    this.gatheredChars = 0;
    this.ring.put(first, lines);
    this.send(this.batch(first, lines));
  }

  private batch(first: number, lines: readonly string[]): Batch {
    return { ...this.kind, first, lines, at: new Date().toISOString() };
  }

  /** Says where the stream is, without lines. */
  head(): Batch {
    return this.batch(this.ring.last + 1, []);
  }

  /** The lines after this one that are still here. */
  after(line: number): Batch {
    const { first, last } = this.ring;
    if (last < first || line >= last) return this.head();
    const from = Math.max(first, line + 1);
    return this.batch(from, this.ring.from(from, ANSWER_CHARS));
  }

  close(): void {
    this.flush();
    this.onClose();
  }
}
