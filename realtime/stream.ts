// Channels of the class stream, where they are read: numbered lines from one source. Each reader has a place in the ring of the
// newest lines; it is handed what lies behind its place whenever its send queue has room. Invariants:
//  - a reader gets line numbers in order, none twice; when the ring has moved on without it, a push `gap {from, to}` says so;
//  - a position is the epoch of the source and the number of a line: a reader resumes on any instance, within the ring;
//  - lines that everybody can take are encoded once.
import type { Bytes } from "../protocol/wire/binary.ts";
import type { Position } from "../protocol/wire/frames.ts";
import { Encoded } from "./encoded.ts";
import type { FeedHost, LiveFeed, Reader, Start } from "./live_feed.ts";
import { LineRing } from "./stream_ring.ts";
import { type Batch, decodeBatch, Run, type StreamKind } from "./stream_wire.ts";

/** Characters of lines in one push to a reader who catches up. */
const CATCH_UP_CHARS = 64 * 1024;

interface Place {
  /** The last line that was handed over. */
  at: number;
}

export class StreamFeed implements LiveFeed {
  references = 0;
  ready: Promise<void> = Promise.resolve();
  readonly readers = new Map<Reader, Place>();
  /** The instance of the source; empty until it has said something. */
  from = "";
  /** Called at everything that the source says. */
  readonly heard = new Set<() => void>();
  private kind: StreamKind | undefined;
  private ring = new LineRing();

  /** @param ask wants the lines after this one from the source again */
  constructor(
    readonly organizationId: string,
    readonly channel: string,
    private readonly host: FeedHost,
    private readonly ask: (after: number) => void,
  ) {}

  get epoch(): string {
    return this.kind?.epoch ?? "";
  }

  get offset(): number {
    return this.ring.last;
  }

  take(bytes: Bytes, from: string): void {
    this.takeBatch(decodeBatch(bytes), from);
  }

  takeBatch(batch: Batch, from: string): void {
    const { first, lines, type, epoch, each } = batch;
    this.from = from;
    if (epoch !== this.epoch) {
      this.ring = new LineRing(first - 1);
      for (const place of this.readers.values()) place.at = first - 1;
    }
    this.kind = { type, epoch, each };
    const before = this.ring.last;
    if (lines.length) this.ring.put(first, lines);
    else if (first - 1 > before) this.ask(before); // told where the source is, which is further than what came
    if (this.ring.last > before) {
      const skip = Math.max(0, before + 1 - first);
      this.deliver(skip ? { ...batch, first: first + skip, lines: lines.slice(skip) } : batch);
    }
    for (const heard of this.heard) heard();
  }

  private deliver(batch: Batch): void {
    const run = new Run(this.organizationId, this.channel, batch);
    let behind = false;
    for (const [reader, place] of this.readers) {
      if (place.at === run.first - 1 && reader.fits(run.size)) this.hand(reader, place, run);
      else behind ||= place.at < run.last;
    }
    if (behind) this.host.behind(this);
  }

  private hand(reader: Reader, place: Place, run: Run): void {
    place.at = run.last;
    const pushes = run.all();
    this.host.delivered += pushes.length;
    if (pushes.length > 1 && reader.mode === "batch") reader.pushFrame(run.frame());
    else for (const push of pushes) reader.push(this, push);
  }

  /** @returns false while there is no room for all */
  private catchUp(reader: Reader, place: Place): boolean {
    while (place.at < this.ring.last && !reader.closed) {
      const { first, last } = this.ring;
      if (place.at + 1 < first) {
        if (!reader.fits(0)) return false;
        this.tellGap(reader, place.at + 1, first - 1);
        place.at = first - 1;
        if (last < first) break;
      }
      const lines = this.ring.from(place.at + 1, CATCH_UP_CHARS);
      const batch = { ...this.kind!, first: place.at + 1, lines, at: new Date().toISOString() };
      const run = new Run(this.organizationId, this.channel, batch);
      if (!reader.fits(run.size)) return false;
      this.hand(reader, place, run);
    }
    return true;
  }

  private tellGap(reader: Reader, from: number, to: number): void {
    this.host.skipped += to - from + 1;
    const { organizationId, channel, epoch } = this;
    const body = JSON.stringify({ type: "gap", data: { from, to }, timestamp: new Date().toISOString() });
    reader.push(this, new Encoded({ organizationId, channel, epoch, offset: to, body }));
  }

  /** Whether everything after this line is in memory here. */
  holds(since: Position): boolean {
    return since.epoch === this.epoch && since.offset >= this.ring.first - 1;
  }

  start(since: Position | undefined): Start {
    const { epoch, offset } = this;
    const recovered = since !== undefined && this.holds(since);
    return { answer: { epoch, offset, recovered }, from: recovered ? since.offset : offset };
  }

  join(reader: Reader, { answer, from }: Start): void {
    const place = { at: answer.epoch === this.epoch ? from : this.ring.first - 1 };
    this.readers.set(reader, place);
    if (!this.catchUp(reader, place)) this.host.behind(this);
  }

  leave(reader: Reader): void {
    this.readers.delete(reader);
  }

  pump(): boolean {
    let behind = false;
    for (const [reader, place] of this.readers) {
      if (place.at < this.ring.last && !this.catchUp(reader, place)) behind = true;
    }
    return behind;
  }
}
