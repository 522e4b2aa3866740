// A native Deno WebSocket as a transport. A peer that does not answer the close frame is cut off, and what the runtime keeps for
// it is given back (decision 0021).
import { endSocket } from "../kernel/deno_internals.ts";
import type { Bytes } from "../protocol/wire/binary.ts";
import { CloseGrace } from "./close_grace.ts";
import type { Encoded } from "./encoded.ts";
import type { SocketPeer } from "./session.ts";

export class SocketTransport implements SocketPeer {
  readonly mode: "single" | "batch";

  private readonly grace = new CloseGrace(() => this.terminate());
  /** Whoever has not signed in gets less time. */
  known = false;

  constructor(private readonly socket: WebSocket, batch: boolean) {
    this.mode = batch ? "batch" : "single";
  }

  buffered(): number {
    return this.socket.bufferedAmount;
  }

  sendText(text: string): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  sendPush(push: Encoded): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(push.text);
  }

  sendBinary(bytes: Bytes): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(bytes);
  }

  heartbeat(): void {}

  close(code: number, reason: string): void {
    try {
      this.socket.close(code, reason);
    } catch { /* it is closing already */ }
    this.grace.begin(this.known);
  }

  terminate(): void {
    this.closed();
    endSocket(this.socket);
  }

  /** The peer has answered, or is gone. */
  closed(): void {
    this.grace.over();
  }
}
