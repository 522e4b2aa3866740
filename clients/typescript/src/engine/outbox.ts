// Frames on their way to the server: those that wait for a connection (bounded) and those that wait for their answer.
// A frame that was sent and not answered before the connection broke is rejected, never sent again by itself: only the
// caller knows whether a second time is harmless.
import { PulpoError } from "../errors.ts";
import type { ClientFrame, ServerFrame } from "../types.ts";
import type { Timers } from "./platform.ts";

/** Called once, in the moment of the answer, so that what follows in the same message is heard after it. */
export type Answer = (error: PulpoError | null, data?: unknown) => void;

interface Waiting {
  frame: ClientFrame;
  answer: Answer;
  timer: unknown;
}

export class Outbox {
  readonly #queued: Waiting[] = [];
  readonly #unanswered = new Map<string | number, Waiting>();
  readonly #timers: Timers;
  readonly #limit: number;
  readonly #timeoutMs: number;
  #lastId = 0;

  /** @param limit frames that may wait for a connection; `timeoutMs`: until an unanswered frame fails */
  constructor(timers: Timers, limit: number, timeoutMs: number) {
    this.#timers = timers;
    this.#limit = limit;
    this.#timeoutMs = timeoutMs;
  }

  /** Sends now through `send`, or keeps the frame for later when there is none. */
  ask(frame: ClientFrame, send: ((text: string) => void) | undefined, answer: Answer): void {
    if (!send && this.#queued.length >= this.#limit) {
      return answer(new PulpoError("queue_full", "Too many messages wait for the connection."));
    }
    const waiting: Waiting = {
      frame: { ...frame, id: frame.id ?? `c${++this.#lastId}` },
      answer,
      timer: this.#timers.set(() => {
        this.#forget(waiting);
        answer(new PulpoError("timeout", `No answer to ${frame.type} within ${this.#timeoutMs} ms.`));
      }, this.#timeoutMs),
    };
    if (send) this.#transmit(waiting, send);
    else this.#queued.push(waiting);
  }

  /** The same as a promise of the answer's data. */
  request(frame: ClientFrame, send: ((text: string) => void) | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.ask(frame, send, (error, data) => error ? reject(error) : resolve(data));
    });
  }

  #transmit(waiting: Waiting, send: (text: string) => void): void {
    this.#unanswered.set(waiting.frame.id!, waiting);
    send(JSON.stringify(waiting.frame));
  }

  #forget(waiting: Waiting): void {
    this.#timers.clear(waiting.timer);
    this.#unanswered.delete(waiting.frame.id!);
    const index = this.#queued.indexOf(waiting);
    if (index >= 0) this.#queued.splice(index, 1);
  }

  /** Sends what has waited for the connection. */
  flush(send: (text: string) => void): void {
    for (const waiting of this.#queued.splice(0)) this.#transmit(waiting, send);
  }

  /** Gives an answer to whoever waits for it; false when nobody does. */
  answer(frame: ServerFrame): boolean {
    const { id } = frame as { id?: string | number };
    const waiting = id === undefined ? undefined : this.#unanswered.get(id);
    if (!waiting) return false;
    this.#forget(waiting);
    if (frame.type === "error") {
      const { code, message } = frame as { code: string; message: string };
      waiting.answer(new PulpoError(code, message));
    } else waiting.answer(null, (frame as { data?: unknown }).data);
    return true;
  }

  /** The connection is gone: what was sent is rejected, what was not stays. */
  connectionLost(): void {
    this.#reject([...this.#unanswered.values()], "connection_lost", "The connection broke before the answer came.");
  }

  /** What has waited cannot be sent on this connection. */
  refuse(error: PulpoError): void {
    this.#reject([...this.#queued], error.code, error.message);
  }

  /** Nothing will be sent any more. */
  close(): void {
    this.#reject([...this.#unanswered.values(), ...this.#queued], "closed", "The connection is closed.");
  }

  #reject(list: Waiting[], code: string, text: string): void {
    for (const waiting of list) {
      this.#forget(waiting);
      waiting.answer(new PulpoError(code, text));
    }
  }
}
