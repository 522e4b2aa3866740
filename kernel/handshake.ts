// How a socket that came without a credential says who it is. Paths differ in it: `/ws` takes one frame with a token, the path of
// agents a challenge and its signature. The session (realtime/session.ts) keeps the time, the bounds and the order; what is said is
// the handshake's, which a feature gives (`Feature.handshakes`).
import type { FrameId } from "../protocol/wire/frames.ts";
import type { Actor } from "./actor.ts";

/** Any frame that the server sends during a handshake. */
export interface HandshakeFrame {
  type: string;
  id?: FrameId;
  [field: string]: unknown;
}

/** What follows from a frame: another question, or who it is and what is said to that. */
export type HandshakeStep = { question: HandshakeFrame } | { actor: Actor; welcome: HandshakeFrame };

/** One socket's way in. Kept as long as the socket: its frames may come again later, to renew the credential of the same identity. */
export interface Handshake {
  /** The types of its frames. */
  readonly types: ReadonlySet<string>;
  /** What somebody is told whose first frame is another one. */
  readonly expected: string;
  /**
   * Takes the next frame.
   * @throws AppError `validation_failed` when it is none of this handshake's, any other one to refuse the socket
   */
  take(frame: unknown): Promise<HandshakeStep>;
}
