// /asyncapi.json: valid AsyncAPI 3.0 for the specification's own parser, complete, and true for the address people use.
import assert from "node:assert/strict";
import { type ChannelInterface, type MessageInterface, Parser } from "@asyncapi/parser";
import { declared } from "../../features/declared.ts";
import { features } from "../../features/mod.ts";
import { asyncApiDocument } from "../../routes/operation/asyncapi.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { AGENT_FRAMES, CLIENT_FRAMES, TO_AGENT_FRAMES } from "../../protocol/wire/frame_list.ts";
import { PUSHES } from "../../protocol/wire/pushes.ts";
import { createTestApp } from "../support/test_app.ts";

const parse = async (text: string) => {
  const { document, diagnostics } = await new Parser().parse(text);
  return {
    document,
    problems: diagnostics.filter((d) => d.severity <= 1).map((d) => `${d.path.join(".")}: ${d.message}`),
  };
};

Deno.test("the document is valid AsyncAPI 3.0, and the examples are what their schemas say", async () => {
  const text = JSON.stringify(asyncApiDocument("https://pulpo.example.org/ops", declared(features)));
  const { document, problems } = await parse(text);
  assert.deepEqual(problems, []);
  assert.equal(document!.version(), "3.0.0");
  const servers = document!.servers().all().map((s) => [s.protocol(), s.host(), s.pathname()]);
  assert.deepEqual(servers, [
    ["wss", "pulpo.example.org", "/ops/ws"],
    ["wss", "pulpo.example.org", "/ops/ws/agent"],
    ["https", "pulpo.example.org", "/ops/sse"],
  ]);
  // The same check must be able to fail.
  const broken = JSON.parse(text);
  broken.channels.chat.messages.user_left.examples[0].payload.data.member_count = "many";
  delete broken.info.version;
  const wrong = await parse(JSON.stringify(broken));
  assert.ok(wrong.problems.some((problem) => /version/.test(problem)), wrong.problems.join("\n"));
});

Deno.test("every channel but the internal one, every push and every frame is there, with an example", async () => {
  const { document } = await parse(JSON.stringify(asyncApiDocument("http://localhost:8080", declared(features))));
  const byId = new Map<string, ChannelInterface>(document!.channels().all().map((channel) => [channel.id(), channel]));
  const open = Object.values(channels).filter((channel) => !channel.internal);
  assert.deepEqual([...byId.keys()].sort(), ["agent_link", "socket", ...open.map(({ kind }) => kind)].sort());
  const idsOf = (id: string) => byId.get(id)!.messages().all().map((message: MessageInterface) => message.id()).sort();
  for (const { kind, address } of open) {
    assert.equal(byId.get(kind)!.address(), address);
    assert.deepEqual(idsOf(kind), Object.keys(PUSHES[kind]).map((type) => type === "*" ? "any" : type).sort());
  }
  for (const type of Object.keys(CLIENT_FRAMES)) assert.ok(idsOf("socket").includes(type), type);
  const links = [...new Set([...Object.keys(AGENT_FRAMES), ...Object.keys(TO_AGENT_FRAMES)])];
  assert.deepEqual(idsOf("agent_link"), links.sort());
  for (const message of document!.messages().all()) {
    assert.ok(message.examples().all().length > 0 && message.summary(), message.id());
  }
  const text = JSON.stringify(asyncApiDocument("http://localhost:8080", declared(features)));
  assert.ok(!text.includes("_control") && !text.includes("#/definitions"));
});

Deno.test("it is served to everybody, as the OpenAPI document is", async () => {
  await using t = await createTestApp();
  const { status, body } = await t.call("GET", "//asyncapi.json");
  assert.equal(status, 200);
  assert.equal(body.asyncapi, "3.0.0");
  assert.equal(`http://${body.servers.websocket.host}${body.servers.websocket.pathname}`, `${t.url}/ws`);
});
