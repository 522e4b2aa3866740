// The compiled file as a running server, and calls to it, for check_compiled.ts.
import assert from "node:assert/strict";
import { freePort, type Running, startProgram } from "../bench/processes.ts";

export type CompiledServer = Running & { url: string };

/** Starts the file on a folder and waits until it is ready. @param settings further variables of the environment */
export async function startCompiled(
  executable: string,
  dataDir: string,
  settings: Record<string, string> = {},
): Promise<CompiledServer> {
  const port = freePort();
  const running = await startProgram({
    command: executable,
    args: ["serve", "--host", "127.0.0.1", "--port", String(port), "--data-dir", dataDir],
    env: {
      DATABASE_URL: "",
      REDIS_URL: "",
      UPSTASH_REDIS_REST_URL: "",
      PULPO_ADMIN_EMAIL: "",
      PULPO_ADMIN_PASSWORD: "",
      ...settings,
    },
    port,
    path: "/health/ready",
  });
  return { ...running, url: `http://127.0.0.1:${port}` };
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

// deno-lint-ignore no-explicit-any
export type JsonCall = (method: string, path: string, expect: number, body?: unknown) => Promise<any>;

/** Calls below /api/v1 with these headers. @returns the parsed answer @throws when the status is another one */
export function jsonCall(server: { url: string }, headers: Record<string, string>): JsonCall {
  return async (method, path, expect, body) => {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    assert.equal(response.status, expect, `${method} ${path}: ${text}`);
    return response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text;
  };
}
