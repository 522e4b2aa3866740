// Signing in through providers, against real ones on this machine: who is let in as whom, and everything that may be tried with
// states, codes, addresses and two providers.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { codeOfStep, stepOf } from "../../features/accounts/second_factor/totp.ts";
import { fromBase32 } from "../support/base32.ts";
import { freePort, providerEnv, SmallBrowser, startProvider } from "../support/oidc_provider.ts";
import { createTestApp, PASSWORD, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

/** Who the browser is now, at the server. */
async function me(t: TestApp, browser: SmallBrowser) {
  const answer = await browser.get(`${t.url}/api/v1/auth/me`);
  return { status: answer.status, user: await answer.json() };
}

async function problem(response: Response, status: number, code: string): Promise<void> {
  const text = await response.text();
  assert.deepEqual([response.status, JSON.parse(text).code], [status, code], text);
}

const csrf = (t: TestApp, browser: SmallBrowser) => ({
  "content-type": "application/json",
  "x-csrf-token": browser.cookie(t.url, "pulpo_csrf") ?? "",
});

for (const kind of testedKinds()) {
  Deno.test(`providers on ${kind}`, async (s) => {
    const [main, other, dead] = [freePort(), freePort(), freePort()];
    let at = Date.now();
    await using t = await createTestApp({
      db: kind,
      now: () => new Date(at),
      env: {
        ...providerEnv("MAIN", main, { LABEL: "Main office" }),
        ...providerEnv("STAFF", main, {
          SIGN_UP: "true",
          DOMAINS: "example.org",
          ROLE_CLAIM: "groups",
          ROLE_MAP: "bosses=admin, help=moderator, *=viewer",
        }),
        ...providerEnv("OTHER", other),
        ...providerEnv("DEAD", dead),
      },
    });
    await using one = await startProvider(main, t.url, ["main", "staff"]);
    await using two = await startProvider(other, t.url, ["other"]);
    const owner = await t.owner();
    const verified = (email: string, more = {}) => ({ email, email_verified: true, ...more });
    Object.assign(one.people, {
      owner: verified("Owner@example.org"),
      eva: verified("eva@example.org", {
        name: "Eva Ruiz",
        preferred_username: "eva.ruiz",
        groups: ["staff", "bosses"],
      }),
      loose: { email: "owner@example.org", email_verified: false },
      stranger: verified("stranger@example.net"),
    });
    Object.assign(two.people, { owner: verified("someone@example.net"), eva: verified("eva@example.org") });

    await s.step("the sign-in page learns what there is", async () => {
      const { body } = await t.call("GET", "/auth/providers");
      assert.deepEqual(body.items.map((p: { id: string; label: string }) => [p.id, p.label]), [
        ["dead", "Dead"],
        ["main", "Main office"],
        ["other", "Other"],
        ["staff", "Staff"],
      ]);
      assert.deepEqual([body.codes, body.registration], [{ phone: false, email: false }, "invite"]);
    });

    const browser = new SmallBrowser();
    await s.step(
      "a verified address links and signs in, with PKCE, state and nonce, and no token in an address",
      async () => {
        const start = await browser.get(`${t.url}/api/v1/auth/oauth/main/start?return_to=/chat%3Fa=1`);
        const { searchParams: asked } = new URL(start.headers.get("location")!);
        assert.equal(asked.get("code_challenge_method"), "S256");
        for (const name of ["code_challenge", "state", "nonce"]) assert.match(asked.get(name)!, /^[\w-]{43}$/);
        const [cookie] = start.headers.getSetCookie();
        assert.match(
          cookie!,
          /^pulpo_sign_in=[\w-]{43}; Path=\/api\/v1\/auth\/oauth; Max-Age=600; SameSite=Lax; HttpOnly$/,
        );
        const back = await browser.get(await browser.signInAt(start, "owner", t.url));
        assert.deepEqual([back.status, back.headers.get("location")], [303, "/chat?a=1"]);
        assert.equal(back.headers.get("referrer-policy"), "no-referrer");
        for (const text of back.headers.getSetCookie()) assert.match(text, /SameSite=Strict/);
        const { user } = await me(t, browser);
        assert.equal(user.id, owner.id);
      },
    );

    await s.step("afterwards the link counts, whatever becomes of the address", async () => {
      one.people.owner = { email: "moved@example.net", email_verified: false };
      const again = new SmallBrowser();
      await again.signIn(t, "main", "owner");
      assert.equal((await me(t, again)).user.id, owner.id);
      const list = await t.call("GET", "/auth/identities", { token: owner.access });
      assert.deepEqual(list.body.items.map((i: { label: string; name: string }) => [i.label, i.name]), [
        ["Main office", "moved@example.net"],
      ]);
    });

    await s.step("a callback is good once, in its browser, in time, with its state", async () => {
      const begin = async (who: SmallBrowser) =>
        await who.signInAt(await who.get(`${t.url}/api/v1/auth/oauth/main/start`), "owner", t.url);
      const mine = new SmallBrowser(), victim = new SmallBrowser();
      const used = await begin(mine);
      assert.equal((await mine.get(used)).status, 303);
      await problem(await mine.get(used), 400, "sign_in_over");
      // The attacker's own sign-in, in somebody else's browser: with no cookie, and with one of its own.
      const attackers = await begin(mine);
      await problem(await victim.get(attackers), 400, "sign_in_over");
      await begin(victim);
      await problem(await victim.get(attackers), 400, "sign_in_over");
      assert.equal((await me(t, victim)).status, 401);
      const changed = new URL(await begin(mine));
      changed.searchParams.set("state", "x".repeat(43));
      await problem(await mine.get(changed), 400, "sign_in_over");
      const late = await begin(mine);
      at += 10 * 60_000 + 1;
      await problem(await mine.get(late), 400, "sign_in_over");
      // With somebody else's code.
      const [a, b] = [new URL(await begin(mine)), new URL(await begin(victim))];
      b.searchParams.set("code", a.searchParams.get("code")!);
      await problem(await victim.get(b), 400, "provider_failed");
      // For people it is a page that says so.
      const shown = await mine.get(used, { headers: { accept: "text/html" } });
      assert.deepEqual([shown.status, shown.headers.get("location")], [
        303,
        "/login?failed=sign_in_over&provider=main",
      ]);
    });

    await s.step("it leads into the console, nowhere else", async () => {
      for (
        const to of [
          "//evil.example",
          "https://evil.example",
          "/\\evil.example",
          "/\t/evil.example",
          "javascript:1",
          "",
        ]
      ) {
        const refused = await browser.get(
          `${t.url}/api/v1/auth/oauth/main/start?return_to=${encodeURIComponent(to)}`,
        );
        await problem(refused, 422, "validation_failed");
      }
    });

    await s.step("two providers are not mixed up", async () => {
      const mixed = new SmallBrowser();
      const fromMain = new URL(
        await mixed.signInAt(await mixed.get(`${t.url}/api/v1/auth/oauth/main/start`), "owner", t.url),
      );
      const atOther = new URL(fromMain);
      atOther.pathname = atOther.pathname.replace("/main/", "/other/");
      await problem(await mixed.get(atOther), 400, "sign_in_over");
      fromMain.searchParams.set("iss", `http://127.0.0.1:${other}`);
      await problem(await mixed.get(fromMain), 400, "provider_failed");
      // The same subject at another provider is somebody else, who has no account.
      await problem(await mixed.signIn(t, "other", "owner"), 403, "registration_closed");
      await problem(await mixed.get(`${t.url}/api/v1/auth/oauth/nobody/start`), 404, "not_found");
    });

    await s.step("an address that is not verified opens and makes nothing; other domains stay out", async () => {
      const loose = new SmallBrowser();
      await problem(await loose.signIn(t, "main", "loose"), 403, "registration_closed");
      await problem(await new SmallBrowser().signIn(t, "staff", "loose"), 403, "domain_refused");
      await problem(await new SmallBrowser().signIn(t, "staff", "stranger"), 403, "domain_refused");
      assert.equal((await me(t, loose)).status, 401);
    });

    await s.step(
      "a new person where the settings allow it; the role follows the claim, but never to or from owner",
      async () => {
        const eva = new SmallBrowser();
        assert.equal((await eva.signIn(t, "staff", "eva")).status, 303);
        const { user } = await me(t, eva);
        assert.deepEqual([user.username, user.display_name, user.email, user.role], [
          "eva.ruiz",
          "Eva Ruiz",
          "eva@example.org",
          "admin",
        ]);
        for (const [groups, role] of [[["help"], "moderator"], [[], "viewer"], [["owner"], "viewer"]] as const) {
          one.people.eva!.groups = [...groups];
          await eva.signIn(t, "staff", "eva");
          assert.equal((await me(t, eva)).user.role, role);
        }
        await t.app.db.run(sql`update users set role = 'owner' where id = ${user.id}`);
        await new SmallBrowser().signIn(t, "staff", "eva");
        const { role } = await t.app.db.one<{ role: string }>(sql`select role from users where id = ${user.id}`);
        assert.equal(role, "owner");
        const { access } = (await t.login(owner)).body.access_token
          ? { access: (await t.login(owner)).body.access_token }
          : owner;
        const audit = await t.call("GET", `/audit?subject_id=${user.id}`, { token: access });
        const actions = audit.body.items.map((i: { action: string }) => i.action);
        assert.equal(actions.filter((action: string) => action === "user.role_changed").length, 2);
        assert.ok(actions.includes("identity.linked"));
      },
    );

    await s.step("linking from inside; what belongs to somebody else; the last way in stays", async () => {
      const eva = new SmallBrowser();
      await eva.signIn(t, "staff", "eva");
      const link = async (who: SmallBrowser, provider: string) =>
        await who.get(`${t.url}/api/v1/auth/identities`, {
          method: "POST",
          headers: csrf(t, who),
          body: JSON.stringify({ provider }),
        });
      const noCsrf = await eva.get(`${t.url}/api/v1/auth/identities`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ provider: "other" }),
      });
      await problem(noCsrf, 403, "csrf_failed");
      const begun = await link(eva, "other");
      const { url } = await begun.json();
      const back = await eva.signInAt(new Response(null, { status: 303, headers: { location: url } }), "eva", t.url);
      // Not with the cookie of the session alone: the browser that began it is needed.
      const linked = await eva.get(back);
      assert.deepEqual([linked.status, linked.headers.get("location")], [303, "/profile"]);
      const list = await (await eva.get(`${t.url}/api/v1/auth/identities`)).json();
      assert.deepEqual(list.items.map((i: { provider: string }) => i.provider), ["staff", "other"]);

      // The owner's account at the main office is the owner's.
      const own = await (await link(eva, "main")).json();
      const fresh = new SmallBrowser();
      const theirs = await fresh.signInAt(
        new Response(null, { status: 303, headers: { location: own.url } }),
        "owner",
        t.url,
      );
      await problem(await eva.get(theirs), 409, "conflict");
      const again = await (await link(eva, "main")).json();
      const shown = await eva.get(
        await new SmallBrowser().signInAt(
          new Response(null, { status: 303, headers: { location: again.url } }),
          "owner",
          t.url,
        ),
        { headers: { accept: "text/html" } },
      );
      assert.equal(shown.headers.get("location"), "/profile?failed=conflict&provider=main");

      const remove = (id: string) =>
        eva.get(`${t.url}/api/v1/auth/identities/${id}`, { method: "DELETE", headers: csrf(t, eva) });
      assert.equal((await remove(list.items[0].id)).status, 204);
      await problem(await remove(list.items[1].id), 409, "last_way_in");
      await problem(await remove(list.items[0].id), 404, "not_found");
      // Eva is told of what she linked and of what she unlinked, the owner of the account that found theirs by its address.
      const told = async (read: () => Promise<{ items: { data: { kind: string; details: object } }[] }>) =>
        (await read()).items.map(({ data }) => [data?.kind, data?.details]);
      await until(async () => {
        const seen = await told(async () => await (await eva.get(`${t.url}/api/v1/notifications`)).json());
        return JSON.stringify(seen) === JSON.stringify([
          ["identity_unlinked", { provider: "Staff" }],
          ["identity_linked", { provider: "Other" }],
        ]);
      });
      const { access_token: token } = (await t.login(owner)).body;
      await until(async () => {
        const seen = await told(async () => (await t.call("GET", "/notifications", { token })).body);
        return JSON.stringify(seen.at(-1)) === JSON.stringify(["identity_linked", { provider: "Main office" }]);
      });
    });

    await s.step("a provider that is down is told: to programs 503, to people on a page", async () => {
      const down = await browser.get(`${t.url}/api/v1/auth/oauth/dead/start`);
      await problem(down, 503, "provider_unavailable");
      const shown = await browser.get(`${t.url}/api/v1/auth/oauth/dead/start`, { headers: { accept: "text/html" } });
      assert.equal(shown.headers.get("location"), "/login?failed=provider_unavailable&provider=dead");
    });

    await s.step("somebody who says no at the provider is back at the sign-in page", async () => {
      const no = new SmallBrowser();
      const begun = await no.get(`${t.url}/api/v1/auth/oauth/main/start`);
      const state = new URL(begun.headers.get("location")!).searchParams.get("state")!;
      const refusal = new URLSearchParams({ error: "access_denied", state, iss: `http://127.0.0.1:${main}` });
      await problem(await no.get(`${t.url}/api/v1/auth/oauth/main/callback?${refusal}`), 403, "provider_refused");
    });

    await s.step("an account with a second step asks for it: the ticket waits in the fragment", async () => {
      const token = (await t.login(owner)).body.access_token;
      const { secret } = (await t.call("POST", "/auth/2fa/setup", { token })).body;
      const code = () => codeOfStep(fromBase32(secret), stepOf(new Date(at)));
      const enabled = await t.call("POST", "/auth/2fa/enable", { token, body: { code: code() } });
      assert.equal(enabled.status, 200, enabled.text);
      const begin = async (who: SmallBrowser) =>
        await who.signInAt(await who.get(`${t.url}/api/v1/auth/oauth/main/start`), "owner", t.url);
      const again = new SmallBrowser();
      await problem(await again.get(await begin(again)), 401, "totp_required");
      const page = await again.get(await begin(again), { headers: { accept: "text/html" } });
      const ticket = page.headers.get("location")?.split("/login#second=")[1];
      assert.ok(page.status === 303 && ticket);
      assert.equal((await me(t, again)).status, 401);
      at += 60_000;
      const pair = await t.call("POST", "/auth/login/second", { body: { ticket, totp: code() } });
      assert.equal(pair.body?.user?.id, owner.id, pair.text);
    });

    await s.step("no code, token or secret is in the log", () => {
      const log = t.logs.join("\n");
      assert.doesNotMatch(log, /code=|access_token|id_token|s3cret|state=/);
    });
  });

  Deno.test(`providers on ${kind}: a guest rises only by a claim that the settings name`, async () => {
    const port = freePort();
    await using t = await createTestApp({
      db: kind,
      env: providerEnv("MAIN", port, { ROLE_CLAIM: "groups", ROLE_MAP: "staff=moderator" }),
    });
    await using provider = await startProvider(port, t.url, ["main"]);
    const gus = await t.person("guest", "gus");
    const rise = async (groups: string[]) => {
      provider.people.gus = { email: gus.email, email_verified: true, groups };
      await new SmallBrowser().signIn(t, "main", "gus");
      const { role } = await t.app.db.one<{ role: string }>(sql`select role from users where id = ${gus.id}`);
      const { n } = await t.app.db.one<{ n: number }>(
        sql`select count(*) as n from channel_members where user_id = ${gus.id}`,
      );
      return { role, channels: n };
    };
    assert.deepEqual(await rise(["visitors"]), { role: "guest", channels: 0 });
    const risen = await rise(["staff"]);
    assert.equal(risen.role, "moderator");
    assert.ok(risen.channels > 0, "in the channel of everybody");
    assert.equal((await rise(["visitors"])).role, "member", "who was no guest loses what the group gave");
  });

  Deno.test(`providers on ${kind}: what a session began to link is not linked once it has ended`, async () => {
    const port = freePort();
    await using t = await createTestApp({ db: kind, env: providerEnv("MAIN", port) });
    await using provider = await startProvider(port, t.url, ["main"]);
    const ana = await t.person("member", "ana");
    provider.people.evil = { email: "evil@example.net", email_verified: true };
    const ends: Record<string, (access: string) => Promise<{ status: number }>> = {
      password: () =>
        t.call("POST", "/auth/change-password", {
          token: ana.access,
          body: { current_password: PASSWORD, new_password: "another good pass phrase" },
        }),
      logout: (token) => t.call("POST", "/auth/logout", { token }),
    };
    let password = PASSWORD;
    for (const [name, end] of Object.entries(ends)) {
      const { access_token } = (await t.login({ ...ana, password })).body;
      const evil = new SmallBrowser();
      const begun = await evil.get(`${t.url}/api/v1/auth/identities`, {
        method: "POST",
        headers: { authorization: `Bearer ${access_token}`, "content-type": "application/json" },
        body: JSON.stringify({ provider: "main" }),
      });
      const { url } = await begun.json();
      const back = await evil.signInAt(new Response(null, { status: 303, headers: { location: url } }), "evil", t.url);
      assert.equal((await end(access_token)).status, 204, name);
      password = "another good pass phrase";
      await problem(await evil.get(back), 401, "unauthenticated");
      assert.deepEqual(await t.app.db.rows(sql`select id from user_identities`), [], name);
    }
  });
}

Deno.test("providers: an address that somebody only claimed is not joined with its owner's account", async () => {
  const port = freePort();
  await using t = await createTestApp({ settings: { registration: "open" }, env: providerEnv("MAIN", port) });
  await using provider = await startProvider(port, t.url, ["main"]);
  await t.owner();
  const claim = { email: "victim@example.net", username: "mallory", password: PASSWORD, organization_name: "Trap" };
  const mallory = await t.call("POST", "/auth/register", { body: claim });
  assert.equal(mallory.status, 201, mallory.text);
  provider.people.victim = { email: "victim@example.net", email_verified: true };
  await problem(await new SmallBrowser().signIn(t, "main", "victim"), 409, "link_required");
  // A new person comes in, because registration is open, also twice at once.
  provider.people.nina = { email: "nina@example.net", email_verified: true, name: "Nina \u202e" };
  await t.app.db.run(sql`update organizations set is_active = false where name = 'Trap'`);
  const answers = await Promise.all([1, 2].map(() => new SmallBrowser().signIn(t, "main", "nina")));
  assert.deepEqual(answers.map((a) => a.status), [303, 303]);
  const { n } = await t.app.db.one<{ n: number }>(
    sql`select count(*) as n from users where email = 'nina@example.net'`,
  );
  assert.equal(n, 1);
});
