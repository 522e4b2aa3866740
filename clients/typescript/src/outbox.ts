// Frames on their way to the server: those that wait for a connection (bounded) and those that wait for their answer.
// A frame that was sent and not answered before the connection broke is rejected, never sent again by itself: only the
// caller knows whether a second time is harmless.
import { PulpoError } from "./errors.ts";
import type { ClientFrame, ServerFrame } from "./types.ts";

interface Waiting {
  frame: ClientFrame;
  resolve(data: unknown): void;
  reject(error: PulpoError): void;
  timer: ReturnType<typeof setTimeout>;
}

export class Outbox {
  private readonly queued: Waiting[] = [];
  private readonly unanswered = new Map<string | number, Waiting>();
  private lastId = 0;

  constructor(
    private readonly limit: number,
    private readonly timeout: number,
  ) {}

  /** Sends now through `send`, or keeps the frame for later when there is none. Resolves with the ack's data. */
  request(frame: ClientFrame, send: ((text: string) => void) | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!send && this.queued.length >= this.limit) {
        return reject(new PulpoError("queue_full", "Too many messages wait for the connection."));
      }
      const withId = { ...frame, id: frame.id ?? `c${++this.lastId}` };
      const waiting: Waiting = {
        frame: withId,
        resolve,
        reject,
        timer: setTimeout(() => {
          this.forget(waiting);
          reject(new PulpoError("timeout", `No answer to ${frame.type} within ${this.timeout} ms.`));
        }, this.timeout),
      };
      if (send) this.transmit(waiting, send);
      else this.queued.push(waiting);
    });
  }

  private transmit(waiting: Waiting, send: (text: string) => void): void {
    this.unanswered.set(waiting.frame.id!, waiting);
    send(JSON.stringify(waiting.frame));
  }

  private forget(waiting: Waiting): void {
    clearTimeout(waiting.timer);
    this.unanswered.delete(waiting.frame.id!);
    const index = this.queued.indexOf(waiting);
    if (index >= 0) this.queued.splice(index, 1);
  }

  /** Sends what has waited for the connection. */
  flush(send: (text: string) => void): void {
    for (const waiting of this.queued.splice(0)) this.transmit(waiting, send);
  }

  /** Gives an answer to whoever waits for it; false when nobody does. */
  answer(frame: ServerFrame): boolean {
    const { id } = frame as { id?: string | number };
    const waiting = id === undefined ? undefined : this.unanswered.get(id);
    if (!waiting) return false;
    this.forget(waiting);
    if (frame.type === "error") {
      const { code, message } = frame as { code: string; message: string };
      waiting.reject(new PulpoError(code, message));
    } else waiting.resolve((frame as { data?: unknown }).data);
    return true;
  }

  /** The connection is gone: what was sent is rejected, what was not stays. */
  connectionLost(): void {
    this.rejectAll([...this.unanswered.values()], "connection_lost", "The connection broke before the answer came.");
  }

  /** Nothing will be sent any more. */
  close(): void {
    this.rejectAll([...this.unanswered.values(), ...this.queued], "closed", "The connection is closed.");
  }

  private rejectAll(list: Waiting[], code: string, text: string): void {
    for (const waiting of list) {
      this.forget(waiting);
      waiting.reject(new PulpoError(code, text));
    }
  }
}
