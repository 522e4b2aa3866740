// Lanes and variants of frames on the real server: typing passes a message whose COMMIT is held, an agent's answer passes its lines,
// a sender who asked for no answer gets none, and a feature that claims what another one takes stops the start.
import assert from "node:assert/strict";
import { z } from "zod";
import { createGateway } from "../../features/gateway.ts";
import { defineFeature, frame } from "../../features/define.ts";
import { features } from "../../features/mod.ts";
import { sql } from "../../db/sql.ts";
import { agentIdentity } from "../../kernel/actor.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { connectAgent, enrollAgent, newAgentKey } from "../support/soft_agent.ts";
import { openSocket } from "../support/socket_client.ts";
import { onEachTransport } from "../support/socket_kinds.ts";
import { createTestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

// The embedded database has one connection: who holds a transaction there holds everybody.
Deno.test({
  name: "server: typing passes a chat message whose COMMIT is held",
  ignore: !testedKinds().includes("server"),
  async fn() {
    await using t = await createTestApp({ db: "server" });
    const ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const body = { name: "lanes", user_ids: [luis.id] };
    const { id } = (await t.call("POST", "/channels", { token: ana.access, body })).body;
    await using writer = await openSocket(`${t.url}/ws?token=${ana.access}`);
    await using reader = await openSocket(`${t.url}/ws?token=${luis.access}&channels=${channels.chat(id)}`);
    await reader.wait((f) => f.type === "ack");
    let letGo!: () => void, holds!: () => void;
    const go = new Promise<void>((resolve) => letGo = resolve), held = new Promise<void>((resolve) => holds = resolve);
    const holder = t.app.db.withTx(async (tx) => {
      await tx.run(sql`select 1 from channels where id = ${id} for update`);
      holds();
      await go;
    });
    await held;
    try {
      writer.send({ type: "chat_message", channel_id: id, content: "first", id: "m" });
      writer.send({ type: "read", channel_id: id, message_id: crypto.randomUUID(), id: "r" });
      writer.send({ type: "typing", channel_id: id, id: "t" });
      await writer.wait((f) => f.id === "t" && f.type === "ack");
      await reader.wait((f) => f.type === "user_typing");
      assert.deepEqual(writer.frames.map((f) => f.id), ["t"], "the message waits, and what was sent behind it");
    } finally {
      letGo();
    }
    await holder;
    await reader.wait((f) => f.type === "chat_message");
    await until(() => writer.frames.length === 3);
    assert.deepEqual(writer.frames.map((f) => f.id), ["t", "m", "r"]);

    writer.send({ type: "chat_message", channel_id: id, content: "no answer wanted" });
    writer.send({ type: "chat_message", channel_id: id });
    await reader.wait((f) => f.data?.message?.content === "no answer wanted");
    const refused = await writer.wait((f) => f.type === "error" && f.id === undefined);
    assert.equal(refused.code, "validation_failed");
    const nowhere = await writer.ask({ type: "typing" });
    assert.deepEqual([nowhere.type, nowhere.code], ["error", "validation_failed"]);
    assert.equal(writer.frames.length, 5);
  },
});

onEachTransport("an agent's answer passes the lines that it has sent before", async (transport) => {
  let letGo!: () => void, begun = 0, done = 0;
  const go = new Promise<void>((resolve) => letGo = resolve);
  const lines = defineFeature({
    name: "lines",
    permissions: {},
    frames: {
      console_line: frame({
        schema: z.object({ type: z.literal("console_line"), line: z.string() }),
        async handle() {
          begun++;
          await go; // as a COMMIT that takes its time
          done++;
        },
      }),
    },
  });
  await using t = await createTestApp({ transport, features: [lines] });
  const key = await newAgentKey();
  const { token } = (await t.call("POST", "/agents", { token: (await t.owner()).access, body: {} })).body;
  const id = (await enrollAgent(t.url, token, key)).body.agent_id;
  await using link = await connectAgent(t.sockets, id, key);
  await link.wait((f) => f.type === "welcome");
  const ask = (name: string) => t.app.realtime.ask(agentIdentity(id), { name, data: null }, { timeoutMs: 20_000 });
  const answer = async (name: string, data: string) => {
    const { id } = await link.wait((f) => f.type === "command" && f.name === name);
    link.send({ type: "result", id, ok: true, data });
  };
  try {
    const small = ask("small");
    for (let i = 0; i < 600; i++) link.send({ type: "console_line", line: `line ${i}`.padEnd(2000, ".") });
    await answer("small", "x".repeat(20_000));
    assert.equal((await small).ok, true, "while the first of 600 lines is being stored");
    assert.deepEqual([begun, done], [1, 0]);
    // One over 32 KiB is parsed in its turn.
    let over = false;
    const large = ask("large").finally(() => over = true);
    await answer("large", "x".repeat(100_000));
    const again = ask("again");
    await answer("again", "x");
    await again;
    assert.equal(over, false);
    letGo();
    assert.equal((await large).ok, true);
    assert.equal(done, 600);
  } finally {
    letGo();
  }
});

Deno.test("a feature that claims a frame of another one stops the start; variants stand side by side", async () => {
  await using t = await createTestApp();
  const typing = (variant?: string) =>
    frame({
      ...(variant ? { variant } : {}),
      schema: z.object({ type: z.literal("typing"), to: z.uuid() }),
      handle: (_ctx, { to }) => Promise.resolve({ to }),
    });
  const more = (frames: Parameters<typeof defineFeature>[0]["frames"]) => [
    ...features,
    defineFeature({ name: "messenger", permissions: {}, frames }),
  ];
  for (const variant of [undefined, "channel_id"]) {
    assert.throws(
      () => createGateway(t.app, more({ typing: typing(variant) })),
      /typing.* of messenger cannot be told from typing \{channel_id\} of chat/,
    );
  }
  assert.throws(() => createGateway(t.app, more({ ping: typing() })), /of the protocol/);
  for (const type of ["auth", "hello"]) {
    assert.throws(
      () => createGateway(t.app, more({ [type]: typing("to") })),
      new RegExp(`The frame ${type} of messenger is one of the handshake "agent"`),
    );
  }
  const second = defineFeature({ name: "twice", permissions: {}, handshakes: features[0]!.handshakes! });
  assert.throws(() => createGateway(t.app, [...features, second]), /Two features have a handshake of the name "token"/);
  assert.throws(() => createGateway(t.app, more({ wave: [typing("to"), typing("to")] })), /wave \{to\}/);
  const { frames } = createGateway(t.app, more({ typing: [typing("to")] }));
  assert.equal(frames.find({ type: "typing", to: "x" }).owner, "messenger");
  assert.equal(frames.find({ type: "typing", channel_id: "x" }).owner, "chat");
  assert.throws(() => frames.find({ type: "typing", channel_id: "x", to: "y" }), { code: "validation_failed" });
});
