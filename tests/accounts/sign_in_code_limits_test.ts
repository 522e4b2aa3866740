// Limits on one-time codes, and how they are sent: guesses in great number, budgets, Twilio.
import assert from "node:assert/strict";
import { deviceMark } from "../../features/accounts/mod.ts";
import {
  addPhone,
  ask,
  clock,
  codesFor,
  getCode,
  MINUTE,
  nextCode,
  settled,
  verify,
  wrong,
} from "../support/sign_in_codes.ts";
import { createTestApp, type Person } from "../support/test_app.ts";
import { startTwilio } from "../support/twilio_stand_in.ts";
import { until } from "../support/wait.ts";

Deno.test("codes: 10,000 guesses never succeed", async () => {
  const time = clock();
  await using t = await createTestApp({ settings: { sms: "log" }, now: time.now });
  const phone = "+34600111222";
  await addPhone(t, await t.person("member", "ana"), phone);
  const statuses = new Map<number, number>();
  let guess = 0;
  for (let round = 0; round < 100; round++) {
    time.forward(MINUTE);
    await ask(t, phone);
    const codes = Array.from({ length: 100 }, () => String(guess++).padStart(6, "0"));
    const current = codesFor(t, phone);
    for (const { status } of await Promise.all(codes.map((code) => verify(t, phone, code)))) {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    assert.ok(current.length <= 13, "a dozen codes a day, and the one that added the number");
  }
  assert.equal([...statuses.values()].reduce((a, b) => a + b), 10_000);
  assert.equal(statuses.get(200), undefined);
  assert.ok((statuses.get(401) ?? 0) <= 60, `${statuses.get(401)} guesses were judged`);
});

Deno.test("codes: budgets per address, per country, and the countries that messages go to", async () => {
  const settings = { sms: "log", registration: "open", "sms-per-hour": "10", "sms-countries": "+34,+52" };
  await using t = await createTestApp({ settings });
  const sent = (start: string) => t.logs.filter((line) => line.includes(`text message to ${start}`)).length;
  for (let i = 0; i < 8; i++) await ask(t, `+346${String(i).repeat(8)}`);
  await settled(t);
  assert.equal(sent("+34"), 6, "three fifths to one country");
  for (let i = 0; i < 8; i++) await ask(t, `+52${String(i + 1).repeat(10)}`);
  await settled(t);
  assert.equal(sent("+52"), 4, "ten in all");
  await ask(t, "+88299123456");
  await settled(t);
  assert.equal(sent("+882"), 0);
  let limited;
  for (let i = 0; !limited && i < 100; i++) {
    const answer = await ask(t, `+1212555${String(i).padStart(4, "0")}`);
    if (answer.status === 429) limited = answer;
  }
  assert.ok(Number(limited?.headers.get("retry-after")) > 0, "100 an hour from one address");
});

Deno.test("codes by Twilio: form and credentials, its trouble is tried again, refusals are not, no code in a log", async () => {
  const account = "AC00000000000000000000000000000001";
  await using twilio = startTwilio(account, "a secret token");
  await using t = await createTestApp({
    settings: {
      sms: "twilio",
      "twilio-url": twilio.url,
      "twilio-account-sid": account,
      "twilio-auth-token": "a secret token",
      "twilio-from": "+15005550006",
      registration: "open",
    },
  });
  await t.owner();
  twilio.fail(500, 429);
  const phone = "+34600111222";
  assert.equal((await ask(t, phone)).status, 202);
  await until(() => twilio.sent.length === 1, { timeoutMs: 90_000 });
  assert.equal(twilio.requests, 3);
  const { to, from, text } = twilio.sent[0]!;
  assert.deepEqual([to, from], [phone, "+15005550006"]);
  const code = /\b\d{6}\b/.exec(text)![0];
  assert.equal((await verify(t, phone, code)).status, 200);

  twilio.fail(400);
  await ask(t, "+34600111333");
  await settled(t);
  assert.equal(twilio.requests, 4, "a refusal is not repeated");
  const log = t.logs.join("\n");
  assert.match(log, /Twilio answered 400 \(error 21211\)/);
  assert.ok(!log.includes(code) && !log.includes("a secret token") && !log.includes("about +34"));
});

Deno.test("codes: without a sender there are none, and Twilio needs its settings", async () => {
  await using t = await createTestApp();
  const off = await ask(t, "+34600111222");
  assert.deepEqual([off.status, off.body.code], [403, "sign_in_way_off"]);
  await assert.rejects(
    createTestApp({ settings: { sms: "twilio" } }),
    /PULPO_TWILIO_ACCOUNT_SID.*\n.*PULPO_TWILIO_AUTH_TOKEN.*\n.*PULPO_TWILIO_FROM/,
  );
});

Deno.test("codes: strangers who ask and guess do not lock the owner out of a device that was used before", async () => {
  const time = clock();
  await using t = await createTestApp({ settings: { sms: "log", "trust-proxy": "true" }, now: time.now });
  const ana = await t.person("member", "ana"), ben = await t.person("member", "ben");
  const phone = "+34600111222";
  await addPhone(t, ana, phone);
  const at = (address: string, device = "") => (path: string, body: object) =>
    t.call("POST", path, { body, headers: { "x-forwarded-for": address, ...(device ? { cookie: device } : {}) } });
  const markOf = async (who: Person) => `pulpo_device=${await deviceMark(t.app, who.id, crypto.randomUUID())}`;
  const stranger = at("198.51.100.1"), other = at("198.51.100.2", await markOf(ben));
  const home = at("203.0.113.7", await markOf(ana));
  for (let i = 0; i < 6; i++) {
    time.forward(MINUTE);
    assert.equal((await stranger("/auth/request-otp", { phone })).status, 202);
  }
  time.forward(MINUTE);
  assert.equal((await stranger("/auth/request-otp", { phone })).status, 429);
  assert.equal((await other("/auth/request-otp", { phone })).status, 429, "somebody else's device buys nothing");
  await settled(t);
  const before = codesFor(t, phone).length;
  assert.equal((await home("/auth/request-otp", { phone })).status, 202);
  const code = await nextCode(t, phone, before);
  // They spend the tries of what they asked for, and the failures of the number, not those of this code.
  for (let i = 0; i < 30; i++) await at(`198.51.100.${i + 10}`)("/auth/verify-otp", { phone, code: wrong(code) });
  assert.notEqual((await stranger("/auth/verify-otp", { phone, code })).status, 200, "the code is for that device");
  const pair = await home("/auth/verify-otp", { phone, code });
  assert.equal(pair.body.user?.username, "ana", pair.text);
  // The device has limits of its own.
  const statuses = [];
  for (let i = 0; i < 6; i++) {
    time.forward(MINUTE);
    statuses.push((await home("/auth/request-otp", { phone })).status);
  }
  assert.deepEqual(statuses, [202, 202, 202, 202, 202, 429]);
  const attached = await t.call("POST", "/auth/phone", {
    token: (await t.login(ben)).body.access_token,
    body: { phone },
  });
  assert.equal(attached.status, 202, "adding a number has a budget of its own");
});

Deno.test("codes: one that was asked for elsewhere is good on a device that was used before", async () => {
  const time = clock();
  await using t = await createTestApp({ settings: { sms: "log" }, now: time.now });
  const ana = await t.person("member", "ana"), phone = "+34600111222";
  await addPhone(t, ana, phone);
  const code = await getCode(t, phone);
  const cookie = `pulpo_device=${await deviceMark(t.app, ana.id, crypto.randomUUID())}`;
  const pair = await t.call("POST", "/auth/verify-otp", { body: { phone, code }, headers: { cookie } });
  assert.equal(pair.body.user?.username, "ana", pair.text);
});
