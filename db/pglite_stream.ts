// A "socket" for the `pg` driver whose other end is the PGlite worker. Everything written within one microtask travels as
// one message: with pipelining that is BEGIN plus the first statement, or the event flush plus COMMIT.
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { FromWorker, ToWorker } from "./pglite_messages.ts";

export class PgliteStream extends EventEmitter {
  writable = true;
  #out: Uint8Array[] = [];
  #scheduled = false;
  #worker: Worker;

  constructor(worker: Worker) {
    super();
    this.#worker = worker;
  }

  /** The driver calls this as it would on a socket. */
  connect(): void {
    queueMicrotask(() => this.emit("connect"));
  }

  /** An answer of the worker. */
  receive(message: FromWorker & { kind: "wire" }): void {
    const { buffer, byteOffset, byteLength } = message.bytes;
    this.emit("data", Buffer.from(buffer, byteOffset, byteLength));
  }

  write(bytes: Uint8Array, done?: () => void): boolean {
    if (!this.writable) return false;
    this.#out.push(bytes);
    if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(() => this.#flush());
    }
    if (done) queueMicrotask(done);
    return true;
  }

  #flush(): void {
    this.#scheduled = false;
    if (!this.writable) return;
    const bytes = new Uint8Array(this.#out.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#out) {
      bytes.set(part, at);
      at += part.length;
    }
    this.#out = [];
    this.#worker.postMessage({ kind: "wire", bytes } satisfies ToWorker, [bytes.buffer]);
  }

  /** The other end is gone: all waiting statements fail with `error`. */
  destroy(error?: Error): void {
    if (!this.writable) return;
    this.writable = false;
    if (error) this.emit("error", error);
    this.emit("close");
  }

  end(): void {
    this.destroy();
  }

  setNoDelay(): void {}
  setKeepAlive(): void {}
  ref(): void {}
  unref(): void {}
}
