// What every HTTP handler finds in its context: `c.var.guest` always, `c.var.ctx` behind an endpoint with access "user".
import type { Context } from "hono";
import type { App, Ctx, GuestCtx } from "../../features/context.ts";
import type { Actor } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/log.ts";
import { cookieOf, DEVICE_COOKIE } from "./cookies.ts";

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

/** One request. The caller's address and the logger with the request id are made only when somebody asks. */
export class RequestCtx implements Ctx {
  #log?: Logger;
  #actor?: Actor;
  #ip?: string | null;
  /** Of when the request came, before its caller was looked at. */
  readonly changesOfRights: number;

  constructor(readonly app: App, readonly requestId: string, private readonly http: HttpContext) {
    this.changesOfRights = app.realtime.changesOfRights();
  }

  get log(): Logger {
    return this.#log ??= this.app.log.child({ request_id: this.requestId });
  }

  get ip(): string | null {
    return this.#ip !== undefined ? this.#ip : this.#ip = clientAddress(this.http, this.app.config.trustProxy);
  }

  get userAgent(): string | null {
    return this.http.req.header("user-agent")?.slice(0, 400) ?? null;
  }

  get language(): string | null {
    return wantedLanguage(this.http.req.header("accept-language"));
  }

  get deviceMark(): string | undefined {
    return cookieOf(this.http, DEVICE_COOKIE);
  }

  get actor(): Actor {
    if (!this.#actor) throw new AppError("unauthenticated", "Sign in first: this needs an access token.");
    return this.#actor;
  }

  get signedIn(): boolean {
    return this.#actor !== undefined;
  }

  signIn(actor: Actor): void {
    this.#actor = actor;
  }
}

/** Of `es-MX,es;q=0.9,en;q=0.8` the best that texts exist in. */
export function wantedLanguage(header: string | undefined): string | null {
  const wanted = (header ?? "").slice(0, 500).split(",").map((part) => {
    const [tag = "", ...params] = part.trim().split(/\s*;\s*/);
    const q = Number(params.find((param) => param.startsWith("q="))?.slice(2) ?? 1);
    return { tag, q: Number.isFinite(q) ? q : 0 };
  });
  return wanted.filter(({ tag, q }) => q > 0 && /^(en|es)(-[a-z0-9]{2,8}){0,3}$/i.test(tag))
    .sort((a, b) => b.q - a.q)[0]?.tag ?? null;
}

/** Behind a trusted proxy the address is the last entry of X-Forwarded-For, which that proxy wrote itself. */
function clientAddress(c: HttpContext, trustProxy: boolean): string | null {
  if (trustProxy) {
    const forwarded = c.req.header("x-forwarded-for")?.split(",").at(-1)?.trim();
    if (forwarded) return forwarded.slice(0, 64);
  }
  return c.env?.remoteAddr?.hostname ?? null;
}
