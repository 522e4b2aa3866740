// `deno task compile:check`: compiles the product and uses the file as a person would, end to end: first start in an empty
// folder, set-up through the printed link, a notification on a WebSocket and on a stream, kill -9, resume, doctor, stop.
// Exit status 0: it works. 1: it does not. 3: this machine cannot compile, with the reason (see compile_base.ts).
import assert from "node:assert/strict";
import { freePort, residentBytes, type Running, startProgram } from "../bench/processes.ts";
import { openSocket } from "../tests/socket_client.ts";
import { png } from "../tests/picture_files.ts";
import { openStream } from "../tests/stream_client.ts";
import { compile } from "./compile.ts";
import { type CompileBase, findCompileBase } from "./compile_base.ts";

const PERSON = { email: "ana@example.org", username: "ana", password: "correct horse battery staple" };
const COUNT = 20;
/** What we want, and what is certainly a regression; between them the figure is only told. */
const MEMORY_GOAL_MB = 300, MEMORY_LIMIT_MB = 350;
const SIZE_GOAL_MB = 160;

interface Push {
  offset: number;
  epoch: string;
  message: string;
}

async function start(executable: string, dataDir: string): Promise<Running & { url: string }> {
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
    },
    port,
    path: "/health/ready",
  });
  return { ...running, url: `http://127.0.0.1:${port}` };
}

// deno-lint-ignore no-explicit-any
async function call(url: string, expect: number, body?: unknown, token?: string): Promise<any> {
  const response = await fetch(url, {
    method: body === undefined ? "GET" : "POST",
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...bearer(token) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  assert.equal(response.status, expect, `${url}: ${text}`);
  return response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text;
}

const bearer = (token?: string): Record<string, string> => token ? { authorization: `Bearer ${token}` } : {};

/** Set-up through the link that the first start prints, and sign-in. Returns an access token. */
async function setUp(server: Running & { url: string }): Promise<string> {
  const link = await waitFor(() => /\/setup#token=(\S+)/.exec(server.output())?.[1]);
  await call(`${server.url}/api/v1/setup`, 201, { token: link, ...PERSON, organization_name: "Ana's" });
  const { email, password } = PERSON;
  return (await call(`${server.url}/api/v1/auth/login`, 200, { email, password })).access_token;
}

/** Megabytes when what the start needed has been given back. @throws when that is a regression */
async function settledMemory(pid: number): Promise<string> {
  let least = Infinity;
  for (let i = 0; i < 20 && least >= MEMORY_GOAL_MB; i++) {
    least = Math.min(least, Math.round(await residentBytes(pid) / 1e6));
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  assert.ok(least < MEMORY_LIMIT_MB, `${least} MB resident after a restart; at most ${MEMORY_LIMIT_MB} are accepted`);
  return `${least} MB${least < MEMORY_GOAL_MB ? "" : `, the goal of ${MEMORY_GOAL_MB} is missed`}`;
}

async function waitFor<T>(look: () => T | undefined): Promise<T> {
  for (let i = 0; i < 1000; i++) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`not within 10 s: ${look}`);
}

async function usePicture(url: string, access: string): Promise<void> {
  const put = await fetch(`${url}/api/v1/media/upload?filename=a.png`, {
    method: "PUT",
    headers: bearer(access),
    body: await png(900, 600),
  });
  const medium = await put.json();
  assert.deepEqual([put.status, medium.width, medium.height], [201, 900, 600], JSON.stringify(medium));
  const thumb = await fetch(url + medium.thumbnail_url, { headers: bearer(access) });
  await thumb.body?.cancel();
  assert.deepEqual([thumb.status, thumb.headers.get("content-type")], [200, "image/webp"]);
}

async function useIt(executable: string, folder: string, report: (text: string) => void): Promise<void> {
  let server = await start(executable, `${folder}/data`);
  report(`first start: ${server.startMs.toFixed(0)} ms`);
  try {
    const access = await setUp(server);
    report("set-up through the printed link, sign-in (password worker)");
    const page = await fetch(server.url, { headers: { accept: "text/html" } });
    assert.match(await page.text(), /<!doctype html>/i);
    assert.ok((await call(`${server.url}/openapi.json`, 200)).paths["/api/v1/notify"]);
    await call(`${server.url}/docs`, 200);
    report("console, OpenAPI document and docs page");

    const socket = await openSocket(`${server.url}/ws`, { headers: bearer(access) });
    await socket.ask({ type: "subscribe", channels: ["broadcast"] });
    const stream = await openStream(`${server.url}/sse?channels=broadcast`, bearer(access));
    await stream.wait((event) => event.event === "ack");
    await call(`${server.url}/notify`, 202, { type: "compiled", message: "m0" }, access);
    const first = await socket.wait((f) => f.type === "compiled") as unknown as Push;
    const streamed = await stream.wait((event) => event.event === "compiled");
    assert.deepEqual([first.message, streamed.data.message, streamed.data.offset], ["m0", "m0", first.offset]);
    report("a notification on a WebSocket and on a stream");

    for (let i = 1; i < COUNT; i++) {
      await call(`${server.url}/notify`, 202, { type: "compiled", message: `m${i}` }, access);
    }
    await usePicture(server.url, access);
    report("a picture and its small one (picture worker and its decoders)");

    await server.kill();
    await socket.waitClosed();
    server = await start(executable, `${folder}/data`);
    report(`kill -9, start again: ${server.startMs.toFixed(0)} ms, ${await settledMemory(server.pid)}`);
    const again = await openSocket(`${server.url}/ws`, { headers: bearer(access) });
    const since = { broadcast: { epoch: first.epoch, offset: first.offset } };
    const ack = await again.ask({ type: "subscribe", channels: ["broadcast"], since });
    assert.equal(ack.data.channels.broadcast.recovered, true);
    await again.wait((f) => f.message === `m${COUNT - 1}`);
    const messages = again.frames.filter((f) => f.type === "compiled").map((f) => f.message);
    assert.deepEqual(messages, Array.from({ length: COUNT - 1 }, (_, i) => `m${i + 1}`));
    report("resumed: everything acknowledged, once, in order");

    const doctor = await new Deno.Command(executable, { args: ["doctor", "--url", server.url] }).output();
    assert.equal(doctor.code, 0, new TextDecoder().decode(doctor.stderr));
    const stopped = performance.now();
    assert.equal(await server.stop(), 0, server.output());
    assert.equal((await again.waitClosed()).code, 1012);
    report(`doctor --url, orderly stop: ${(performance.now() - stopped).toFixed(0)} ms, sockets closed with 1012`);
  } catch (error) {
    console.error(server.output());
    throw error;
  } finally {
    await server.kill();
  }
}

async function check(base: CompileBase, folder: string): Promise<void> {
  const report = (text: string) => console.log(`ok  ${text}`);
  const executable = `${folder}/pulpo${Deno.build.os === "windows" ? ".exe" : ""}`;
  const started = performance.now();
  const older = base.version !== Deno.version.deno;
  if (older) {
    console.log(`Deno ${base.version} is not ${Deno.version.deno}: what it lacks comes from tools/old_runtime.ts`);
  }
  await compile({
    output: executable,
    deno: base.deno,
    base: base.base,
    preload: older ? "tools/old_runtime.ts" : undefined,
    quiet: true,
  });
  const { size } = await Deno.stat(executable);
  report(
    `compiled with Deno ${base.version}: ${(size / 1e6).toFixed(0)} MB in ${
      ((performance.now() - started) / 1000).toFixed(0)
    } s`,
  );
  assert.ok(size < SIZE_GOAL_MB * 1e6, `the goal is under ${SIZE_GOAL_MB} MB`);
  const { stdout } = await new Deno.Command(executable, { args: ["version"] }).output();
  assert.match(new TextDecoder().decode(stdout), /^pulpo \d/);
  await useIt(executable, folder, report);
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir({ prefix: "pulpo-compiled-" });
  let status = 0;
  try {
    const base = await findCompileBase(folder).catch((error: Error) => {
      console.error(`The compiled file cannot be checked here: ${error.message}`);
    });
    if (base) await check(base, folder);
    else status = 3;
  } catch (error) {
    console.error("FAILED", error);
    status = 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  Deno.exit(status);
}
