// Every time that the API takes may come in any form of RFC 3339: over the whole OpenAPI document, and through real calls.
import assert from "node:assert/strict";
import { createTestApp } from "../support/test_app.ts";

/** The same moment as other programs write it. */
function formsOf(at: Date): string[] {
  const seconds = new Date(Math.floor(at.getTime() / 1000) * 1000);
  const local = new Date(seconds.getTime() + 2 * 3_600_000).toISOString().slice(0, 19);
  const utc = seconds.toISOString().slice(0, 19);
  return [`${utc}Z`, `${utc}.000Z`, `${utc}.000000Z`, `${utc.toLowerCase()}z`, `${local}+02:00`, `${local}.000+02:00`];
}

Deno.test("times: any form of RFC 3339 in, UTC with milliseconds out", async (s) => {
  await using t = await createTestApp();
  const { access: token } = await t.owner();
  const channel = (await t.call("POST", "/channels", { token, body: { name: "team" } })).body;
  const soon = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000);

  await s.step("no input of the API insists on one form", async () => {
    const document = (await t.call("GET", "//openapi.json")).body;
    let inputs = 0;
    const look = (schema: unknown, where: string): void => {
      if (typeof schema !== "object" || schema === null) return;
      const node = schema as Record<string, unknown>;
      if (typeof node.$ref === "string") {
        const name = node.$ref.split("/").at(-1)!;
        return look(document.components.schemas[name], `${where}.${name}`);
      }
      if (node.format === "date-time") {
        inputs++;
        assert.equal(node.pattern, undefined, `${where} takes only ${node.pattern}`);
      }
      for (const [key, child] of Object.entries(node)) look(child, `${where}.${key}`);
    };
    for (const [path, methods] of Object.entries(document.paths as Record<string, Record<string, unknown>>)) {
      for (const [method, call] of Object.entries(methods)) {
        const { parameters, requestBody } = call as { parameters?: unknown; requestBody?: { content?: unknown } };
        look(parameters, `${method} ${path}`);
        for (
          const [type, body] of Object.entries((requestBody?.content ?? {}) as Record<string, { schema: unknown }>)
        ) {
          look(body.schema, `${method} ${path} ${type}`);
        }
      }
    }
    assert.ok(inputs >= 10, `only ${inputs} inputs are times`);
  });

  for (const form of formsOf(soon)) {
    await s.step(`as ${form.replace(/\d/g, "0")}`, async () => {
      const made = await t.call("POST", "/scheduled", {
        token,
        body: { channel_id: channel.id, content: "later", send_at: form },
      });
      assert.equal(made.status, 201, made.text);
      assert.equal(made.body.send_at, soon.toISOString());
      const moved = await t.call("PUT", `/scheduled/${made.body.id}`, { token, body: { send_at: form } });
      assert.deepEqual([moved.status, moved.body.send_at], [200, soon.toISOString()], moved.text);
      const muted = await t.call("PUT", `/channels/${channel.id}/settings`, { token, body: { muted_until: form } });
      assert.deepEqual([muted.status, muted.body.muted_until], [200, soon.toISOString()], muted.text);
      const key = await t.call("POST", "/auth/tokens", {
        token,
        body: { name: "t", scopes: ["notify.send"], expires_at: form },
      });
      assert.deepEqual([key.status, key.body.expires_at], [201, soon.toISOString()], key.text);
      const draft = await t.call("PUT", `/channels/${channel.id}/draft`, {
        token,
        body: { content: "x", updated_at: form },
      });
      assert.equal(draft.status, 200, draft.text);
      // As it is, and escaped: a plus in a query is a space.
      for (const text of [form, encodeURIComponent(form)]) {
        for (
          const path of [
            `/channels/${channel.id}/messages?at=${text}`,
            `/audit?from=${text}&to=${text}`,
            `/audit/export?from=${text}`,
            `/admin/moderation/actions?from=${text}&to=${text}`,
            `/admin/stats?from=2026-01-01T00:00:00Z&to=${text}&bucket=month`,
          ]
        ) {
          const got = await t.call("GET", path, { token });
          assert.equal(got.status, 200, `${path}: ${got.text.slice(0, 300)}`);
        }
      }
    });
  }

  await s.step("what is no time says what is", async () => {
    const made = await t.call("POST", "/scheduled", {
      token,
      body: { channel_id: channel.id, content: "later", send_at: "2027-01-15 10:30" },
    });
    assert.equal(made.status, 422);
    assert.equal(made.body.errors[0].path, "send_at");
    assert.match(made.body.errors[0].message, /RFC 3339/);
  });
});
