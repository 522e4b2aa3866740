// Gathers what is due for the sockets of one listener and gives each of them ONE write. Invariants:
//   - frames of a socket keep their order, each message stays its own frame;
//   - a socket that was not written to a moment ago is written to at once (when the running code has ended);
//   - the moment is twice as long as the last round of writing took: fuller rounds the busier the process is, none when it is not;
//   - sockets that get the same frames in the same order share one buffer.
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";

const MIN_GAP_MS = 1;
const MAX_GAP_MS = 40;

/** One socket's frames that are not written yet. */
export class Outgoing {
  frames: Buffer[] = [];
  bytes = 0;
  writtenAt = 0;

  constructor(readonly socket: Socket, private readonly outbox: Outbox) {}

  add(frame: Buffer): void {
    this.frames.push(frame);
    this.bytes += frame.length;
    if (this.frames.length === 1) this.outbox.due(this);
  }

  /** Writes what is gathered now, before something that does not go through here. */
  flush(): void {
    if (this.frames.length) this.outbox.write([this]);
  }
}

export class Outbox {
  private idle: Outgoing[] = [];
  private busy: Outgoing[] = [];
  private queued = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private gap = MIN_GAP_MS;

  /** A socket has something to write. */
  due(out: Outgoing): void {
    const since = performance.now() - out.writtenAt;
    if (since < this.gap) {
      this.busy.push(out);
      this.timer ??= setTimeout(() => this.writeBusy(), this.gap - since);
      return;
    }
    this.idle.push(out);
    if (this.queued) return;
    this.queued = true;
    queueMicrotask(() => {
      this.queued = false;
      const { idle } = this;
      this.idle = [];
      this.write(idle);
    });
  }

  private writeBusy(): void {
    this.timer = undefined;
    const { busy } = this;
    this.busy = [];
    this.write(busy);
  }

  write(round: Outgoing[]): void {
    const begin = performance.now();
    let before: Buffer[] = [], bytes: Buffer | undefined;
    for (const out of round) {
      const { frames } = out;
      if (frames.length === 0) continue; // it was written meanwhile
      if (!bytes || !same(frames, before)) bytes = frames.length === 1 ? frames[0]! : Buffer.concat(frames, out.bytes);
      before = frames;
      out.frames = [];
      out.bytes = 0;
      out.writtenAt = begin;
      if (!out.socket.destroyed) out.socket.write(bytes);
    }
    const took = performance.now() - begin;
    this.gap = Math.min(MAX_GAP_MS, Math.max(MIN_GAP_MS, 2 * took));
  }

  close(): void {
    clearTimeout(this.timer);
  }
}

function same(a: Buffer[], b: Buffer[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
