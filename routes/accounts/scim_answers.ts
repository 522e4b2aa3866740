// How SCIM answers (RFC 7644): its own media type, its own errors, lists with totals, and the choice of attributes. Only
// errors from before the endpoint (a body over the limit) are problem+json as everywhere else.
import { ScimError } from "../../features/accounts/mod.ts";
import { SCIM_ERROR, SCIM_LIST, scimError, type ScimQuery } from "../../protocol/accounts/scim.ts";
import { problem } from "../../protocol/errors.ts";
import type { HttpContext } from "../http/env.ts";
import { httpError } from "../http/problems.ts";
import type { z } from "zod";

const SCIM_TYPE = "application/scim+json";

/** A body in either of the media types (section 3.1). */
export function scimBody<S extends z.ZodType>(schema: S, example: unknown) {
  return { required: true as const, content: { "application/json": { schema, example }, [SCIM_TYPE]: { schema } } };
}

/** Its type says no more than "an object": resources are open, and the framework would follow their types without end. */
export function scimAnswer(schema: z.ZodType, description: string, example?: unknown) {
  const content = example === undefined ? { schema } : { schema, example };
  return { description, content: { [SCIM_TYPE]: content } } as {
    description: string;
    content: { "application/scim+json": { schema: z.ZodType<{ id: string }> } };
  };
}

/** The documented errors of these statuses. Handlers throw them: for their types there are none. */
export function scimErrors(...statuses: number[]): Record<never, never> {
  return Object.fromEntries(statuses.map((status) => [status, {
    description: "An error as RFC 7644, section 3.12 has it",
    content: { [SCIM_TYPE]: { schema: scimError }, "application/problem+json": { schema: problem } },
  }]));
}

/** A success. `never`: resources are open objects, which the framework's types of answers do not follow to an end. */
export function scimJson(c: HttpContext, body: object, status: 200 | 201): never {
  return c.body(JSON.stringify(body), status, { "content-type": `${SCIM_TYPE}; charset=utf-8` }) as never;
}

/** Whatever is thrown below /scim, as SCIM says it. What was not valid is a 400 here. */
export function scimProblem(thrown: unknown, c: HttpContext): Response {
  const error = httpError(thrown);
  const status = error.status === 422 ? 400 : error.status;
  if (status >= 500) c.var.guest?.log.error("a SCIM request failed", { error: error.cause ?? error });
  const scimType = thrown instanceof ScimError ? thrown.scimType : status === 400 ? "invalidValue" : undefined;
  const body = {
    schemas: [SCIM_ERROR],
    status: String(status),
    ...(scimType ? { scimType } : {}),
    detail: error.detail,
  };
  const headers = new Headers({ "content-type": `${SCIM_TYPE}; charset=utf-8`, "cache-control": "no-store" });
  if (error.retryAfterSeconds !== undefined) headers.set("retry-after", String(error.retryAfterSeconds));
  if (status === 401) headers.set("www-authenticate", "Bearer");
  return new Response(JSON.stringify(body), { status, headers });
}

export function scimListOf<T extends object>(items: T[], total: number, { startIndex }: ScimQuery) {
  return { schemas: [SCIM_LIST], totalResults: total, startIndex, itemsPerPage: items.length, Resources: items };
}

/** What `attributes` and `excludedAttributes` leave of a resource (section 3.9). `schemas` and `id` always stay. */
export function chosen<T extends object>(resource: T, query: { attributes?: string; excludedAttributes?: string }): T {
  const names = (text: string | undefined) =>
    new Set((text ?? "").split(",").map((one) => one.trim().split(".")[0]!.toLowerCase()).filter(Boolean));
  const only = names(query.attributes), without = names(query.excludedAttributes);
  if (only.size === 0 && without.size === 0) return resource;
  const kept = Object.entries(resource).filter(([name]) => {
    const key = name.toLowerCase();
    return key === "schemas" || key === "id" || (only.size > 0 ? only.has(key) : !without.has(key));
  });
  return Object.fromEntries(kept) as T;
}
