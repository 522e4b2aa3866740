// What a member is answered in an archived channel: every call below /channels/{id} and /messages/{id} of the OpenAPI
// document, for the own message and for somebody else's, has a status that the document tells of.
import assert from "node:assert/strict";
import { createTestApp } from "../support/test_app.ts";

interface Operation {
  responses: Record<string, unknown>;
  requestBody?: { content: Record<string, { example?: unknown }> };
}

Deno.test("archived channels: what is refused is refused with an answer that the document tells of", async () => {
  await using t = await createTestApp();
  const owner = await t.owner(), member = await t.person();
  const { body: document } = await t.call("GET", "//openapi.json");
  const { body: channel } = await t.call("POST", "/channels", {
    token: owner.access,
    body: { name: "old-news", type: "public" },
  });
  await t.call("POST", `/channels/${channel.id}/join`, { token: member.access });
  const say = async (token: string) =>
    (await t.call("POST", `/channels/${channel.id}/messages`, { token, body: { content: "Hello" } })).body.id;
  const theirs = await say(owner.access), own = await say(member.access);
  const archived = await t.call("PUT", `/channels/${channel.id}`, { token: owner.access, body: { is_archived: true } });
  assert.equal(archived.status, 200, archived.text);

  const wrong: string[] = [], refused: string[] = [];
  const operations = Object.entries<Record<string, Operation>>(document.paths)
    .filter(([path]) => /^\/api\/v1\/(channels|messages)\/\{id\}/.test(path) && !path.endsWith("/leave"))
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, it]) => ({ path, method, it })))
    // What takes things away comes last.
    .sort((a, b) => Number(a.method === "delete") - Number(b.method === "delete"));
  assert.ok(operations.length > 20);
  for (const { path, method, it } of operations) {
    for (const id of path.includes("/channels/") ? [channel.id] : [theirs, own]) {
      const address = path.replace("/api/v1", "").replace("{id}", id).replace("{user_id}", owner.id)
        .replace("{emoji}", encodeURIComponent("👍")).replace("{action_id}", "one");
      const body = it.requestBody?.content["application/json"]?.example;
      const answer = await t.call(method.toUpperCase(), address, { token: member.access, body });
      if (answer.body?.code === "channel_archived") refused.push(`${method} ${path}`);
      if (!(String(answer.status) in it.responses)) wrong.push(`${method} ${path}: ${answer.status} ${answer.text}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(new Set(refused).size > 5, `refused: ${refused}`);
});
