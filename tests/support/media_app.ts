// Calls on files for tests, over real sockets.
import assert from "node:assert/strict";
import type { Media } from "../../protocol/chat/media.ts";
import type { Answer, TestApp } from "./test_app.ts";

/** Binary answers. */
export interface BytesAnswer {
  status: number;
  headers: Headers;
  bytes: Uint8Array<ArrayBuffer>;
}

export async function fetchBytes(
  t: TestApp,
  path: string,
  token: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<BytesAnswer> {
  const response = await fetch(`${t.url}/api/v1${path}`, {
    method: options.method ?? "GET",
    headers: { authorization: `Bearer ${token}`, ...options.headers },
  });
  return { status: response.status, headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
}

async function toAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, body };
}

/** A form, as a browser sends it. */
export async function postForm(
  t: TestApp,
  token: string,
  bytes: BlobPart,
  name: string,
  type = "",
  fields: Record<string, string> = {},
): Promise<Answer> {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) form.set(key, value);
  form.set("file", new File([bytes], name, { type }));
  return await toAnswer(
    await fetch(`${t.url}/api/v1/media/upload`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: form,
    }),
  );
}

export async function put(
  t: TestApp,
  token: string,
  path: string,
  body: BodyInit,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return await toAnswer(
    await fetch(`${t.url}/api/v1${path}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, ...headers },
      body,
    }),
  );
}

/** Uploads and expects it to work. */
export async function upload(
  t: TestApp,
  token: string,
  bytes: BlobPart,
  name = "notes.bin",
  type = "",
): Promise<Media> {
  const answer = await postForm(t, token, bytes, name, type);
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
}

/** Bytes that no two tests share and that look like nothing. */
export function randomBytes(size: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(out.subarray(at, Math.min(size, at + 65_536)));
  if (size > 0) out[0] = 0; // never text, never a known start
  return out;
}
