// The console's pure helpers: formatting, messages, passwords, the sender, metrics.
import assert from "node:assert/strict";
import { messages } from "../messages.ts";
import { address, ApiError, csrfToken, post, setSignedOutHandler, toError } from "./api.ts";
import {
  binarySize,
  compact,
  distinct,
  duration,
  handleOf,
  humanType,
  initials,
  phoneNumber,
  relative,
  utc,
} from "./format.ts";
import { fillText, pickLanguage } from "./i18n.ts";
import { addPoint, columns, mergePoints, type Point } from "./metrics_store.ts";
import { curlNotify, parseData, pythonNotify, SAMPLES, TYPE_PATTERN } from "./notify.ts";
import { generatePassword, passwordStrength } from "./password.ts";
import { safeNext } from "./router.ts";
import { holds } from "./session.ts";
import type { Metrics } from "./types.ts";

Deno.test("messages: both languages have the same parameters and plural forms, and no empty text", () => {
  for (const [key, { en, es }] of Object.entries(messages)) {
    assert.ok(en.trim() && es.trim(), key);
    const parameters = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]))].sort();
    assert.deepEqual(parameters(es), parameters(en), key);
    for (const text of [en, es]) assert.ok(text.split("|").length <= 2, key);
    assert.equal(es.split("|").length, en.split("|").length, key);
  }
});

Deno.test("texts: parameters, plurals, numbers in the language's way", () => {
  assert.equal(fillText("{n} day|{n} days", "en", { n: 1 }), "1 day");
  assert.equal(fillText("{n} day|{n} days", "en", { n: 1234 }), "1,234 days");
  assert.equal(fillText("{n} día|{n} días", "es", { n: 0 }), "0 días");
  assert.equal(fillText("{who} and {other}", "en", { who: "Ana" }), "Ana and {other}");
});

Deno.test("language: the first that the console speaks", () => {
  assert.equal(pickLanguage(["fr", "es-MX", "en"]), "es");
  assert.equal(pickLanguage(["fr"]), "en");
  assert.equal(pickLanguage([]), "en");
});

Deno.test("formatting", () => {
  assert.equal(duration(0, "en"), "0 seconds");
  assert.equal(duration(59.9, "es"), "59 segundos");
  assert.equal(duration(3600, "en"), "1 hour");
  assert.equal(duration(90_061, "en"), "1 day, 1 hour");
  assert.equal(duration(86_405, "es"), "1 día");
  assert.equal(handleOf(" Guías de Cusco (2ª) "), "guias-de-cusco-2");
  assert.equal(handleOf("李"), "");
  assert.equal(handleOf("a".repeat(31) + " b"), "a".repeat(31));
  assert.equal(binarySize(64 * 1024 ** 2, "en"), "64\u00a0MiB");
  assert.equal(binarySize(1_000_000, "en"), "1\u00a0MB");
  assert.equal(phoneNumber("+34612345678"), "+34 612 345 678");
  assert.equal(phoneNumber("+12125550100"), "+1 212 555 0100");
  assert.equal(phoneNumber("+8613800138000"), "+86 138 0013 8000");
  assert.equal(phoneNumber("+51987654321"), "+51 987 654 321");
  assert.equal(phoneNumber("+35312345678"), "+353 1234 5678");
  assert.equal(phoneNumber("555"), "555");
  assert.equal(relative(0, "en", 30_000), "now");
  assert.equal(relative(0, "es", 120_000), "hace 2 minutos");
  assert.equal(relative(86_400_000 * 3, "en", 0), "in 3 days");
  assert.equal(compact(1234, "en"), "1,234");
  assert.equal(compact(12_345, "en"), "12.3K");
  assert.equal(compact(NaN, "en"), "–");
  assert.equal(utc(0), "1970-01-01 00:00:00 UTC");
  assert.equal(initials("Ana Pérez"), "AP");
  assert.equal(initials(" "), "?");
  assert.equal(humanType("reserva_creada"), "Reserva creada");
});

Deno.test("addresses leave out what is empty", () => {
  assert.equal(address("/users", { q: "", role: null, limit: 50, cursor: undefined }), "/api/v1/users?limit=50");
  assert.equal(address("//health"), "/health");
  assert.equal(csrfToken("a=1; pulpo_csrf=x%3Dy; b=2"), "x=y");
  assert.equal(csrfToken("not_pulpo_csrf=1"), null);
});

Deno.test("errors: problem+json, and answers that are not from this server", async () => {
  const body = {
    code: "validation_failed",
    detail: "d",
    errors: [{ path: "name", message: "m" }, { path: "name", message: "n" }],
  };
  const problem = await toError(new Response(JSON.stringify(body), { status: 422, headers: { "X-Request-Id": "r" } }));
  assert.deepEqual([problem.code, problem.options.fields, problem.options.requestId], ["validation_failed", {
    name: "m",
  }, "r"]);
  assert.equal((await toError(new Response("<html>", { status: 502 }))).code, "unavailable");
  assert.equal((await toError(new Response("", { status: 418 }))).code, "bad_answer");
  const slow = await toError(new Response("{}", { status: 429, headers: { "Retry-After": "7" } }));
  assert.equal(slow.options.retryAfterSeconds, 7);
});

Deno.test("after signing in only paths of this console", () => {
  for (
    const bad of [null, "", "//evil.example", "/\\evil.example", "https://evil.example", "/login?next=/", "/setup"]
  ) {
    assert.equal(safeNext(bad), "/", String(bad));
  }
  assert.equal(safeNext("/audit?action=user.*"), "/audit?action=user.*");
});

Deno.test("permissions with wildcards", () => {
  assert.ok(holds(["*"], "users.manage"));
  assert.ok(holds(["users.*"], "users.manage"));
  assert.ok(!holds(["user.*", "users.read"], "users.manage"));
});

Deno.test("password strength and generator", () => {
  assert.equal(passwordStrength("short"), 0);
  assert.equal(passwordStrength("password123"), 0);
  assert.equal(passwordStrength("password1234"), 1);
  assert.ok(passwordStrength("correct horse battery") >= 3);
  assert.ok(passwordStrength("andes-travel-2025", ["andes"]) < passwordStrength("river-stone-4820!"));
  const made = generatePassword();
  assert.match(made, /^([A-Za-z2-9]{5}-){3}[A-Za-z2-9]{5}$/);
  assert.equal(passwordStrength(made), 4);
});

Deno.test("sender: data field, curl and Python lines, samples", () => {
  assert.deepEqual(parseData("  "), { ok: true, value: undefined });
  assert.deepEqual(parseData('{"a":1}'), { ok: true, value: { a: 1 } });
  for (const bad of ["{", "1", '"x"', "null"]) assert.equal(parseData(bad).ok, false, bad);
  const line = curlNotify("http://h:1", { type: "t", message: "it's" });
  assert.ok(line.includes(`'{"type":"t","message":"it'\\''s"}'`));
  const python = pythonNotify(
    "http://h:1",
    { type: "t", message: "m", data: { a: null, b: true }, persist: false },
    "pulpo_x",
  );
  assert.ok(python.includes('{"type": "t", "message": "m", "data": {"a": None, "b": True}, "persist": False}'));
  assert.equal(SAMPLES.length, 9);
  assert.equal(new Set(SAMPLES.map((s) => s.type)).size, 9);
  for (const { type } of SAMPLES) assert.match(type, TYPE_PATTERN);
});

Deno.test("metrics: what the server remembers joins what the tab saw, in order, each once", () => {
  const at = (seconds: number): Point => [seconds, 1, 1, 1, 1, 1, 1];
  const merged = mergePoints([at(100.2), at(105)], [at(90), at(95), at(100), at(105.3)]);
  assert.deepEqual(merged.map(([seconds]) => seconds), [90, 95, 100, 105]);
  assert.deepEqual(mergePoints([], []), []);
});

Deno.test("labels of an axis: none twice", () => {
  assert.deepEqual(distinct(["14:03", "14:03", "14:04"]), ["14:03", "", "14:04"]);
  assert.deepEqual(distinct(["0", "0", "1", "1", "2"]), ["0", "", "1", "", "2"]);
});

Deno.test("metrics: window, order, gaps", () => {
  const at = (seconds: number): Metrics => ({
    active_users: 1,
    messages_per_minute: 2,
    active_channels: 3,
    connections: 4,
    agents_online: 0,
    servers_running: 0,
    server_load: { cpu_percent: 5, memory_mb: 6, event_loop_lag_ms: 7 },
    timestamp: new Date(seconds * 1000).toISOString(),
  });
  let points: readonly Point[] = [];
  for (const seconds of [1000, 1005, 1005, 1003, 1100]) points = addPoint(points, at(seconds));
  assert.deepEqual(points.map((p) => p[0]), [1000, 1005, 1100]);
  assert.deepEqual(columns(points, [2, 6]), [[1000, 1005, 1006, 1100], [4, 4, null, 4], [7, 7, null, 7]]);
  assert.deepEqual(addPoint(points, at(2004)).map((p) => p[0]), [2004]);
});

Deno.test("a wrong password or code is sent once; only a session that has ended is renewed", async () => {
  let code = "", calls = 0, signedOut = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => {
    calls++;
    return Response.json({ code, status: 401 }, { status: 401 });
  });
  const { fetch } = globalThis;
  globalThis.fetch = (path, init) => fetch(`http://127.0.0.1:${server.addr.port}${path}`, init);
  setSignedOutHandler(() => signedOut++);
  const send = (answer: string) => {
    code = answer;
    return assert.rejects(post("/x", {}), (error) => error instanceof ApiError && error.code === answer);
  };
  try {
    for (const wrong of ["invalid_credentials", "invalid_code", "totp_required", "passkey_refused"]) await send(wrong);
    assert.deepEqual([calls, signedOut], [4, 0]);
    for (const ended of ["unauthenticated", "token_expired"]) await send(ended);
    assert.equal(signedOut, 2, "there is no session to renew");
  } finally {
    globalThis.fetch = fetch;
    setSignedOutHandler(() => {});
    await server.shutdown();
  }
});
