// Second factors on two instances that share a database: a challenge or code that one has taken is none for the other, and what
// the organisation asks for holds on open sockets of both.
import assert from "node:assert/strict";
import { codeOfStep, stepOf } from "../../features/accounts/second_factor/totp.ts";
import { fromBase32 } from "../support/base32.ts";
import { databaseFromTemplate } from "../support/server_databases.ts";
import { SoftAuthenticator } from "../support/soft_authenticator.ts";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp, PASSWORD, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const ORIGIN = "https://ops.example.org";

Deno.test({ name: "second factor on two instances", ignore: !testedKinds().includes("server") }, async () => {
  let now = Date.now();
  const settings = { "database-url": await databaseFromTemplate(), "public-url": ORIGIN };
  await using a = await createTestApp({ settings, now: () => new Date(now) });
  await using b = await createTestApp({ settings, now: () => new Date(now) });
  const owner = await a.owner(), ana = await a.person("member", "ana"), luis = await a.person("member", "luis");
  const post = async (t: TestApp, path: string, status: number, body?: unknown, token?: string) => {
    const answer = await t.call("POST", path, { token, body });
    assert.equal(answer.status, status, answer.text);
    return answer.body;
  };

  const phone = new SoftAuthenticator(ORIGIN, "ops.example.org");
  const options = await post(a, "/auth/passkeys/register/options", 200, undefined, ana.access);
  await post(b, "/auth/passkeys/register/verify", 201, phone.register(options), ana.access);
  const asked = phone.authenticate(await post(b, "/auth/passkeys/login/options", 200));
  await post(a, "/auth/passkeys/login/verify", 200, asked);
  await post(b, "/auth/passkeys/login/verify", 401, asked);
  // The same challenge at both at once.
  const both = phone.authenticate(await post(a, "/auth/passkeys/login/options", 200));
  const race = await Promise.all([a, b].map((t) => t.call("POST", "/auth/passkeys/login/verify", { body: both })));
  assert.deepEqual(race.map((answer) => answer.status).sort(), [200, 401]);

  const { secret } = await post(b, "/auth/2fa/setup", 200, undefined, luis.access);
  const code = () => codeOfStep(fromBase32(secret), stepOf(new Date(now)));
  await post(a, "/auth/2fa/enable", 200, { code: code() }, luis.access);
  now += 60_000;
  const body = { username: "luis", password: PASSWORD, totp: code() };
  const codes = await Promise.all([a, b, a, b].map((t) => t.call("POST", "/auth/login", { body })));
  assert.deepEqual(codes.map((answer) => answer.status).sort(), [200, 401, 401, 401]);

  // A session without a second factor, reading on the other instance, when the rule comes.
  const half = (await b.login(ana)).body.access_token as string;
  const socket = await openSocket(`${b.url}/ws?token=${half}&channels=broadcast`);
  await socket.wait((frame) => frame.type === "ack");
  const rule = { settings: { second_factor: { roles: ["member"] } } };
  assert.equal((await a.call("PUT", "/organization", { token: owner.access, body: rule })).status, 200);
  await until(async () => (await b.call("GET", "/channels", { token: half })).status === 403);
  await until(() => socket.closed !== undefined || socket.frames.some((frame) => frame.type === "error"));
});
