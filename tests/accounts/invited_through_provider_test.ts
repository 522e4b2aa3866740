// An invitation that somebody takes up through a provider: role and channels apply, it is used once, and everything that may be tried
// with it. And the budget of mails that invite.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { freePort, providerEnv, SmallBrowser, startProvider } from "../support/oidc_provider.ts";
import { mailText, startSmtp } from "../support/smtp_stand_in.ts";
import { createTestApp, PASSWORD, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

async function begin(t: TestApp, browser: SmallBrowser, invite: string): Promise<Response> {
  return await browser.get(`${t.url}/api/v1/auth/oauth/main/start`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ invite, return_to: "/chat" }),
  });
}

/** The whole way with an invitation. @returns the callback's answer, as a program gets it: 303 or a code */
async function come(t: TestApp, invite: string, login: string, browser = new SmallBrowser()): Promise<string> {
  const begun = await begin(t, browser, invite);
  const body = await begun.json();
  if (begun.status !== 200) return body.code;
  const back = await browser.signInAt(
    new Response(null, { status: 303, headers: { location: body.url } }),
    login,
    t.url,
  );
  const answer = await browser.get(back);
  const text = await answer.text();
  return answer.status === 303 ? `303 ${answer.headers.get("location")}` : JSON.parse(text).code;
}

for (const db of testedKinds()) {
  Deno.test(`${db}: an invitation goes along with a provider's sign-in`, async () => {
    const port = freePort();
    await using t = await createTestApp({ db, env: providerEnv("MAIN", port) });
    await using provider = await startProvider(port, t.url, ["main"]);
    const owner = await t.owner(), ana = await t.person("member", "ana");
    const verified = (email: string) => ({ email, email_verified: true });
    Object.assign(provider.people, {
      nina: verified("nina@example.net"),
      omar: verified("omar@example.net"),
      pia: { email: "pia@example.net", email_verified: false },
      ana: verified(ana.email),
    });
    const secret =
      (await t.call("POST", "/channels", { token: owner.access, body: { name: "secret", type: "private" } }))
        .body.id;
    const invite = async (body: object = {}) => {
      const made = await t.call("POST", "/organization/invites", { token: owner.access, body });
      assert.equal(made.status, 201, made.text);
      return made.body as { id: string; token: string };
    };
    const left = async (id: string) =>
      (await t.app.db.one<{ uses_left: number }>(sql`select uses_left from invites where id = ${id}`)).uses_left;

    const first = await invite({ role: "moderator", channel_ids: [secret] });
    const browser = new SmallBrowser();
    // Without it there is no way in, and a made-up one begins nothing.
    const plain = await new SmallBrowser().signIn(t, "main", "nina");
    assert.equal((await plain.json()).code, "registration_closed");
    assert.equal(await come(t, "made-up", "nina"), "invite_invalid");
    // The provider does not vouch for the address; somebody who has an account signs in. Neither uses it.
    assert.equal(await come(t, first.token, "pia"), "email_unverified");
    assert.equal(await come(t, first.token, "ana"), "303 /chat");
    assert.equal(await left(first.id), 1);
    assert.equal(await come(t, first.token, "nina", browser), "303 /chat");
    const me = await (await browser.get(`${t.url}/api/v1/auth/me`)).json();
    assert.deepEqual([me.role, me.email, me.organization.name], ["moderator", "nina@example.net", "First"]);
    const { items } = await (await browser.get(`${t.url}/api/v1/channels?member=true`)).json();
    assert.deepEqual(items.map((c: { name: string }) => c.name), ["general", "secret"]);
    assert.equal(await left(first.id), 0);
    assert.equal(await come(t, first.token, "omar"), "invite_invalid");
    assert.equal(await come(t, first.token, "nina"), "invite_invalid", "also at the start");

    // For another address; revoked, or its author gone, between the start and the way back.
    const other = await invite({ email: "somebody@example.net" });
    assert.equal(await come(t, other.token, "omar"), "invite_invalid");
    assert.equal(await left(other.id), 1);
    const revoked = await invite();
    const late = new SmallBrowser();
    const { url } = await (await begin(t, late, revoked.token)).json();
    const back = await late.signInAt(new Response(null, { status: 303, headers: { location: url } }), "omar", t.url);
    await t.call("DELETE", `/organization/invites/${revoked.id}`, { token: owner.access });
    assert.equal((await (await late.get(back)).json()).code, "invite_invalid");
    assert.equal(await t.app.db.maybe(sql`select 1 as one from users where email = 'omar@example.net'`), undefined);

    // Two tabs of one person at once: one account, one use.
    const shared = await invite();
    const both = await Promise.all([come(t, shared.token, "omar"), come(t, shared.token, "omar")]);
    assert.deepEqual(both, ["303 /chat", "303 /chat"]);
    assert.equal(await left(shared.id), 0);
    const log = (await t.call("GET", "/audit?action=user.registered", { token: owner.access })).body.items;
    assert.deepEqual(log.map((e: { details: { invite: string } }) => e.details.invite), [shared.id, first.id]);
    assert.ok(!t.logs.join("\n").includes(first.token), "no token of an invitation is in the log");
  });

  Deno.test(`${db}: mails that invite have a budget; who is refused hears of it`, async () => {
    await using smtp = await startSmtp();
    await using t = await createTestApp({
      db,
      settings: {
        "smtp-url": smtp.url,
        registration: "open",
        "rate-limits": "invites=0",
        "rate-limit-per-minute": "0",
      },
    });
    const owner = await t.owner(), admin = await t.person("admin", "ada"), stranger = await t.stranger();
    const send = (who: { access: string }, n: number) =>
      t.call("POST", "/organization/invites", { token: who.access, body: { email: `p${n}@example.org` } });
    const answers = [];
    for (let n = 0; n < 50; n++) answers.push((await send(owner, n)).status);
    assert.deepEqual([...new Set(answers)], [201]);
    const over = await send(owner, 50);
    assert.deepEqual([over.status, over.body.code], [429, "rate_limited"]);
    assert.match(over.body.detail, /without an address/);
    assert.ok(Number(over.headers.get("retry-after")) > 0);
    const nobody = { email: "new@example.org", username: "newcomer", role: "member" };
    const account = await t.call("POST", "/users", { token: owner.access, body: nobody });
    assert.deepEqual([account.status, account.body.code], [429, "rate_limited"]);
    const rows = await t.app.db.one<{ invites: number; people: number }>(sql`
      select (select count(*)::int from invites) as invites,
        (select count(*)::int from users where username = 'newcomer') as people`);
    assert.deepEqual(rows, { invites: 50, people: 0 }, "nothing half written");
    // A link to hand on costs nothing, and others have budgets of their own until the organisation's is used up.
    const handed = await t.call("POST", "/organization/invites", { token: owner.access, body: {} });
    assert.equal(handed.status, 201);
    const parallel = await Promise.all(Array.from({ length: 60 }, (_, n) => send(admin, 100 + n)));
    assert.equal(parallel.filter((a) => a.status === 201).length, 50);
    const third = await t.person("admin", "third");
    assert.equal((await send(third, 300)).status, 429, "the organisation's");
    assert.equal((await send(stranger, 301)).status, 201, "another organisation's is its own");

    // Refused: a mail says it.
    await t.app.db.run(sql`update users set email_verified_at = now() where id = ${owner.id}`);
    const sign_up = { domains: ["example.org"], approval: true };
    const set = await t.call("PUT", "/organization", { token: owner.access, body: { settings: { sign_up } } });
    assert.equal(set.status, 200, set.text);
    const body = { email: "zoe@example.org", username: "zoe", password: PASSWORD };
    assert.equal((await t.call("POST", "/auth/register", { body })).status, 202);
    const [zoe] = (await t.call("GET", "/organization/sign-ups", { token: owner.access })).body.items;
    await t.call("DELETE", `/organization/sign-ups/${zoe.id}`, { token: owner.access });
    const told = () => smtp.mails.filter(({ to }) => to[0] === body.email).map(mailText);
    await until(() => told().some((text) => /not taken up your registration as zoe/.test(text)), { timeoutMs: 60_000 });
  });
}
