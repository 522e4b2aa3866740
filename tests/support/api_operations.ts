// Every operation of the OpenAPI document, ready to be called: for tests that walk over all of them.
import assert from "node:assert/strict";
import { newId } from "../../kernel/ids.ts";
import type { TestApp } from "./test_app.ts";

export interface Operation {
  name: string;
  method: string;
  path: string;
  /** One of these is enough; null: being signed in is; undefined: anybody may call. */
  needs: string[] | null | undefined;
  query: string;
  body: { type: string; example: unknown } | undefined;
  /** Takes parts of a file. */
  ranged: boolean;
  /** Answers with a socket: tests/realtime/realtime_test.ts. */
  socket: boolean;
}

/** @throws AssertionError when an operation does not say what it needs or gives no example */
// deno-lint-ignore no-explicit-any
export function operationsOf(document: any, permissions: Record<string, string>): Operation[] {
  const out: Operation[] = [];
  for (const [path, methods] of Object.entries<Record<string, unknown>>(document.paths)) {
    // deno-lint-ignore no-explicit-any
    for (const [verb, it] of Object.entries<any>(methods)) {
      const name = `${verb.toUpperCase()} ${path}`;
      const open = it.security.length === 0;
      const declared = it["x-permission"] as string | string[] | null | undefined;
      assert.equal(declared === undefined, open, `${name}: say what it needs (\`needs\` of the endpoint)`);
      const needs = typeof declared === "string" ? [declared] : declared;
      for (const one of needs ?? []) assert.ok(one in permissions, `${name}: there is no permission "${one}"`);
      // deno-lint-ignore no-explicit-any
      const required = (it.parameters ?? []).filter((p: any) => p.in === "query" && p.required);
      const [type, content] = Object.entries<{ example?: unknown }>(it.requestBody?.content ?? {})[0] ?? [];
      if (type === "application/json") assert.ok(content!.example !== undefined, `${name}: the body needs an example`);
      out.push({
        name,
        method: verb.toUpperCase(),
        path,
        needs,
        // deno-lint-ignore no-explicit-any
        query: required.map((p: any) => `?${p.name}=${encodeURIComponent(p.example ?? "https://example.org/x")}`)
          .join(),
        body: type ? { type, example: content!.example } : undefined,
        ranged: it.parameters?.some((p: { name: string }) => p.name === "content-range") ?? false,
        socket: "101" in it.responses,
      });
    }
  }
  return out;
}

export type Ids = (path: string) => Record<string, string>;

export async function call(t: TestApp, op: Operation, ids: Ids, token?: string) {
  let path = op.path;
  for (const [name, value] of Object.entries(ids(op.path))) path = path.replace(`{${name}}`, encodeURIComponent(value));
  assert.doesNotMatch(path, /[{}]/, `${op.name}: no value for the parameter of this address`);
  const headers = new Headers(op.ranged ? { "content-range": "bytes 0-3/10" } : {});
  if (token) headers.set("authorization", `Bearer ${token}`);
  let body: BodyInit | undefined;
  if (op.body?.type === "multipart/form-data") {
    const form = new FormData();
    form.set("file", new Blob(["text"], { type: "text/plain" }), "a.txt");
    body = form;
  } else if (op.body) {
    headers.set("content-type", op.body.type.replace("*", "png"));
    body = op.body.type === "application/json" ? JSON.stringify(op.body.example) : "text";
  }
  const response = await fetch(t.url + path + op.query, { method: op.method, headers, body, redirect: "manual" });
  // A stream of events has no end.
  if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
    await response.body?.cancel();
    return { status: response.status, text: "" };
  }
  return { status: response.status, text: await response.text() };
}

/** Nothing has these ids. */
export const madeUp: Ids = (path) => {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  return Object.fromEntries(names.map((name) => [name, name === "emoji" ? "👍" : newId()]));
};
