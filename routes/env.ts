// What every HTTP handler finds in its context: `c.var.guest` always, `c.var.ctx` behind an endpoint with access "user".
import type { Context } from "hono";
import type { App, Ctx, GuestCtx } from "../features/context.ts";
import type { Actor } from "../kernel/actor.ts";
import { AppError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/log.ts";

export interface HttpEnv {
  /** Deno.serve's second argument; absent when a test calls `http.request()` without a socket. */
  Bindings: Partial<Deno.ServeHandlerInfo<Deno.NetAddr>> | undefined;
  Variables: {
    guest: GuestCtx;
    /** The caller. Reading it where nobody signed in throws `unauthenticated`. */
    ctx: Ctx;
    /** Why the credential that was sent is not good, when one was sent. */
    authError?: AppError;
  };
}

export type HttpContext = Context<HttpEnv>;

/** One request. The logger with the request id is made only when somebody logs. */
export class RequestCtx implements Ctx {
  #log?: Logger;
  #actor?: Actor;

  constructor(
    readonly app: App,
    readonly requestId: string,
    readonly ip: string | null,
    readonly userAgent: string | null,
  ) {}

  get log(): Logger {
    return this.#log ??= this.app.log.child({ request_id: this.requestId });
  }

  get actor(): Actor {
    if (!this.#actor) throw new AppError("unauthenticated", "Sign in first: this needs an access token.");
    return this.#actor;
  }

  signIn(actor: Actor): void {
    this.#actor = actor;
  }

  get signedIn(): boolean {
    return this.#actor !== undefined;
  }
}
