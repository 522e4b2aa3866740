// One link to the server, from the first frame to its end (docs/protocol.md, "Signing in as an agent"). npm `ws` rather than Deno's own
// WebSocket, which leaves Nagle's algorithm on.
// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { challengeText } from "../protocol/agents/challenge.ts";
import { CLOSE } from "../protocol/wire/close_codes.ts";

const MAX_MESSAGE_BYTES = 1024 * 1024;
/** From connecting to `welcome`. */
const SIGN_IN_MS = 15_000;
/** A nonce is good for 5 s: a refusal that comes later may only say that the network is slow. */
const PROMPT_MS = 4000;
/** Heartbeats without anything from the server, until the link is given up. */
const MAX_SILENT_BEATS = 3;
/** Unsent bytes above which nothing more is given to the socket. */
const MAX_BUFFERED = 1024 * 1024;

export interface CommandFrame {
  id: string;
  name: string;
  data: unknown;
}

export interface LinkOptions {
  /** `ws://…/ws/agent` */
  address: string;
  agentId: string;
  sign(text: string): Promise<string>;
  onWelcome(link: Link, heartbeatSeconds: number): void;
  onCommand(link: Link, command: CommandFrame): void;
  /** Errors about frames that were sent. */
  onError(message: string): void;
}

/** Why a link is over. `refused`, `replaced`: trying again is of no use. */
export interface LinkEnd {
  why: "refused" | "replaced" | "lost";
  reason: string;
  /** It had come in. */
  welcomed: boolean;
}

export class Link {
  private readonly socket: WebSocket;
  private readonly done = Promise.withResolvers<LinkEnd>();
  private readonly timer: ReturnType<typeof setTimeout>;
  private welcomed = false;
  private authAt = Infinity;
  private refusal: { code: string; message: string } | undefined;
  private trouble = "";
  private silentBeats = 0;

  constructor(private readonly options: LinkOptions) {
    const socket = this.socket = new WebSocket(options.address, {
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      handshakeTimeout: SIGN_IN_MS,
    });
    this.timer = setTimeout(() => this.giveUp("the server did not let it in within 15 s"), SIGN_IN_MS);
    socket.on("open", () => this.send({ type: "hello", agent_id: options.agentId }));
    socket.on("message", (data, binary) => {
      this.silentBeats = 0;
      if (!binary) this.receive(String(data));
    });
    socket.on("error", (error) => this.trouble = error.message || "the server cannot be reached");
    socket.on("close", (code, reason) => this.closed(code, String(reason)));
  }

  /** Resolves when it is over. */
  get end(): Promise<LinkEnd> {
    return this.done.promise;
  }

  /** @returns false when the frame was not sent: the link is not open, or does not take more at present */
  send(frame: Record<string, unknown>): boolean {
    if (this.socket.readyState !== WebSocket.OPEN || this.socket.bufferedAmount > MAX_BUFFERED) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** A heartbeat is due: gives the link up when nothing came since the last three. */
  beat(): void {
    if (++this.silentBeats > MAX_SILENT_BEATS) this.giveUp("the server was silent for too long");
  }

  close(): void {
    this.socket.close(1000, "the agent stops");
    setTimeout(() => this.giveUp("closed"), 1000);
  }

  /** Without waiting for the network, which may be dead. */
  private giveUp(reason: string): void {
    this.trouble ||= reason;
    this.socket.terminate();
  }

  private receive(text: string): void {
    let frame: Record<string, unknown>;
    try {
      frame = JSON.parse(text);
    } catch {
      return this.giveUp("what the server sent is not JSON");
    }
    switch (frame?.type) {
      case "challenge":
        return void this.answer(String(frame.nonce));
      case "welcome":
        clearTimeout(this.timer);
        this.welcomed = true;
        return this.options.onWelcome(this, Math.max(1, Number(frame.heartbeat_seconds) || 10));
      case "ping":
        return void this.send({ type: "pong" });
      case "command":
        if (!this.welcomed || typeof frame.id !== "string" || typeof frame.name !== "string") return;
        return this.options.onCommand(this, { id: frame.id, name: frame.name, data: frame.data });
      case "error":
        if (this.welcomed) return this.options.onError(String(frame.message));
        this.refusal = { code: String(frame.code), message: String(frame.message) };
    }
  }

  private async answer(nonce: string): Promise<void> {
    const { agentId, sign } = this.options;
    const signature = await sign(challengeText(agentId, nonce));
    this.authAt = performance.now();
    this.send({ type: "auth", agent_id: agentId, signature });
  }

  private closed(code: number, reason: string): void {
    clearTimeout(this.timer);
    const { welcomed } = this, said = this.refusal?.message ?? reason;
    // An end after `welcome` may have many reasons: the next sign-in tells whether this agent is wanted.
    const prompt = !welcomed && performance.now() - this.authAt < PROMPT_MS;
    const why = code === CLOSE.replaced
      ? "replaced"
      : (code === CLOSE.unauthenticated && prompt) || code === CLOSE.forbidden
      ? "refused"
      : "lost";
    const otherwise = this.trouble || `the connection ended (${code})`;
    this.done.resolve({ why, reason: said || otherwise, welcomed });
  }
}

/** Where agents of this server connect to. */
export function linkAddress(server: string): string {
  return `${server.replace(/^http/, "ws")}/ws/agent`;
}
