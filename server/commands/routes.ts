// What the command line asks of the running server. Not in the OpenAPI document: only programs that can read the secret can call it.
import type { MiddlewareHandler } from "hono";
import type { Database } from "../../db/open.ts";
import type { App } from "../../features/context.ts";
import { receiveArchive } from "../../features/transfer/mod.ts";
import { AppError, ExplainedError } from "../../kernel/errors.ts";
import { bodyArrived } from "../../kernel/http_listener.ts";
import { constantTimeEqual } from "../../kernel/ids.ts";
import { API_BASE } from "../../routes/app.ts";
import type { HttpContext, HttpEnv } from "../../routes/http/env.ts";
import { createRouter, type Router } from "../../routes/http/helpers.ts";
import { systemTrouble } from "../system_trouble.ts";
import {
  ARCHIVE_PATH,
  archiveText,
  COMMANDS_PATH,
  FILES_PATH,
  SIGNATURE_HEADER,
  signatureOf,
  SIZE_HEADER,
} from "./asking.ts";
import { answerWithFile } from "./file_answer.ts";
import type { AdminCommand } from "./host.ts";
import { runAdminCommand } from "./run.ts";

/** Carries a file (routes/http/file_requests.ts). */
export const ARCHIVE_REQUEST = `PUT ${ARCHIVE_PATH.slice(API_BASE.length)}`;

const MAX_AGE_MS = 60_000;

export function commandRoutes(app: App, database: Database): Router {
  const router = createRouter();
  const host = { app, database };
  const signedBody = onlyOnce(app, (c) => c.req.text());
  router.post(COMMANDS_PATH, signedBody, async (c) => {
    const command: AdminCommand = await c.req.json();
    bodyArrived(c.req.raw); // it takes as long as it takes
    return c.json({ output: await runAdminCommand(host, command) });
  });
  router.post(FILES_PATH, signedBody, async (c) => {
    const command: AdminCommand = await c.req.json();
    const explain = (error: unknown) => explained(app, error);
    const answer = answerWithFile((sink) => runAdminCommand(host, command, sink), explain);
    return new Response(answer, { headers: { "content-type": "application/octet-stream" } });
  });
  const size = (c: HttpContext) => c.req.header(SIZE_HEADER) ?? "";
  router.put(ARCHIVE_PATH, onlyOnce(app, (c) => archiveText(size(c))), async (c) => {
    const { body } = c.req.raw;
    if (!body) throw new AppError("bad_request", "The archive is empty.");
    return c.json({ output: await receiveArchive(app, body, Number(size(c))) });
  });
  return router;
}

/** For the person at the command line, who is the server's administrator. */
function explained(app: App, error: unknown): string {
  if (error instanceof AppError) return error.detail;
  if (error instanceof ExplainedError) return error.message;
  app.log.error("a command failed", { error });
  return systemTrouble(error) ?? "Something went wrong on the server. Its log says what.";
}

/** From this machine, with a fresh signature of `said` that was not used before. */
function onlyOnce(app: App, said: (c: HttpContext) => string | Promise<string>): MiddlewareHandler<HttpEnv> {
  const used = new Map<string, number>();
  return async (c, next) => {
    const [time = "", signature = ""] = (c.req.header(SIGNATURE_HEADER) ?? "").split(".", 2);
    const age = Math.abs(Date.now() - Number(time));
    const expected = await signatureOf(app.keys, time, await said(c));
    for (const [key, at] of used) if (Date.now() - at > 2 * MAX_AGE_MS) used.delete(key);
    if (!(age < MAX_AGE_MS) || !constantTimeEqual(signature, expected) || used.has(signature)) {
      throw new AppError("not_found", "There is nothing at this address.");
    }
    used.set(signature, Date.now());
    await next();
  };
}
