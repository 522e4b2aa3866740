// Lanes and variants of frames on the real server: typing passes a message whose COMMIT is held, a sender who asked for no answer
// gets none, and a feature that claims what another one takes stops the start.
import assert from "node:assert/strict";
import { z } from "zod";
import { createGateway } from "../../server/gateway.ts";
import { defineFeature, frame } from "../../features/define.ts";
import { features } from "../../features/mod.ts";
import { sql } from "../../db/sql.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { openSocket } from "../support/socket_client.ts";
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
  assert.throws(() => createGateway(t.app, more({ wave: [typing("to"), typing("to")] })), /wave \{to\}/);
  const { frames } = createGateway(t.app, more({ typing: [typing("to")] }));
  assert.equal(frames.find({ type: "typing", to: "x" }).owner, "messenger");
  assert.equal(frames.find({ type: "typing", channel_id: "x" }).owner, "chat");
  assert.throws(() => frames.find({ type: "typing", channel_id: "x", to: "y" }), { code: "validation_failed" });
});
