// The declarations of channels and pushes: complete, true, and held against by the compiler and in every test server.
import assert from "node:assert/strict";
import { declared } from "../../features/declared.ts";
import { features } from "../../features/mod.ts";
import { channels } from "../../protocol/wire/channels.ts";
import {
  AGENT_FRAMES,
  CLIENT_FRAMES,
  type FrameEntry,
  SERVER_FRAMES,
  TO_AGENT_FRAMES,
} from "../../protocol/wire/frame_list.ts";
import { PUSHES, pushProblem } from "../../protocol/wire/pushes.ts";
import type { PushRules } from "../../protocol/pushes/push.ts";
import { reservedTypes } from "../../protocol/wire/reserved_types.ts";
import type { Tx } from "../../db/sql.ts";
import type { Realtime } from "../../kernel/ports.ts";
import { createTestApp } from "../support/test_app.ts";

const ID = "0199c2a0-5f0e-7c3b-9a51-2f1f3a6f1a10";
const stored = (rules: PushRules, type: string) => rules[type]!.kept !== "ephemeral";

Deno.test("every channel has pushes, a rule unless it is internal, and each example is as its schema says", () => {
  const kinds = Object.values(channels);
  assert.deepEqual(kinds.map(({ kind }) => kind).sort(), Object.keys(PUSHES).sort());
  const ruled = features.flatMap((feature) => feature.channels ?? []).map((rule) => rule.channel);
  assert.deepEqual(
    kinds.filter(({ internal }) => !internal).map(({ address }) => address).sort(),
    kinds.filter((kind) => ruled.includes(kind)).map(({ address }) => address).sort(),
  );
  for (const { kind, address } of kinds) {
    const rules: PushRules = PUSHES[kind];
    const name = address.replace(/\{\w*id\}/, ID).replace(/\{name\}/, "deploys");
    for (const [type, { example: { data, extra } }] of Object.entries(rules)) {
      const push = { type: type === "*" ? "reserva_creada" : type, ...extra, data, timestamp: "" };
      assert.equal(pushProblem(name, push, stored(rules, type)), undefined);
    }
  }
});

Deno.test("names are made and taken apart by the same declaration", () => {
  assert.equal(channels.chat.address, "channel:{channel_id}");
  assert.equal(channels.chat.idOf(channels.chat(ID)), ID);
  assert.equal(channels.userNotifications.idOf(channels.userNotifications(ID)), ID);
  assert.equal(channels.notify.idOf("notify:Deploys.v-1"), "Deploys.v-1");
  for (const name of ["channel:x", `channel:${ID}x`, `xchannel:${ID}`, `channel:${ID}\n`, "channel:", "broadcast"]) {
    assert.equal(channels.chat.idOf(name), null, name);
  }
  for (const name of ["notify:", "notify:a b", "notify:-a", `notify:${"a".repeat(65)}`, "notify:a\n"]) {
    assert.equal(channels.notify.idOf(name), null, name);
  }
});

Deno.test("a push that is not as it was declared is found", () => {
  const chat = channels.chat(ID),
    cases: [RegExp, string, Record<string, unknown>, boolean][] = [
      [/not declared/, "nowhere", { type: "a", data: 1 }, true],
      [/push hello on chat is not declared/, chat, { type: "hello", data: {} }, true],
      [/push user_left on chat is durable/, chat, { type: "user_left", data: {} }, false],
      [/push user_typing on chat is ephemeral/, chat, { type: "user_typing", data: {} }, true],
      [/data.channel_id/, chat, { type: "channel_deleted", data: { channel_id: 7 } }, true],
      [
        /data.secret is not in the schema/,
        chat,
        { type: "channel_deleted", data: { channel_id: ID, secret: 1 } },
        true,
      ],
      [
        /extra.secret is not in the schema/,
        chat,
        { type: "channel_deleted", data: { channel_id: ID }, secret: 1 },
        true,
      ],
      [/extra.message/, channels.broadcast(), { type: "any", id: ID, data: null }, true],
    ];
  for (const [problem, name, push, kept] of cases) assert.match(pushProblem(name, push, kept) ?? "", problem);
});

Deno.test("the compiler takes declared pushes only", () => {
  // Never called: each line that must not compile says so, and `deno check` fails when it does.
  const check = (tx: Tx, realtime: Realtime, organizationId: string) => {
    const channel = channels.chat(ID), data = { channel_id: ID };
    tx.emit({ organizationId, channel, type: "channel_deleted", data });
    // @ts-expect-error another type
    tx.emit({ organizationId, channel, type: "channel_erased", data });
    // @ts-expect-error a push of another channel
    tx.emit({ organizationId, channel, type: "channel_added", data });
    // @ts-expect-error an ephemeral push
    tx.emit({ organizationId, channel, type: "user_typing", data });
    // @ts-expect-error other data
    tx.emit({ organizationId, channel, type: "channel_deleted", data: { id: ID } });
    // @ts-expect-error a name that nobody declared
    tx.emit({ organizationId, channel: "channel:x", type: "channel_deleted", data });
    realtime.publishEphemeral(organizationId, channels.userChat(ID), "scheduled_changed", { id: ID });
    // @ts-expect-error a durable push
    realtime.publishEphemeral(organizationId, channels.userChat(ID), "channel_added", data);
    // @ts-expect-error without its further fields
    realtime.publishLocal(organizationId, channels.broadcast(), "news", {});
    realtime.publishLocal(organizationId, channels.broadcast(), "news", {}, { id: ID, message: "News" });
  };
  assert.ok(check);
});

Deno.test("examples of frames are as their schemas say, and every feature's frames are listed", () => {
  const lists: Record<string, FrameEntry>[] = [CLIENT_FRAMES, SERVER_FRAMES, AGENT_FRAMES, TO_AGENT_FRAMES];
  for (const [type, { schema, example }] of lists.flatMap((list) => Object.entries(list))) {
    assert.equal(example.type, type);
    assert.equal(schema.safeParse(example).success, true, type);
  }
  for (const type of features.flatMap((feature) => Object.keys(feature.frames ?? {}))) {
    const shown = Object.hasOwn(declared(features).frames, type) || Object.hasOwn(AGENT_FRAMES, type);
    assert.ok(shown, `${type} is not shown: protocol/wire/frame_list.ts`);
  }
});

Deno.test("reserved are frames and what a notification could pass for; other words are free", async () => {
  const reserved = reservedTypes(declared(features));
  for (
    const type of [
      "ack",
      "error",
      "pong",
      "subscribe",
      "notification",
      "notification_read",
      "chat_message",
      "user_left",
    ]
      .concat("metrics", "message", "frame_ack")
  ) assert.ok(reserved.has(type), type);
  await using t = await createTestApp();
  const { access } = await t.owner();
  for (const type of ["alert", "server_status", "draft_changed", "report_created", "reserva_creada"]) {
    const sent = await t.call("POST", "//notify", { token: access, body: { type, message: "x" } });
    assert.equal(sent.status, 202, `${type}: ${sent.text}`);
  }
});

Deno.test("a test server that pushes something else fails its test", async () => {
  const t = await createTestApp();
  t.hub.publishLocal(ID, channels.dashboard(), { type: "metric", data: {} });
  t.hub.live.signal(ID, channels.dashboard(), "figures", {});
  await assert.rejects(() => t[Symbol.asyncDispose](), (error: Error) => {
    assert.match(error.message, /push metric on dashboard is not declared/);
    assert.match(error.message, /push figures on dashboard is not declared/);
    return true;
  });
});
