// Scheduled messages through a restart, and on two instances that share a database: nothing is lost and nothing sent twice.
import assert from "node:assert/strict";
import { sendDue } from "../../features/chat/scheduled/sender.ts";
import { MemoryBroker } from "../../realtime/memory_broker.ts";
import { databaseFromTemplate } from "../support/server_databases.ts";
import { createTestApp, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const COUNT = 60;
const SOON_MS = 3_600_000;

async function planMany(t: TestApp, token: string): Promise<string> {
  const team = (await t.call("POST", "/channels", { token, body: { name: "team" } })).body;
  for (let n = 0; n < COUNT; n++) {
    const send_at = new Date(t.app.now().getTime() + SOON_MS).toISOString();
    const made = await t.call("POST", "/scheduled", {
      token,
      body: { channel_id: team.id, content: `m${n}`, send_at },
    });
    assert.equal(made.status, 201, made.text);
  }
  return team.id;
}

async function texts(t: TestApp, token: string, channelId: string): Promise<string[]> {
  const { items } = (await t.call("GET", `/channels/${channelId}/messages?limit=200`, { token })).body;
  return items.filter((m: { message_type: string }) => m.message_type === "text")
    .map((m: { content: string }) => m.content).sort();
}

const EXPECTED = Array.from({ length: COUNT }, (_, n) => `m${n}`).sort();

Deno.test("scheduled messages survive a restart", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "pulpo-scheduled-" });
  let shift = 0;
  const now = () => new Date(Date.now() + shift);
  try {
    let channelId: string, owner;
    {
      await using t = await createTestApp({ dataDir, now });
      owner = await t.owner();
      channelId = await planMany(t, owner.access);
    }
    shift = SOON_MS + 1000;
    await using t = await createTestApp({ dataDir, now });
    const token = (await t.login(owner)).body.access_token;
    await until(async () => (await texts(t, token, channelId)).length === COUNT);
    assert.deepEqual(await texts(t, token, channelId), EXPECTED);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

Deno.test({
  name: "two instances send each scheduled message once",
  ignore: !testedKinds().includes("server"),
  async fn() {
    const url = await databaseFromTemplate();
    let shift = 0;
    const options = {
      settings: { "database-url": url },
      broker: new MemoryBroker(),
      now: () => new Date(Date.now() + shift),
    };
    await using one = await createTestApp(options);
    await using two = await createTestApp(options);
    const owner = await one.owner();
    const channelId = await planMany(one, owner.access);
    shift = SOON_MS + 1000;
    // Their own loops run as well.
    await Promise.all([sendDue(one.app), sendDue(two.app), sendDue(one.app), sendDue(two.app)]);
    const token = (await two.login(owner)).body.access_token;
    await until(async () => (await texts(two, token, channelId)).length >= COUNT);
    await Promise.all([sendDue(one.app), sendDue(two.app)]);
    assert.deepEqual(await texts(two, token, channelId), EXPECTED);
    const waiting = await two.call("GET", "/scheduled", { token });
    assert.deepEqual(waiting.body.items, []);
  },
});
