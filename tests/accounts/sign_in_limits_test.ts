// What strangers who guess passwords can and cannot do to the people they guess at, over real sockets. Every stranger
// comes from an address of their own, as a proxy would tell it.
import assert from "node:assert/strict";
import { deviceMark } from "../../features/accounts/mod.ts";
import { createTestApp, PASSWORD, type TestApp } from "../support/test_app.ts";

const behindProxy = { "trust-proxy": "true" };
const WRONG = "a guess that is not right";

function signIn(
  t: TestApp,
  who: { email?: string; username?: string },
  password: string,
  address: string,
  cookie = "",
) {
  const headers: Record<string, string> = { "x-forwarded-for": address, ...(cookie ? { cookie } : {}) };
  return t.call("POST", "/auth/login", { body: { ...who, password }, headers });
}

function deviceCookie(headers: Headers): string {
  const set = headers.getSetCookie().find((text) => text.startsWith("pulpo_device="))!;
  assert.match(set, /; Path=\/api\/v1\/auth; Max-Age=15552000; SameSite=Strict; HttpOnly$/);
  return set.split(";")[0]!;
}

Deno.test("sign-in: guesses at one account count over all addresses, e-mail and user name together", async () => {
  await using t = await createTestApp({ settings: behindProxy });
  const { email, username } = await t.owner();
  const statuses: number[] = [];
  for (let i = 0; i < 24; i++) {
    const who = i % 2 ? { email: email.toUpperCase() } : { username };
    statuses.push((await signIn(t, who, WRONG, `198.51.100.${i}`)).status);
  }
  assert.deepEqual(statuses, [...Array(20).fill(401), ...Array(4).fill(429)]);
  const blocked = await signIn(t, { username }, PASSWORD, "203.0.113.1");
  assert.equal(blocked.status, 429);
  assert.ok(Number(blocked.headers.get("retry-after")) > 0);
  // A name that nobody has is judged alike, with the same words.
  const nobody: number[] = [];
  for (let i = 0; i < 21; i++) {
    nobody.push((await signIn(t, { username: "nobody" }, WRONG, `198.51.101.${i}`)).status);
  }
  assert.deepEqual(nobody, [...Array(20).fill(401), 429]);
  const alike = await signIn(t, { username: "nobody" }, WRONG, "203.0.113.2");
  assert.equal(alike.body.detail, blocked.body.detail);
  // Others sign in.
  const other = await t.person("member");
  assert.ok(other.access);
});

Deno.test("sign-in: the right password on a device that signed in before gets through a locked account and address", async () => {
  let now = Date.now();
  await using t = await createTestApp({ settings: behindProxy, now: () => new Date(now) });
  const owner = await t.owner(), other = await t.person("member", "luis");
  const who = { username: owner.username };
  const home = "203.0.113.7";
  const cookie = deviceCookie((await signIn(t, who, PASSWORD, home)).headers);
  const second = deviceCookie((await signIn(t, who, PASSWORD, home)).headers);
  const others = deviceCookie((await signIn(t, { username: other.username }, PASSWORD, "203.0.113.8")).headers);
  // The address: 100 failures. The account: more than 20.
  for (let i = 0; i < 100; i++) {
    const name = i % 4 ? `nobody${i}` : owner.username;
    assert.ok([401, 429].includes((await signIn(t, { username: name }, WRONG, home)).status));
  }
  for (let i = 0; i < 20; i++) await signIn(t, who, WRONG, `198.51.100.${i}`);
  assert.equal((await signIn(t, who, PASSWORD, home)).status, 429, "a stranger from this address");
  assert.equal((await signIn(t, who, PASSWORD, "192.0.2.1")).status, 429, "a stranger from elsewhere");
  assert.equal((await signIn(t, { email: owner.email }, PASSWORD, home, cookie)).status, 200);
  // The mark of another account, a changed one and an old one are no marks.
  const changed = cookie.replace(/.$/, (last) => last === "A" ? "B" : "A");
  for (const mark of [others, changed, "pulpo_device=x", cookie.replace(owner.id, other.id)]) {
    assert.equal((await signIn(t, who, PASSWORD, "192.0.2.2", mark)).status, 429, mark);
  }
  // A copy of the mark buys ten guesses and no more, and takes nothing from other devices.
  const guesses = await Promise.all(Array.from({ length: 15 }, () => signIn(t, who, WRONG, "192.0.2.3", cookie)));
  assert.equal(guesses.filter((a) => a.status === 401).length, 10);
  assert.equal((await signIn(t, who, PASSWORD, home, cookie)).status, 429);
  assert.equal((await signIn(t, who, PASSWORD, home, second)).status, 200);
  // Whoever is signed in changes the password meanwhile.
  const body = { current_password: PASSWORD, new_password: "quite another pass phrase" };
  assert.equal((await t.call("POST", "/auth/change-password", { token: owner.access, body })).status, 204);
  now += 181 * 24 * 3600_000;
  for (let i = 0; i < 20; i++) await signIn(t, who, WRONG, `198.51.102.${i}`);
  assert.equal((await signIn(t, who, body.new_password, home, second)).status, 429, "a mark ends after half a year");
});

Deno.test("sign-in: a device keeps its count when its session is renewed, and when it signs in again", async () => {
  let now = Date.now();
  await using t = await createTestApp({ settings: behindProxy, now: () => new Date(now) });
  const { username } = await t.owner(), other = await t.person("member", "luis");
  const who = { username };
  const idOf = (cookie: string) => cookie.split(".")[1];
  const first = await signIn(t, who, PASSWORD, "203.0.113.7");
  const cookie = deviceCookie(first.headers);
  const ids = [];
  let refresh_token = first.body.refresh_token;
  for (const shown of ["", cookie, ""]) {
    now += 1000;
    const headers: Record<string, string> = shown ? { cookie: shown } : {};
    const renewed = await t.call("POST", "/auth/refresh", { body: { refresh_token }, headers });
    refresh_token = renewed.body.refresh_token;
    const mark = deviceCookie(renewed.headers);
    assert.notEqual(mark, cookie, "good for longer");
    ids.push(idOf(mark));
  }
  ids.push(idOf(deviceCookie((await signIn(t, who, PASSWORD, "203.0.113.7", cookie)).headers)));
  assert.deepEqual(ids, Array(4).fill(idOf(cookie)));
  // Somebody else at the same browser has a count of their own, and so has another device.
  const others = deviceCookie((await signIn(t, other, PASSWORD, "203.0.113.7", cookie)).headers);
  const elsewhere = deviceCookie((await signIn(t, who, PASSWORD, "203.0.113.8")).headers);
  assert.equal(new Set([cookie, others, elsewhere].map(idOf)).size, 3);
});

Deno.test("sign-in: a person with many devices does not keep others from signing in", async () => {
  await using t = await createTestApp({ settings: behindProxy, passwordCost: 8 });
  const owner = await t.owner(), luis = await t.person("member", "luis");
  const cookie = deviceCookie((await signIn(t, owner, PASSWORD, "203.0.113.7")).headers);
  let running = 0, most = 0;
  const { passwords } = t.app;
  const verify = passwords.verify.bind(passwords);
  passwords.verify = async (password, hash, lane) => {
    most = Math.max(most, ++running);
    return await verify(password, hash, lane).finally(() => running--);
  };
  const marks = await Promise.all(Array.from({ length: 90 }, () => deviceMark(t.app, luis.id, crypto.randomUUID())));
  const flood = marks.map((mark) =>
    signIn(t, { username: luis.username }, WRONG, "198.51.100.1", `pulpo_device=${mark}`)
  );
  const known = await signIn(t, { username: owner.username }, PASSWORD, "203.0.113.7", cookie);
  assert.equal(known.status, 200, known.text);
  await Promise.all(flood);
  assert.ok(most <= 2, `${most} checks of two people waited before bcrypt`);
});

Deno.test("sign-in: a flood of guesses, and one of registrations, refuse nobody of the other kind", async () => {
  await using t = await createTestApp({
    settings: { ...behindProxy, registration: "open" },
    passwordCost: 8,
  });
  const owner = await t.owner();
  const cookie = deviceCookie((await signIn(t, owner, PASSWORD, "203.0.113.7")).headers);
  const flood = Array.from(
    { length: 150 },
    (_, i) => signIn(t, { username: `nobody${i}` }, WRONG, `198.51.100.${i}`),
  );
  const registered = t.call("POST", "/auth/register", {
    body: { email: "new@example.net", username: "newcomer", password: PASSWORD, organization_name: "New" },
    headers: { "x-forwarded-for": "203.0.113.9" },
  });
  const known = signIn(t, { username: owner.username }, PASSWORD, "198.51.100.1", cookie);
  const made = t.call("POST", "/users", {
    token: owner.access,
    body: { email: "made@example.org", username: "made", password: PASSWORD },
  });
  assert.equal((await registered).status, 201, (await registered).text);
  assert.equal((await known).status, 200, (await known).text);
  assert.equal((await made).status, 201, (await made).text);
  const refused = (await Promise.all(flood)).filter((a) => a.status === 429);
  assert.ok(refused.length > 0, "the flood was larger than its queue");
  for (const answer of refused) assert.ok(Number(answer.headers.get("retry-after")) >= 1);
});
