// Binary frames that a signed-in connection sends. They never wait for its text frames; frames that a feature takes time over
// wait for each other, in order, within a bound of bytes.
import { AppError, toAppError } from "../kernel/errors.ts";
import { binaryKind, type Bytes, decodeBinary } from "../protocol/wire/binary.ts";
import { CLOSE } from "../protocol/errors.ts";
import { Allowance } from "./frame_intake.ts";
import type { Connection } from "./connection.ts";

/** Bytes that may wait while a feature works on earlier frames of the same connection. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** What may come at once: the frames of so many seconds. */
const BURST_SECONDS = 2;

export class BinaryIntake {
  private waiting = 0;
  private queue: Promise<void> | undefined;
  /** By kind. */
  private readonly allowances = new Map<number, Allowance>();

  constructor(private readonly connection: Connection, private readonly fail: (error: unknown) => void) {}

  /** @returns false when nobody takes frames of this kind; `flood` when there are too many of them */
  receive(bytes: Bytes): boolean | "flood" {
    const { gateway } = this.connection;
    const kind = binaryKind(bytes);
    const bounds = kind === undefined ? undefined : gateway.binaryBounds(kind);
    if (kind === undefined || !bounds) return false;
    if (bytes.length > bounds.maxBytes) {
      this.connection.close(CLOSE.tooBig, `a binary frame of kind ${kind} holds at most ${bounds.maxBytes} bytes`);
      return true;
    }
    if (!this.allowed(kind, bounds.framesPerSecond)) return "flood";
    if (!this.queue) this.handle(bytes);
    else if (this.waiting + bytes.length > MAX_WAITING_BYTES) return "flood";
    else {
      this.waiting += bytes.length;
      this.follow(this.queue.then(() => {
        this.waiting -= bytes.length;
        if (!this.connection.closed) return this.handle(bytes);
      }));
    }
    return true;
  }

  private allowed(kind: number, perSecond: number): boolean {
    let allowance = this.allowances.get(kind);
    if (!allowance) this.allowances.set(kind, allowance = new Allowance(perSecond, BURST_SECONDS));
    return allowance.take();
  }

  /** Sets the queue when the feature needs time; relays do not, and are done when this returns. */
  private handle(bytes: Bytes): Promise<void> | void {
    const { gateway, peer, actor, log } = this.connection;
    const failed = (error: unknown) => {
      const failure = toAppError(error);
      if (failure.code === "internal") log.error("a binary frame failed", { kind: bytes[1], error });
      this.fail(failure);
    };
    const frame = decodeBinary(bytes);
    if (!frame) return failed(new AppError("validation_failed", "The binary frame is not in the form of version 1."));
    try {
      const work = gateway.handleBinary(actor!, frame, peer);
      if (!work) return;
      const done = work.catch(failed);
      if (!this.queue) this.follow(done);
      return done;
    } catch (error) {
      failed(error);
    }
  }

  private follow(work: Promise<void>): void {
    const queue: Promise<void> = work.finally(() => {
      if (this.queue === queue) this.queue = undefined;
    });
    this.queue = queue;
  }
}
