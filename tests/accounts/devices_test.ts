// Where a person is signed in: the list, ending others, alerts about new devices, and how long a session may last.
import assert from "node:assert/strict";
import { CLOSE } from "../../protocol/errors.ts";
import { mailText, startSmtp } from "../support/smtp_stand_in.ts";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const PHONE =
  "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36";
const DESK = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";

async function signIn(t: TestApp, who: Person, agent: string, headers: Record<string, string> = {}) {
  const { username, password } = who;
  const answer = await t.call("POST", "/auth/login", {
    body: { username, password },
    headers: { "user-agent": agent, ...headers },
  });
  assert.equal(answer.status, 200, answer.text);
  return answer;
}

const alerts = async (t: TestApp, token: string) =>
  (await t.call("GET", "/notifications", { token })).body.items.filter((n: { type: string }) =>
    n.type === "new_sign_in"
  );

const settle = async (t: TestApp, owner: Person) => {
  // A sign-in on a device that is new comes after all that were before it: when it is told, so are they.
  const agent = `probe-${crypto.randomUUID().slice(0, 8)}/1`;
  await signIn(t, owner, agent);
  await until(
    async () => (await alerts(t, owner.access)).some((n: { data: { program: string } }) => n.data.program === agent),
    {
      timeoutMs: 60_000,
    },
  );
};

for (const db of testedKinds()) {
  Deno.test(`${db}: devices: named, this one first, with how and from where; the others end at once`, async () => {
    await using t = await createTestApp({ db });
    await t.owner();
    const ana = await t.person("member", "ana");
    const phone = (await signIn(t, ana, PHONE)).body.access_token;
    await signIn(t, ana, DESK);
    const list = async (token: string) => (await t.call("GET", "/auth/sessions", { token })).body.items;
    const [first, ...others] = await list(phone);
    assert.deepEqual([first.current, first.device, first.method], [true, "Chrome on Android", "password"]);
    assert.ok(first.ip && first.expires_at > first.created_at);
    assert.equal(others.length, 2);
    assert.ok(others.some((s: { device: string }) => s.device === "Firefox on Linux"));
    const ticket = (await t.call("POST", "/auth/ticket", { token: ana.access })).body.ticket;
    await using socket = await openSocket(`${t.url}/ws?token=${ticket}`);
    assert.equal((await t.call("DELETE", "/auth/sessions", { token: phone })).status, 204);
    assert.equal((await socket.waitClosed()).code, CLOSE.unauthenticated);
    assert.equal((await list(phone)).length, 1);
    assert.equal((await t.call("GET", "/auth/me", { token: ana.access })).status, 401);
    assert.equal((await t.call("POST", "/auth/refresh", { body: { refresh_token: ana.refresh } })).status, 401);
    // Somebody else's session is not there; a token has none.
    const ben = await t.person("member", "ben");
    const [{ id }] = await list(phone);
    assert.equal((await t.call("DELETE", `/auth/sessions/${id}`, { token: ben.access })).status, 404);
    const { token } = (await t.call("POST", "/auth/tokens", {
      token: phone,
      body: { name: "x", scopes: ["profile.manage"] },
    })).body;
    assert.equal((await t.call("DELETE", "/auth/sessions", { token })).status, 403);
    assert.equal((await t.call("GET", "/auth/me", { token: phone })).status, 200);
  });

  Deno.test(`${db}: devices: a new one is told in the inbox and by mail, a known one is not`, async () => {
    await using smtp = await startSmtp();
    let now = Date.now();
    await using t = await createTestApp({ db, settings: { "smtp-url": smtp.url }, now: () => new Date(now) });
    const owner = await t.owner();
    const ana = await t.person("member", "ana");
    // In its first hour an account comes to several devices.
    await signIn(t, ana, "tablet/1");
    now += 2 * 3600_000;
    for (const who of [owner, ana]) who.access = (await t.login(who)).body.access_token;
    await t.call("PUT", "/auth/me", { token: ana.access, body: { locale: "es" } });
    // "none" for everything does not silence it: whoever has stolen the account could have set that.
    await t.call("PUT", "/notifications/preferences", { token: ana.access, body: { default: "none" } });
    await settle(t, owner);
    assert.deepEqual(await alerts(t, ana.access), [], "the first device of an account is no news");

    const phone = await signIn(t, ana, PHONE);
    await until(async () => (await alerts(t, ana.access)).length === 1, { timeoutMs: 60_000 });
    const [alert] = await alerts(t, ana.access);
    assert.match(alert.message, /Chrome en Android/);
    assert.equal(alert.data.program, "Chrome");
    await until(() => smtp.mails.some((mail) => mail.to.includes("ana@example.org")), { timeoutMs: 60_000 });
    const mail = smtp.mails.find(({ to }) => to.includes("ana@example.org"))!;
    assert.match(mailText(mail), /Chrome en Android/);

    // Again the same; and another program on a device that shows the mark of the first sign-in.
    await signIn(t, ana, PHONE);
    const mark = phone.headers.getSetCookie().find((one) => one.startsWith("pulpo_device="))!.split(";")[0]!;
    await signIn(t, ana, DESK, { cookie: mark });
    // The mark of somebody else buys no silence.
    const foreign = (await signIn(t, owner, PHONE)).headers.getSetCookie()
      .find((one) => one.startsWith("pulpo_device="))!.split(";")[0]!;
    await signIn(t, ana, "curl/8.5.0", { cookie: foreign });
    await settle(t, owner);
    assert.deepEqual(
      (await alerts(t, ana.access)).map((n: { data: { program: string } }) => n.data.program).sort(),
      ["Chrome", "curl/8.5.0"],
    );
    assert.equal(smtp.mails.filter(({ to }) => to.includes("ana@example.org")).length >= 1, true);
  });

  Deno.test(`${db}: sessions: the organisation's limits hold for tokens, refresh and open sockets`, async () => {
    let now = Date.now();
    await using t = await createTestApp({ db, now: () => new Date(now) });
    const owner = await t.owner();
    const ana = await t.person("member", "ana");
    const limit = async (sessions: object) => {
      const fresh = (await t.login(owner)).body.access_token;
      return await t.call("PUT", "/organization", { token: fresh, body: { settings: { sessions } } });
    };
    assert.equal((await limit({ max_days: 0 })).status, 422);
    assert.equal((await limit({ max_days: 1, idle: 3 })).status, 422);
    assert.equal(
      (await t.call("PUT", "/organization", { token: ana.access, body: { settings: { sessions: {} } } })).status,
      403,
    );

    const refresh = (refresh_token: string) => t.call("POST", "/auth/refresh", { body: { refresh_token } });
    assert.equal((await limit({ max_days: 2 })).status, 200);
    now += 24 * 3600_000;
    let pair = (await refresh(ana.refresh)).body;
    now += 24 * 3600_000 - 5 * 60_000;
    pair = (await refresh(pair.refresh_token)).body;
    assert.equal((await t.call("GET", "/auth/me", { token: pair.access_token })).status, 200);
    now += 5 * 60_000; // the access token would last ten minutes more
    assert.equal((await t.call("GET", "/auth/me", { token: pair.access_token })).status, 401);
    assert.equal((await refresh(pair.refresh_token)).status, 401);
    assert.equal((await t.login(ana)).status, 200);

    const idle = (await t.login(ana)).body;
    assert.equal((await limit({ idle_hours: 3 })).status, 200);
    now += 2 * 3600_000;
    const used = (await refresh(idle.refresh_token)).body;
    now += 3 * 3600_000 + 1000;
    assert.equal((await refresh(used.refresh_token)).status, 401);

    // Narrowed while a socket is open: it ends.
    const open = (await t.login(ana)).body;
    now += 47 * 3600_000;
    assert.equal((await limit({})).status, 200);
    const late = await refresh(open.refresh_token);
    assert.equal(late.status, 200, late.text);
    const ticket = (await t.call("POST", "/auth/ticket", { token: late.body.access_token })).body.ticket;
    await using socket = await openSocket(`${t.url}/ws?token=${ticket}`);
    assert.equal((await limit({ max_days: 1 })).status, 200);
    assert.equal((await socket.waitClosed()).code, CLOSE.unauthenticated);
  });
}

Deno.test("devices: nobody can send the alert to others", async () => {
  await using t = await createTestApp();
  const owner = await t.owner(), ana = await t.person("member", "ana");
  const body = { type: "new_sign_in", message: "Click here", user_ids: [ana.id] };
  const refused = await t.call("POST", "/notify", { token: owner.access, body });
  assert.deepEqual([refused.status, refused.body.code], [422, "reserved_type"]);
});
