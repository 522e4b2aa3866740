// The HTTP edge: errors, limits, idempotency, cookies and CSRF, CORS, and what attackers send.
import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { base64url, newId } from "../../kernel/ids.ts";
import { deriveKeys } from "../../kernel/keys.ts";
import { createTestApp, PASSWORD, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

const PROBLEM = /^application\/problem\+json/;

Deno.test("http: bad input gets the codes of the contract and nothing else", async () => {
  await using t = await createTestApp();
  const { access: token } = await t.owner();
  const post = (body: unknown, headers?: Record<string, string>) => t.call("POST", "/users", { token, body, headers });
  const cases: [string, number, Awaited<ReturnType<TestApp["call"]>>][] = [
    ["invalid_json", 400, await post('{"email": ')],
    ["invalid_json", 400, await post("")],
    ["validation_failed", 422, await post("[]")],
    ["validation_failed", 422, await post("null")],
    ["validation_failed", 422, await post({ email: 5, username: {}, password: [], role: null })],
    ["unsupported_media_type", 415, await post("email=a", { "content-type": "application/x-www-form-urlencoded" })],
    ["not_found", 404, await t.call("GET", "/nothing/here", { token })],
    ["not_found", 404, await t.call("GET", "//nothing", { token })],
    ["method_not_allowed", 405, await t.call("PATCH", "/users", { token })],
    ["unauthenticated", 401, await t.call("GET", "/users")],
    ["validation_failed", 422, await t.call("GET", "/users?limit=0", { token })],
    ["validation_failed", 422, await t.call("GET", "/users?limit=201", { token })],
    ["validation_failed", 422, await t.call("GET", "/users?cursor=%00%ff", { token })],
    ["validation_failed", 422, await t.call("GET", "/audit?cursor=WyJ4Il0", { token })],
    ["validation_failed", 422, await t.call("PUT", "/organization", { token, body: { name: "a\0b" } })],
    ["too_large", 413, await post("x".repeat(5 * 1024 * 1024))],
  ];
  for (const [code, status, answer] of cases) {
    assert.equal(answer.status, status, `${code}: ${answer.text}`);
    assert.equal(answer.body.code, code);
    assert.match(answer.headers.get("content-type")!, PROBLEM);
    assert.equal(answer.body.request_id, answer.headers.get("x-request-id"));
    assert.equal(answer.body.status, status);
    assert.doesNotMatch(answer.text, /\.ts|select |node_modules|postgres/i);
  }
  const fields = cases[4]![2].body.errors.map((e: { path: string }) => e.path);
  assert.deepEqual(fields.sort(), ["email", "password", "role", "username"]);
  assert.equal(cases[8]![2].headers.get("allow"), "GET, HEAD, POST, OPTIONS");
  const options = await t.call("OPTIONS", "/users/online");
  assert.deepEqual([options.status, options.headers.get("allow")], [204, "GET, HEAD, OPTIONS"]);
  assert.equal((await t.call("OPTIONS", "/nothing/here")).status, 404);
  // Beside /users/{id} and /media/{id}: a declared address is no id.
  for (const [method, path] of [["DELETE", "/users/online"], ["GET", "/media/upload"]] as const) {
    assert.equal((await t.call(method, path, { token })).status, 405, `${method} ${path}`);
  }
  const head = await fetch(`${t.url}/api/v1/users`, { method: "HEAD", headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
});

Deno.test("http: a body in chunks is limited too, and one within the limit arrives", async () => {
  await using t = await createTestApp({ settings: { "body-limit-bytes": "2048" } });
  await t.owner();
  const send = (text: string) =>
    fetch(`${t.url}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: new ReadableStream({
        start(controller) {
          for (let i = 0; i < text.length; i += 500) {
            controller.enqueue(new TextEncoder().encode(text.slice(i, i + 500)));
          }
          controller.close();
        },
      }),
    });
  const large = await send(JSON.stringify({ username: "owner", password: "x".repeat(4000) }));
  assert.equal(large.status, 413);
  assert.equal((await large.json()).code, "too_large");
  const right = await send(JSON.stringify({ username: "owner", password: PASSWORD }));
  assert.equal(right.status, 200);
  await right.body?.cancel();
});

Deno.test("http: request ids are taken over when they are sane", async () => {
  await using t = await createTestApp();
  const ask = async (id: string) =>
    (await t.call("GET", "/setup", { headers: { "x-request-id": id } })).headers.get("x-request-id");
  assert.equal(await ask("abc-12345678"), "abc-12345678");
  assert.notEqual(await ask("x y<script>"), "x y<script>");
  assert.ok(t.logs.some((line) => line.includes('"request_id":"abc-12345678"')));
});

Deno.test("http: forged, expired and foreign credentials are refused", async () => {
  let now = Date.now();
  await using t = await createTestApp({ now: () => new Date(now) });
  const owner = await t.owner();
  const [head, payload, signature] = owner.access.split(".") as [string, string, string];
  const b64 = (value: unknown) => base64url(new TextEncoder().encode(JSON.stringify(value)));
  const claims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
  const other = await deriveKeys("another secret, just as long as ours");
  const sign = (key: CryptoKey, typ: string, body: Record<string, unknown>) =>
    new SignJWT(body).setProtectedHeader({ alg: "EdDSA", typ }).sign(key);
  const raw = await crypto.subtle.exportKey("raw", t.app.keys.verifying);
  const hmac = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const { sid: _sid, ...noSession } = claims;
  const bad: Record<string, string> = {
    none: `${b64({ alg: "none", typ: "at+jwt" })}.${payload}.`,
    "none, signed": `${b64({ alg: "None", typ: "at+jwt" })}.${payload}.${signature}`,
    "public key as HMAC secret": await new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "at+jwt" }).sign(
      hmac,
    ),
    "other key": await sign(other.signing, "at+jwt", claims),
    "other type": await sign(t.app.keys.signing, "JWT", claims),
    "no session": await sign(t.app.keys.signing, "at+jwt", noSession),
    "unknown session": await sign(t.app.keys.signing, "at+jwt", { ...claims, sid: newId() }),
    "unknown user": await sign(t.app.keys.signing, "at+jwt", { ...claims, sub: newId() }),
    "other organisation": await sign(t.app.keys.signing, "at+jwt", { ...claims, org: newId() }),
    "not an id": await sign(t.app.keys.signing, "at+jwt", { ...claims, sid: "' or 1=1" }),
    "changed payload": `${head}.${b64({ ...claims, exp: claims.exp + 9999 })}.${signature}`,
    "cut off": owner.access.slice(0, -4),
    garbage: "x".repeat(5000),
    "made-up API token": `pulpo_${"a".repeat(43)}`,
    "refresh token": owner.refresh,
  };
  for (const [name, token] of Object.entries(bad)) {
    const answer = await t.call("GET", "/auth/me", { token });
    assert.equal(answer.status, 401, `${name}: ${answer.text}`);
    assert.equal(answer.body.code, "unauthenticated", name);
  }
  assert.equal((await t.call("GET", "/auth/me", { headers: { authorization: "Basic b3duZXI6eA==" } })).status, 401);
  assert.equal((await t.call("GET", "/auth/me", { token: owner.access })).status, 200);
  // Kept in memory as good, and still over on time.
  now += 900_001;
  assert.equal((await t.call("GET", "/auth/me", { token: owner.access })).body.code, "token_expired");
  // An old token in the header does not keep anybody from signing in.
  const body = { username: "owner", password: PASSWORD };
  assert.equal((await t.call("POST", "/auth/login", { token: owner.access, body })).status, 200);
  now += 8 * 24 * 3600_000;
  const late = await t.call("POST", "/auth/refresh", { body: { refresh_token: owner.refresh } });
  assert.equal(late.body.code, "token_expired");
});

Deno.test("http: 100 wrong sign-ins at once are refused, then blocked without bcrypt; nothing secret is logged", async () => {
  await using t = await createTestApp({ passwordCost: 6 });
  const owner = await t.owner();
  let checks = 0;
  const { passwords } = t.app;
  const verify = passwords.verify.bind(passwords);
  passwords.verify = (password, hash, lane) => (checks++, verify(password, hash, lane));
  const secret = "guessed-secret-password";
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => t.login({ username: "owner", password: secret })),
  );
  assert.deepEqual([...new Set(answers.map((a) => a.status))].sort(), [401, 429]);
  assert.equal(checks, 10);
  const blocked = await t.login(owner);
  assert.equal(blocked.status, 429, "also the right password, for this account and address");
  assert.equal(checks, 10);
  assert.ok(Number(blocked.headers.get("retry-after")) > 0);
  assert.equal(blocked.headers.get("ratelimit-remaining"), "0");
  // 90 further failures on made-up names exhaust the address.
  for (let i = 0; i < 90; i++) assert.equal((await t.login({ username: `nobody${i}`, password: secret })).status, 401);
  assert.equal((await t.login({ username: "nobody", password: secret })).status, 429);
  assert.equal(checks, 100);

  await t.call("GET", "/auth/me", { token: owner.access });
  const body = { name: "k", scopes: ["notify"] };
  const made = await t.call("POST", "/auth/tokens", {
    token: owner.access,
    body,
    headers: { "idempotency-key": "key-1" },
  });
  await t.call("POST", "/auth/refresh", { body: { refresh_token: owner.refresh } });
  await t.call("GET", `//api/v1/users?token=${made.body.token}`);
  await t.call("POST", "//hooks/very-secret-hook-token", { body: {} });
  const logs = t.logs.join("\n");
  assert.ok(t.logs.length > 100);
  for (const text of [secret, PASSWORD, owner.access, owner.refresh, made.body.token, "very-secret-hook-token"]) {
    assert.equal(logs.includes(text), false, `the log holds ${text.slice(0, 12)}…`);
  }
  const signature = owner.access.split(".")[2]!;
  assert.equal(logs.includes(signature), false);
});

Deno.test("http: the general limit counts per caller", async () => {
  await using t = await createTestApp({ settings: { "rate-limit-per-minute": "20" } });
  const owner = await t.owner();
  const answers = [];
  for (let i = 0; i < 21; i++) answers.push(await t.call("GET", "/auth/me", { token: owner.access }));
  assert.equal(answers[0]!.headers.get("ratelimit-limit"), "20");
  assert.equal(answers[19]!.headers.get("ratelimit-remaining"), "0");
  assert.equal(answers[20]!.status, 429);
  assert.ok(Number(answers[20]!.headers.get("retry-after")) > 0);
  // Other callers (here: nobody signed in, by address) have their own count.
  assert.equal((await t.call("GET", "/setup")).status, 200);
});

for (const db of testedKinds()) {
  Deno.test(`idempotency (${db}): one effect, the same answer again, mismatch, failures free the key`, async () => {
    let now = Date.now();
    await using t = await createTestApp({ db, now: () => new Date(now) });
    const { access: token } = await t.owner();
    const make = (body: unknown, key = "make-1", path = "/auth/tokens") =>
      t.call("POST", path, { token, body, headers: { "idempotency-key": key } });
    const body = { name: "one", scopes: ["notify"] };
    const at_once = await Promise.all(Array.from({ length: 8 }, () => make(body)));
    const created = at_once.filter((a) => a.status === 201);
    assert.ok(created.length >= 1);
    assert.equal(new Set(created.map((a) => a.text)).size, 1);
    for (const a of at_once) assert.ok(a.status === 201 || a.body.code === "idempotency_in_progress", a.text);
    const again = await make(body);
    assert.equal(again.status, 201);
    assert.equal(again.text, created[0]!.text);
    assert.equal(again.headers.get("idempotency-replayed"), "true");
    assert.match(again.headers.get("content-type")!, /^application\/json/);
    assert.equal((await t.call("GET", "/auth/tokens", { token })).body.items.length, 1);
    assert.equal((await make({ ...body, name: "two" })).body.code, "idempotency_mismatch");
    // The same key elsewhere, and of somebody else, is another key.
    const other = await t.person("admin");
    const elsewhere = await t.call("POST", "/auth/tokens", {
      token: other.access,
      body,
      headers: { "idempotency-key": "make-1" },
    });
    assert.equal(elsewhere.status, 201);
    assert.notEqual(elsewhere.text, again.text);
    // A refusal does not burn the key.
    assert.equal((await make({ name: "", scopes: [] }, "make-2")).status, 422);
    assert.equal((await make(body, "make-2")).status, 201);
    assert.equal((await make(body, "bad key\u00e9".replace("\u00e9", "~ ~"))).status, 422);
    // Nothing readable is stored.
    const rows = await t.app.db.rows<{ response: Uint8Array }>({
      text: "select response from idempotency_keys where response is not null",
      values: [],
    });
    for (const row of rows) assert.equal(new TextDecoder("latin1").decode(row.response).includes("pulpo_"), false);
    // After a day the key is new.
    now += 25 * 3600_000;
    const fresh = await t.login({ username: "owner", password: PASSWORD });
    const later = await t.call("POST", "/auth/tokens", {
      token: fresh.body.access_token,
      body: { ...body, name: "three" },
      headers: { "idempotency-key": "make-1" },
    });
    assert.equal(later.status, 201);
    assert.equal(later.body.name, "three");
  });
}

function cookiesOf(headers: Headers): Record<string, string> {
  return Object.fromEntries(headers.getSetCookie().map((c) => c.split(";")[0]!.split("=") as [string, string]));
}

Deno.test("cookies: sign-in, CSRF, refresh and sign-out without a token in any body", async () => {
  await using t = await createTestApp();
  const owner = await t.owner();
  const cookieMode = { "x-pulpo-session": "cookie" };
  const body = { username: owner.username, password: PASSWORD };
  const login = await t.call("POST", "/auth/login", { body, headers: cookieMode });
  assert.equal(login.status, 200);
  assert.deepEqual(Object.keys(login.body).sort(), ["expires_in", "token_type", "user"]);
  assert.equal(login.body.token_type, "Cookie");
  const set = login.headers.getSetCookie();
  const of = (name: string) => set.find((c) => c.startsWith(`${name}=`))!;
  assert.match(of("pulpo_access"), /; Path=\/; Max-Age=900; SameSite=Strict; HttpOnly$/);
  assert.match(of("pulpo_refresh"), /; Path=\/api\/v1\/auth; Max-Age=604800; SameSite=Strict; HttpOnly$/);
  assert.match(of("pulpo_csrf"), /; Path=\/; Max-Age=604800; SameSite=Strict$/);
  const jar = cookiesOf(login.headers);
  const cookie = Object.entries(jar).map(([k, v]) => `${k}=${v}`).join("; ");

  assert.equal((await t.call("GET", "/auth/me", { headers: { cookie } })).status, 200);
  const put = (headers: Record<string, string>) =>
    t.call("PUT", "/auth/me", { body: { display_name: "Cookie" }, headers: { cookie, ...headers } });
  assert.equal((await put({})).body.code, "csrf_failed");
  assert.equal((await put({ "x-csrf-token": "guess" })).body.code, "csrf_failed");
  assert.equal((await put({ "x-csrf-token": jar.pulpo_csrf! })).status, 200);
  // The value of another session does not do.
  const second = await t.call("POST", "/auth/login", { body, headers: cookieMode });
  assert.equal((await put({ "x-csrf-token": cookiesOf(second.headers).pulpo_csrf! })).body.code, "csrf_failed");
  // With a bearer token no CSRF header is needed.
  const withBearer = { token: owner.access, body: { display_name: "Bearer" }, headers: { cookie } };
  assert.equal((await t.call("PUT", "/auth/me", withBearer)).status, 200);

  const refresh = (headers: Record<string, string>) =>
    t.call("POST", "/auth/refresh", { body: {}, headers: { cookie, ...cookieMode, ...headers } });
  assert.equal((await refresh({})).body.code, "csrf_failed");
  const renewed = await refresh({ "x-csrf-token": jar.pulpo_csrf! });
  assert.equal(renewed.status, 200, renewed.text);
  assert.equal(renewed.text.includes("ref_"), false);
  const fresh = cookiesOf(renewed.headers);
  assert.notEqual(fresh.pulpo_refresh, jar.pulpo_refresh);
  assert.equal(fresh.pulpo_csrf, jar.pulpo_csrf);

  const out = await t.call("POST", "/auth/logout", {
    headers: { cookie: `pulpo_access=${fresh.pulpo_access}`, "x-csrf-token": fresh.pulpo_csrf! },
  });
  assert.equal(out.status, 204);
  assert.equal(out.headers.getSetCookie().filter((c) => c.includes("Max-Age=0")).length, 3);
  assert.equal(
    (await t.call("GET", "/auth/me", { headers: { cookie: `pulpo_access=${fresh.pulpo_access}` } })).status,
    401,
  );
});

Deno.test("cookies are Secure when people come by https", async () => {
  await using t = await createTestApp({ settings: { "public-url": "https://pulpo.example" } });
  const { username } = await t.owner();
  const login = await t.call("POST", "/auth/login", {
    body: { username, password: PASSWORD },
    headers: { "x-pulpo-session": "cookie" },
  });
  for (const cookie of login.headers.getSetCookie()) assert.match(cookie, /; Secure/);
});

Deno.test("http: no answer may be taken for another type, and with https every answer asks for https", async () => {
  for (const [public_url, hsts] of [["https://pulpo.example", "max-age=31536000"], ["http://pulpo.example", null]]) {
    await using t = await createTestApp({ settings: { "public-url": public_url! } });
    for (const path of ["/auth/me", "/setup", "//openapi.json", "//health/live", "//nowhere", "//"]) {
      const { headers } = await t.call("GET", path);
      assert.equal(headers.get("x-content-type-options"), "nosniff", path);
      assert.equal(headers.get("strict-transport-security"), hsts, path);
    }
  }
});

Deno.test("cors: only the sites in the settings, and never with cookies", async () => {
  await using t = await createTestApp({ settings: { "cors-origins": "https://a.example,https://b.example" } });
  const preflight = (origin: string) =>
    t.call("OPTIONS", "/users", { headers: { origin, "access-control-request-method": "POST" } });
  const allowed = await preflight("https://a.example");
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get("access-control-allow-origin"), "https://a.example");
  assert.match(allowed.headers.get("access-control-allow-headers")!, /Authorization/);
  assert.equal(allowed.headers.get("access-control-allow-credentials"), null);
  const refused = await preflight("https://evil.example");
  assert.equal(refused.headers.get("access-control-allow-origin"), null);
  const answer = await t.call("GET", "/setup", { headers: { origin: "https://b.example" } });
  assert.equal(answer.headers.get("access-control-allow-origin"), "https://b.example");
  assert.equal(answer.headers.get("vary"), "Origin");
});

Deno.test("sign-in takes as long for people who do not exist", async () => {
  await using t = await createTestApp({ passwordCost: 4 });
  await t.owner();
  const { passwords } = t.app;
  const asked: (string | null)[] = [];
  const verify = passwords.verify.bind(passwords);
  passwords.verify = (password, hash, lane) => (asked.push(hash), verify(password, hash, lane));
  const known = await t.login({ username: "owner", password: "not this one" });
  const unknown = await t.login({ username: "nobody", password: "not this one" });
  assert.deepEqual({ ...known.body, request_id: "" }, { ...unknown.body, request_id: "" });
  assert.equal(asked.length, 2, "both went through bcrypt");
});

Deno.test("openapi: every endpoint of accounts is described with security and examples", async () => {
  const { createHttpApp, featureRoutes, filesOf } = await import("../../routes/app.ts");
  await using t = await createTestApp();
  const routes = await featureRoutes(t.app);
  const document = createHttpApp(t.app, { routes, isFile: filesOf(routes) }).getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Pulpo", version: "1" },
  });
  const paths = Object.keys(document.paths!);
  for (
    const path of ["/auth/login", "/auth/tokens/{id}", "/users/{id}/status", "/organization", "/audit/export", "/setup"]
  ) {
    assert.ok(paths.includes(`/api/v1${path}`), path);
  }
  const login = document.paths!["/api/v1/auth/login"]!.post!;
  assert.deepEqual(login.security, []);
  assert.deepEqual(Object.keys(login.responses!).sort(), [
    ...["200", "400", "401", "405", "413", "415", "422", "429", "503"],
  ]);
  assert.deepEqual(document.paths!["/api/v1/users"]!.get!.security, [{ bearer: [] }, { cookie: [] }]);
});
