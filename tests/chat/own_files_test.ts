// What is kept for later shows only files of its author: drafts and scheduled messages, over HTTP, on both kinds of database.
import assert from "node:assert/strict";
import { createTestApp, type Person } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

type Kept = { content: string; attachments: string[] };
const shown = (items: Kept[]) => items.map(({ content, attachments }) => ({ content, attachments }));

for (const kind of testedKinds()) {
  Deno.test(`files of others are refused in drafts and scheduled messages (${kind})`, async () => {
    await using t = await createTestApp({ db: kind });
    const ana = await t.person("member", "ana"), ben = await t.person("member", "ben");
    const call = (method: string, path: string, body?: unknown) => t.call(method, path, { token: ana.access, body });
    const upload = async (who: Person) => {
      const made = await t.call("PUT", "/media/upload?filename=x.txt", {
        token: who.access,
        body: who.id,
        headers: { "content-type": "text/plain" },
      });
      assert.equal(made.status, 201, made.text);
      return made.body.id as string;
    };
    const { id } = (await call("POST", "/channels", { name: "team", user_ids: [ben.id] })).body;
    const mine = await upload(ana), his = await upload(ben), none = crypto.randomUUID();
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const schedule = (body: Kept) => call("POST", "/scheduled", { channel_id: id, send_at: later, ...body });
    const kept = await schedule({ content: "kept", attachments: [mine] });
    assert.equal(kept.status, 201, kept.text);
    const draft = `/channels/${id}/draft`, waiting = `/scheduled/${kept.body.id}`;
    assert.equal((await call("PUT", draft, { content: "mine", attachments: [mine] })).status, 200);
    for (const other of [his, none]) {
      const body = { content: "stolen", attachments: [mine, other] };
      for (const answer of [await schedule(body), await call("PUT", waiting, body), await call("PUT", draft, body)]) {
        assert.deepEqual([answer.status, answer.body.errors?.[0].path], [422, "attachments.1"], answer.text);
      }
    }
    assert.deepEqual(shown((await call("GET", "/scheduled")).body.items), [{ content: "kept", attachments: [mine] }]);
    assert.deepEqual(shown((await call("GET", "/drafts")).body.items), [{ content: "mine", attachments: [mine] }]);
    assert.equal((await call("PUT", waiting, { content: "later" })).status, 200);
    assert.equal((await call("PUT", draft, { content: "", attachments: [] })).status, 200);
  });
}
