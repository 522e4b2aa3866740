// How endpoints are declared, the same way in every routes/<name>.ts:
//
//   export function thingRoutes(_app: App) {
//     const router = createRouter();
//     router.openapi(
//       endpoint({
//         access: "user", needs: "things.manage", idempotent: true, errors: [404],
//         method: "post", path: "/things/{id}/parts", tags: ["Things"], summary: "Add a part",
//         request: { params: idParam, body: jsonBody(newPart, { name: "bolt" }) },
//         responses: { 201: answer(part, "The new part", { id: "…", name: "bolt" }) },
//       }),
//       async (c) => c.json(await addPart(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 201),
//     );
//     return router;
//   }
//
// `endpoint` adds what all have in common: the sign-in check and limits (before validation), JSON only, Idempotency-Key, and the
// documented errors. Handlers throw AppError; they never build an error answer.
import { createRoute, OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import type { Hono, MiddlewareHandler } from "hono";
import { z } from "zod";
import { AppError } from "../../kernel/errors.ts";
import { checkJsonBounds, JSON_BOUNDS, type JsonBounds, PLAIN_JSON_BOUNDS } from "../../kernel/json_bounds.ts";
import type { RateKind } from "../../kernel/rate_kinds.ts";
import { problem } from "../../protocol/errors.ts";
import { GUEST_BODY_BYTES, refuseLonger } from "./body_limit.ts";
import type { HttpEnv } from "./env.ts";
import { requireSignIn } from "./guard.ts";
import { idempotency } from "./idempotency.ts";
import { countCall } from "./kind_limits.ts";

export type Router = OpenAPIHono<HttpEnv>;

/** A router whose validation errors become 422 `validation_failed`; a path parameter that cannot be an id is a 404. */
export function createRouter(
  options: { router?: Hono<HttpEnv>["router"]; getPath?: (request: Request) => string } = {},
): Router {
  return new OpenAPIHono<HttpEnv>({
    ...options,
    defaultHook: (result) => {
      if (result.success) return;
      if (result.target === "param") throw new AppError("not_found", "There is nothing at this address.");
      throw validationFailed(result.error.issues);
    },
  });
}

/** Zod's issues as a 422: the first problem of each field, at most 50. */
function validationFailed(issues: readonly { path: PropertyKey[]; message: string }[]): AppError {
  const byPath = new Map<string, string>();
  for (const { path, message } of issues) {
    const name = path.map(String).join(".");
    if (!byPath.has(name)) byPath.set(name, message);
  }
  const errors = [...byPath].slice(0, 50).map(([path, message]) => ({ path, message }));
  const first = errors[0];
  const detail = first ? `${first.path || "The body"}: ${first.message}` : "The input is not valid.";
  return new AppError("validation_failed", detail, { errors });
}

type RouteOptions<P extends string> = Omit<RouteConfig, "path" | "security" | "middleware"> & {
  path: P;
  /** "user": a person or a token must have signed in; "public": anybody. */
  access: "user" | "public";
  /**
   * The permission that the action asks for; of several, one is enough (which one depends on the input); null: being signed
   * in is enough. Stands in the document as `x-permission`, where tests/accounts/authorization_matrix_test.ts reads it: it tries every
   * endpoint without. Left out only where anybody may call.
   */
  needs?: string | readonly string[] | null;
  /** Bounds of the JSON body; absent: SIGN_IN_BODY where anybody may call, otherwise PULPO_BODY_LIMIT_BYTES. */
  json?: BodyBounds;
  /** Counts against the limit of this kind (PULPO_RATE_LIMITS). */
  limit?: RateKind;
  /** Takes Idempotency-Key: for every POST that creates something. */
  idempotent?: boolean;
  /** Statuses of errors beyond the usual ones, for the documentation. */
  errors?: number[];
};

/** What the JSON of an endpoint may hold; looked at before it is parsed. */
export interface BodyBounds extends JsonBounds {
  bytes: number;
}
/** A few flat fields, from anybody. */
const SIGN_IN_BODY: BodyBounds = { bytes: GUEST_BODY_BYTES, ...PLAIN_JSON_BOUNDS };
export const PREFERENCE_BODY: BodyBounds = { bytes: 64 * 1024, ...JSON_BOUNDS };
/** The number of bytes is bounded for all alike, in edge.ts. */
const ANY_BODY: BodyBounds = { bytes: Infinity, ...JSON_BOUNDS };

const ERROR_TEXT: Record<number, string> = {
  400: "The body is not valid JSON",
  401: "Not signed in, or the token has ended",
  403: "The role or token does not allow this",
  404: "No such thing, or the caller may not see it",
  405: "Another method than this address takes; `Allow` names them",
  409: "In conflict with what is there",
  413: "The body is too large",
  415: "The body is not of a type that this endpoint takes",
  422: "The input is not valid; `errors` names the fields",
  429: "Too many requests; `Retry-After` says when to try again",
  503: "Not available at the moment; try again",
};

const problemSchema = problem.meta({ id: "Problem" });

function problemAnswer(status: number) {
  const headers = status === 405
    ? { Allow: { description: "The methods of this address", schema: { type: "string" as const } } }
    : undefined;
  return {
    description: ERROR_TEXT[status] ?? "Error",
    ...(headers ? { headers } : {}),
    content: { "application/problem+json": { schema: problemSchema } },
  };
}

/** The documented answers of these statuses: what `endpoint` adds, for routes that are declared without it. */
export function problemAnswers(...statuses: number[]) {
  return Object.fromEntries(statuses.map((status) => [status, problemAnswer(status)]));
}

/** Route definition for `router.openapi(...)`. The middleware order is: sign-in, limit, JSON only, Idempotency-Key, validation. */
export function endpoint<const P extends string, const R extends RouteOptions<P>>(options: R) {
  const { access, needs, idempotent, errors = [], json, limit, ...route } = options;
  const body = route.request?.body;
  const middleware: MiddlewareHandler<HttpEnv>[] = [];
  if (access === "user") middleware.push(requireSignIn);
  if (limit) {
    middleware.push(async (c, next) => {
      await countCall(c, limit);
      await next();
    });
  }
  if (body?.content && "application/json" in body.content) {
    middleware.push(requireJson(json ?? (access === "public" ? SIGN_IN_BODY : ANY_BODY)));
  }
  if (idempotent) middleware.push(idempotency);
  const statuses = [
    ...(body ? [400, 413, 415, 422] : []),
    ...(route.request?.query || route.request?.headers ? [422] : []),
    ...(route.request?.params ? [404] : []),
    ...(access === "user" ? [401, 403] : []),
    ...(idempotent ? [409, 422] : []),
    ...errors,
    405,
    429,
    503,
  ];
  const definition = {
    ...route,
    security: access === "user" ? [{ bearer: [] }, { cookie: [] }] : [],
    ...(idempotent ? { parameters: [IDEMPOTENCY_PARAMETER] } : {}),
    ...(needs === undefined ? {} : { "x-permission": needs }),
    responses: { ...problemAnswers(...statuses), ...route.responses },
    middleware,
  };
  // The documented errors are added at run time only: handlers return successes and throw the rest.
  return createRoute(definition as unknown as R & { path: P });
}

const IDEMPOTENCY_PARAMETER = {
  in: "header" as const,
  name: "Idempotency-Key",
  required: false,
  description:
    "A value of your own, at most 255 characters: the same key and body within 24 hours get the first answer again.",
  schema: { type: "string" as const, maxLength: 255 },
};

/** JSON only, and only as much as the endpoint takes. What was read is kept for validation and Idempotency-Key. */
function requireJson(bounds: BodyBounds): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const type = c.req.header("content-type") ?? "";
    if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) {
      throw new AppError("unsupported_media_type", "Send JSON with the header Content-Type: application/json.");
    }
    await refuseLonger(c, bounds.bytes);
    checkJsonBounds(await c.req.text(), bounds);
    await next();
  };
}

/** A required JSON body. The example stands in the OpenAPI document. */
export function jsonBody<S extends z.ZodType>(schema: S, example: unknown) {
  return { required: true as const, content: { "application/json": { schema, example } } };
}

/** A JSON answer. */
export function answer<S extends z.ZodType>(schema: S, description: string, example?: unknown) {
  return { description, content: { "application/json": example === undefined ? { schema } : { schema, example } } };
}

/** An answer without a body. */
export function empty(description: string) {
  return { description };
}

/** `/{id}` in a path. */
export const idParam = z.object({ id: z.uuid() });
