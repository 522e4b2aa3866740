// What accounts do to open sockets: presence, and the end of access.
import assert from "node:assert/strict";
import { createFirstOwner } from "../../features/accounts/mod.ts";
import { AppError } from "../../kernel/errors.ts";
import { CLOSE } from "../../protocol/errors.ts";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp, PASSWORD, type Person, type TestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

async function connect(t: TestApp, token: string) {
  const ticket = await t.call("POST", "/auth/ticket", { token });
  const socket = await openSocket(`${t.url}/ws?token=${ticket.body.ticket}`);
  assert.equal((await socket.ask({ type: "subscribe", channels: ["broadcast"] })).type, "ack");
  return socket;
}

const online = async (t: TestApp, by: Person) =>
  (await t.call("GET", "/users/online", { token: by.access })).body.items.map((u: { username: string }) => u.username);

Deno.test("sockets: a ticket opens one, people online are listed, the presence frame sets the status", async () => {
  await using t = await createTestApp();
  const owner = await t.owner();
  const person = await t.person("member", "petra");
  await using socket = await connect(t, person.access);
  await until(async () => (await online(t, owner)).includes("petra"));
  const ack = await socket.ask({ type: "presence", status: "busy", text: "in a call" });
  assert.equal(ack.type, "ack");
  assert.equal(ack.data.status, "busy");
  assert.equal((await t.call("GET", `/users/${person.id}`, { token: owner.access })).body.status_text, "in a call");
  assert.equal((await socket.ask({ type: "presence", status: "asleep" })).code, "validation_failed");
  await socket.ask({ type: "presence", status: "offline" });
  assert.equal((await online(t, owner)).includes("petra"), false, "hidden");
  await socket.ask({ type: "presence", status: "online" });
  assert.ok((await online(t, owner)).includes("petra"));
  socket.close();
  await until(async () => !(await online(t, owner)).includes("petra"));
});

Deno.test("sockets: signing out, ending, disabling and deleting close them with 4401", async () => {
  await using t = await createTestApp();
  const owner = await t.owner();
  const ways: Record<string, (p: Person) => Promise<{ status: number }>> = {
    logout: (p) => t.call("POST", "/auth/logout", { token: p.access }),
    "logout-all": (p) => t.call("POST", "/auth/logout-all", { token: p.access }),
    reuse: async (p) => {
      await t.call("POST", "/auth/refresh", { body: { refresh_token: p.refresh } });
      return await t.call("POST", "/auth/refresh", { body: { refresh_token: p.refresh } });
    },
    disabled: (p) => t.call("PUT", `/users/${p.id}`, { token: owner.access, body: { is_active: false } }),
    deleted: (p) => t.call("DELETE", `/users/${p.id}`, { token: owner.access }),
  };
  for (const [name, end] of Object.entries(ways)) {
    const person = await t.person();
    await using socket = await connect(t, person.access);
    const { status } = await end(person);
    assert.ok(status < 300 || name === "reuse", `${name}: ${status}`);
    assert.equal((await socket.waitClosed()).code, CLOSE.unauthenticated, name);
  }
});

Deno.test("sockets: a password change closes the others, not the own; a deleted API token closes its own", async () => {
  await using t = await createTestApp();
  const owner = await t.owner();
  const phone = (await t.login(owner)).body.access_token;
  await using mine = await connect(t, owner.access);
  await using other = await connect(t, phone);
  const body = { current_password: PASSWORD, new_password: "a new pass phrase" };
  assert.equal((await t.call("POST", "/auth/change-password", { token: owner.access, body })).status, 204);
  assert.equal((await other.waitClosed()).code, CLOSE.unauthenticated);
  assert.equal((await mine.ask({ type: "ping" })).type, "pong");

  const scopes = { name: "bot", scopes: ["channels.subscribe"] };
  const made = await t.call("POST", "/auth/tokens", { token: owner.access, body: scopes });
  await using bot = await openSocket(`${t.url}/ws`, { headers: { authorization: `Bearer ${made.body.token}` } });
  assert.equal((await bot.ask({ type: "subscribe", channels: ["broadcast"] })).type, "ack");
  await t.call("DELETE", `/auth/tokens/${made.body.id}`, { token: owner.access });
  assert.equal((await bot.waitClosed()).code, CLOSE.unauthenticated);
  assert.equal((await mine.ask({ type: "ping" })).type, "pong");
});

Deno.test("first owner from the settings: made once, and not with a password that is easy to guess", async () => {
  const settings = { "admin-email": "boss@example.org" };
  await using t = await createTestApp({ settings: { ...settings, "admin-password": PASSWORD } });
  assert.deepEqual((await t.call("GET", "/setup")).body, { needed: false });
  assert.equal((await t.login({ username: "boss", password: PASSWORD })).body.user.role, "owner");
  assert.equal(await createFirstOwner(t.app), undefined);
  for (const password of ["password1", "password1234", "boss@example.org"]) {
    await assert.rejects(
      async () => {
        await using _ = await createTestApp({ settings: { ...settings, "admin-password": password } });
      },
      (e) => e instanceof AppError && e.code === "weak_password" && !e.message.includes(password),
      password,
    );
  }
});
