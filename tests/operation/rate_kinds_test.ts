// What one caller may do in a minute, by kind, over real sockets.
import assert from "node:assert/strict";
import { loadConfig } from "../../kernel/config.ts";
import { DEFAULT_RATE_LIMITS } from "../../kernel/rate_kinds.ts";
import { createTestApp, PASSWORD, type TestApp } from "../support/test_app.ts";

const config = (value: string) => loadConfig({ flags: { "rate-limits": value }, env: {} }).rateLimits;

Deno.test("rate limits: pairs in a flag, a table in the file, the rest by default; anything else names the kinds", () => {
  assert.deepEqual(loadConfig({ flags: {}, env: {} }).rateLimits, DEFAULT_RATE_LIMITS);
  assert.deepEqual(config("channels=7, tokens=0"), { ...DEFAULT_RATE_LIMITS, channels: 7, tokens: 0 });
  const table = loadConfig({ flags: {}, env: {}, toml: "[rate_limits]\nuploads = 9\n" });
  assert.equal(table.rateLimits.uploads, 9);
  for (const wrong of ["channels", "channels=x", "boats=3", "channels=-1", "channels=1=2", "channels=99999999"]) {
    assert.throws(() => config(wrong), /kinds: channels, tokens/, wrong);
  }
});

Deno.test("rate limits: each kind ends with 429, Retry-After and RateLimit headers, per person and apart", async () => {
  const limits = "channels=3,tokens=3,tickets=3,webhooks=3,schedules=3,uploads=3";
  await using t = await createTestApp({ settings: { "rate-limits": limits } });
  const owner = await t.owner(), other = await t.person("member");
  const general = (await t.call("GET", "/channels", { token: owner.access })).body.items[0].id;
  const soon = new Date(Date.now() + 3600_000).toISOString();
  let n = 0;
  const kinds: Record<string, (token: string) => ReturnType<TestApp["call"]>> = {
    channels: (token) => t.call("POST", "/channels", { token, body: { name: `room-${n++}` } }),
    tokens: (token) => t.call("POST", "/auth/tokens", { token, body: { name: "k", scopes: ["notify"] } }),
    tickets: (token) => t.call("POST", "/auth/ticket", { token }),
    webhooks: (token) =>
      t.call("POST", "/webhooks/incoming", { token, body: { name: `h${n++}`, channel: "broadcast" } }),
    schedules: (token) =>
      t.call("POST", "/scheduled", { token, body: { channel_id: general, content: "hi", send_at: soon } }),
    uploads: (token) =>
      t.call("PUT", `/media/upload?filename=a${n++}.txt`, {
        token,
        body: `text ${n}`,
        headers: { "content-type": "text/plain" },
      }),
  };
  for (const [kind, act] of Object.entries(kinds)) {
    for (let i = 0; i < 3; i++) {
      const good = await act(owner.access);
      assert.ok(good.status === 201 || good.status === 200, `${kind}: ${good.text}`);
      assert.equal(good.headers.get("ratelimit-limit"), "3", kind);
      assert.equal(good.headers.get("ratelimit-remaining"), String(2 - i), kind);
    }
    const refused = await act(owner.access);
    assert.equal(refused.status, 429, `${kind}: ${refused.text}`);
    assert.equal(refused.body.code, "rate_limited");
    assert.ok(Number(refused.headers.get("retry-after")) > 0, kind);
    assert.equal(refused.headers.get("ratelimit-remaining"), "0", kind);
    if (kind !== "webhooks") assert.notEqual((await act(other.access)).status, 429, `${kind} of somebody else`);
  }
  // Another session of the same person is the same caller.
  const again = (await t.login(owner)).body.access_token;
  assert.equal((await kinds.channels!(again)).status, 429);
});

Deno.test("rate limits: registering and asking for names that are taken, per address; by default too", async () => {
  await using t = await createTestApp({
    settings: { registration: "open", "trust-proxy": "true", "rate-limits": "register=40,lookups=5" },
  });
  const owner = await t.owner();
  const register = (email: string, username: string, address: string) =>
    t.call("POST", "/auth/register", {
      body: { email, username, password: PASSWORD, organization_name: "Elsewhere" },
      headers: { "x-forwarded-for": address },
    });
  for (let i = 0; i < 5; i++) assert.equal((await register(owner.email, `new${i}`, "192.0.2.1")).status, 409);
  const taken = await register(owner.email, "new6", "192.0.2.1");
  assert.equal(taken.status, 429);
  const free = await register("free@example.net", "new7", "192.0.2.1");
  assert.equal(free.status, 429, "whether it is taken or not");
  assert.equal((await register("free@example.net", "new7", "192.0.2.2")).status, 201);
  const luis = await t.person("member");
  for (let i = 0; i < 5; i++) {
    assert.equal(
      (await t.call("PUT", "/auth/me", { token: luis.access, body: { username: "owner" } })).status,
      409,
    );
  }
  // All at once is no way around: after five answers nobody looks at the others, whose outcome would tell.
  let looked = 0;
  const { passwords } = t.app;
  const hash = passwords.hash.bind(passwords);
  passwords.hash = (password, lane) => (looked++, hash(password, lane));
  const burst = Array.from({ length: 15 }, (_, i) => register(owner.email, `more${i}`, "192.0.2.3"));
  const statuses = (await Promise.all(burst)).map((answer) => answer.status);
  assert.deepEqual(statuses.sort(), [...Array(5).fill(409), ...Array(10).fill(429)]);
  assert.equal(looked, 5);
  const asked = await t.call("PUT", "/auth/me", { token: luis.access, body: { username: "owner" } });
  assert.equal(asked.status, 429);
  // By default there are limits as well.
  await using plain = await createTestApp();
  const { access: token } = await plain.owner();
  let status = 200, calls = 0;
  while (status === 200) status = (calls++, await plain.call("POST", "/auth/ticket", { token })).status;
  assert.deepEqual([status, calls], [429, DEFAULT_RATE_LIMITS.tickets + 1]);
});
