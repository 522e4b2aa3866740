// How a connection shows who it is. The cookie of the console's own pages, or a header that `Platform.connect` sends, need
// nothing of this.
import type { ClientFrame, ServerFrame } from "../types.ts";

/** What can be said on a socket that is open and not signed in yet. */
export interface Talk {
  /** Resolves with the data of the answer. @throws PulpoError the server's refusal, `timeout` or `connection_lost` */
  ask(frame: ClientFrame): Promise<unknown>;
  say(frame: ClientFrame): void;
  /** The next frame that answers nothing asked. */
  hear(): Promise<ServerFrame>;
}

export interface SignIn {
  /**
   * Gives a single-use ticket, which goes into the address of a connection. @throws GiveUp when there will be none any more;
   * what else it throws is tried again
   */
  ticket?: () => string | Promise<string>;
  /** Says who one is on each new socket, before anything else is said. */
  greet?: (talk: Talk) => Promise<void>;
  /** A fresh token or ticket for the open connection, whose own is about to end. @throws as `ticket` does */
  renew?: () => string | Promise<string>;
}

/** @param provider `renewed`: the ticket has to be of a session that was renewed lately */
export function byTicket(provider: (renewed: boolean) => string | Promise<string>): SignIn {
  return { ticket: () => provider(false), renew: () => provider(true) };
}

/** A token, or what gives fresh ones, in the first frame. */
export function byToken(token: string | (() => string | Promise<string>)): SignIn {
  const get = typeof token === "function" ? token : () => token;
  return {
    greet: async ({ ask }) => void await ask({ type: "auth", token: await get() }),
    ...(typeof token === "function" ? { renew: token } : {}),
  };
}
