// Messages that are written together: what each sender may is tied to the own message, whoever else is in the group.
import assert from "node:assert/strict";
import { personActor } from "../../features/accounts/mod.ts";
import { type SendItem, writeSends } from "../../features/chat/messages/prepare.ts";
import type { AppError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import { createTestApp, type Person } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

for (const db of testedKinds()) {
  Deno.test(`a group of messages (${db}): senders repeat, some may not, in several channels`, async () => {
    await using t = await createTestApp({ db });
    const ana = await t.person("member", "ana"), luis = await t.person("member", "luis"), eva = await t.person();
    const call = async (who: Person, method: string, path: string, body?: unknown) => {
      const answer = await t.call(method, path, { token: who.access, body });
      assert.ok(answer.status < 300, answer.text);
      return answer.body;
    };
    const make = async (name: string, people: Person[], type = "private") =>
      (await call(ana, "POST", "/channels", { name, type, user_ids: people.map(({ id }) => id) })).id as string;
    // Later channels have later ids; the first message goes to the last one.
    const plaza = await make("plaza", [luis]), patio = await make("patio", [luis]);
    const closed = await make("closed", [luis, eva]), open = await make("open", [], "public");
    await call(ana, "POST", `/channels/${plaza}/members`, { user_ids: [eva.id], role: "viewer" });
    await call(ana, "PUT", `/channels/${closed}`, { is_archived: true });
    const unknown = newId();
    const { id: organizationId } = (await t.call("GET", "/organization", { token: ana.access })).body;

    const rows: [who: Person, channelId: string, clientId: string | null, outcome: string][] = [
      [ana, open, null, "sent"],
      [eva, plaza, null, "forbidden"],
      [luis, unknown, null, "not_found"],
      [luis, plaza, null, "sent"],
      [eva, patio, null, "not_found"],
      [ana, plaza, "one", "sent"],
      [luis, open, null, "forbidden"],
      [ana, unknown, null, "not_found"],
      [ana, patio, null, "sent"],
      [eva, plaza, null, "forbidden"],
      [luis, closed, null, "channel_archived"],
      [ana, plaza, "one", "duplicate of 5"],
      [luis, patio, "one", "sent"],
      [eva, open, null, "forbidden"],
      [luis, plaza, null, "sent"],
    ];
    const items: SendItem[] = await Promise.all(rows.map(async ([who, channelId, client_id], i) => ({
      id: newId(),
      actor: (await personActor(t.app, organizationId, who.id))!,
      channelId,
      input: { content: `number ${i}`, attachments: [], confirm_mentions: false, ...(client_id ? { client_id } : {}) },
      senderName: null,
      bot: false,
      words: { names: [], channel: false, here: false },
      verdict: { verdict: "ok" },
      createdAt: t.app.now(),
      online: 0,
    })));

    const results = await t.app.db.withTx((tx) => writeSends(tx, items, t.app.now()));
    const before = new Map<string, number>();
    rows.forEach(([who, channelId, , outcome], i) => {
      const result = results[i]!;
      if (result instanceof Error) {
        assert.equal((result as AppError).code, outcome, `number ${i}: ${result.message}`);
      } else if (outcome.startsWith("duplicate of ")) {
        assert.equal(result, results[Number(outcome.slice("duplicate of ".length))]);
      } else {
        assert.equal(outcome, "sent", `number ${i} was sent`);
        assert.deepEqual(
          [result.id, result.channel_id, result.user.id, result.content],
          [items[i]!.id, channelId, who.id, `number ${i}`],
        );
        assert.ok(result.seq > (before.get(channelId) ?? 0), "in the order of the group");
        before.set(channelId, result.seq);
      }
    });
    // What was written is what was answered.
    for (const channelId of [plaza, patio, open]) {
      const { items: stored } = await call(ana, "GET", `/channels/${channelId}/messages?limit=50`);
      const sent = results.filter((r) => !(r instanceof Error) && r.channel_id === channelId).map((r) =>
        r as { id: string }
      );
      assert.deepEqual(
        stored.filter((m: { message_type: string }) => m.message_type === "text").map((m: { id: string }) => m.id)
          .sort(),
        [...new Set(sent.map((m) => m.id))].sort(),
      );
    }
  });
}
