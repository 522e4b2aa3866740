// What a post to an incoming webhook carries: JSON or one of the forms that Slack takes.
import { JSON_BOUNDS, overJsonBounds } from "../../kernel/json_bounds.ts";
import type { HttpContext } from "../http/env.ts";

/**
 * The payload from JSON, a form's `payload`, or a form whose fields are the payload's. Slack does not insist on the content
 * type; nor does this.
 */
export async function readPayload(c: HttpContext): Promise<unknown> {
  const type = c.req.header("content-type") ?? "";
  if (/^multipart\/form-data/i.test(type)) return fromForm(await c.req.formData());
  const body = await c.req.text();
  if (/^\s*[[{]/.test(body)) return parse(body);
  if (/^application\/x-www-form-urlencoded/i.test(type) || /^payload=/.test(body)) {
    return fromForm(new URLSearchParams(body));
  }
  return parse(body);
}

/** @throws Error when it is no JSON or too much of it */
function parse(json: string): unknown {
  if (overJsonBounds(json, JSON_BOUNDS)) throw new Error("the payload is nested too deep or holds too much");
  return JSON.parse(json);
}

async function fromForm(form: FormData | URLSearchParams): Promise<unknown> {
  const text = async (value: FormDataEntryValue | null) => value instanceof File ? await value.text() : value;
  const payload = await text(form.get("payload"));
  if (payload !== null) return parse(payload);
  const fields: Record<string, unknown> = {};
  for (const [name, value] of form.entries()) fields[name] = await text(value);
  return fields;
}
