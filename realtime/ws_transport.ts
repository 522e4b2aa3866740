// A socket of the second listener as a transport: npm `ws` reads and closes, the frames to the reader are ready-made
// (ws_frames.ts) and gathered (outbox.ts). Invariant: `ws` itself writes nothing but pings, pongs and close frames.
import type { Socket } from "node:net";
// @ts-types="@types/ws"
import type { WebSocket } from "ws";
import type { Bytes } from "../protocol/wire/binary.ts";
import { CloseGrace } from "./close_grace.ts";
import type { Encoded } from "./encoded.ts";
import { type Outbox, Outgoing } from "./outbox.ts";
import type { SocketPeer } from "./session.ts";
import { binaryFrame, deflatedFrame, textFrame } from "./ws_frames.ts";

/** A peer of which nothing comes for so long, pings in between, is gone. */
const SILENCE_MS = 45_000;

/** As much as the longest message that is taken. */
const READ_AWAY_BYTES = 1024 * 1024;

export interface WsTransportOptions {
  socket: Socket;
  ws: WebSocket;
  outbox: Outbox;
  batch: boolean;
  /** Texts from so many characters on are compressed; undefined: none are, or the peer does not understand it. */
  compressFrom: number | undefined;
}

export class WsTransport implements SocketPeer {
  readonly mode: "single" | "batch";
  known = false;
  private readonly out: Outgoing;
  private readonly grace: CloseGrace;
  private heardBytes = 0;
  private heardAt = Date.now();

  constructor(private readonly options: WsTransportOptions) {
    this.mode = options.batch ? "batch" : "single";
    this.out = new Outgoing(options.socket, options.outbox);
    this.grace = new CloseGrace(() => this.terminate());
  }

  buffered(): number {
    return this.out.bytes + this.options.socket.writableLength;
  }

  private get open(): boolean {
    return this.options.ws.readyState === 1;
  }

  sendText(text: string): void {
    if (!this.open) return;
    const { compressFrom } = this.options;
    this.out.add(compressFrom !== undefined && text.length >= compressFrom ? deflatedFrame(text) : textFrame(text));
  }

  sendPush(push: Encoded): void {
    this.sendText(push.text);
  }

  sendBinary(bytes: Bytes): void {
    if (this.open) this.out.add(binaryFrame(bytes));
  }

  /** Asks whether the peer is there. */
  heartbeat(): void {
    const { ws, socket } = this.options, now = Date.now();
    if (socket.bytesRead !== this.heardBytes) {
      this.heardBytes = socket.bytesRead;
      this.heardAt = now;
    } else if (now - this.heardAt > SILENCE_MS) return this.terminate();
    if (this.open) ws.ping();
  }

  close(code: number, reason: string): void {
    this.out.flush();
    this.options.ws.close(code, reason);
    this.grace.begin(this.known, this.options.socket);
  }

  /**
   * `ws` has refused what came and has sent the close frame that says why. What still comes is read away, so that the frame is not
   * lost in a reset; of a peer that does not stop, not without end.
   */
  refused(): void {
    const { socket } = this.options, limit = socket.bytesRead + READ_AWAY_BYTES;
    socket.on("data", () => {
      if (socket.bytesRead > limit) this.terminate();
    });
    this.grace.begin(this.known, socket);
  }

  terminate(): void {
    this.closed();
    this.options.ws.terminate();
  }

  closed(): void {
    this.grace.over();
  }
}
