// Channels in which nobody writes are announced and archived by themselves, on both kinds of database. The clock is moved,
// the job is run by hand.
import assert from "node:assert/strict";
import { autoArchive } from "../../features/chat/channels/auto_archive.ts";
import { createTestApp, type Person } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

const DAY = 86_400_000;

for (const kind of testedKinds()) {
  Deno.test(`automatic archiving on ${kind}`, async (s) => {
    let shift = 0;
    await using t = await createTestApp({ db: kind, now: () => new Date(Date.now() + shift) });
    const owner = await t.owner(), ana = await t.person("member", "ana");
    const at = async (days: number) => {
      shift = days * DAY;
      for (const person of [owner, ana]) person.access = (await t.login(person)).body.access_token;
      await autoArchive(t.app);
    };
    const make = async (input: Record<string, unknown>, who: Person = ana) => {
      const made = await t.call("POST", "/channels", { token: who.access, body: input });
      assert.equal(made.status, 201, made.text);
      return made.body.id as string;
    };
    const say = async (id: string, who: Person = ana) => {
      const sent = await t.call("POST", `/channels/${id}/messages`, {
        token: who.access,
        body: { content: "still here" },
      });
      assert.equal(sent.status, 201, sent.text);
    };
    const events = async (id: string, who: Person = ana): Promise<string[]> =>
      (await t.call("GET", `/channels/${id}/messages`, { token: who.access })).body.items
        .filter((m: { system: unknown }) => m.system)
        .map((m: { system: { event: string; value?: string } }) =>
          m.system.value ? `${m.system.event} ${m.system.value}` : m.system.event
        ).reverse();
    const archived = async (id: string, who: Person = ana): Promise<boolean> =>
      (await t.call("GET", `/channels/${id}`, { token: who.access })).body.is_archived;
    const notices = async (who: Person): Promise<string[]> =>
      (await t.call("GET", "/notifications?type=channel_archive_notice", { token: who.access })).body.items
        .map((i: { data: { channel_id: string } }) => i.data.channel_id);

    await s.step("notice seven days before, once, to the channel and its admins; then archived", async () => {
      const id = await make({ name: "old", auto_archive_days: 30 });
      await t.call("POST", `/channels/${id}/join`, { token: owner.access });
      await say(id);
      await at(22.9);
      assert.deepEqual(await notices(ana), []);
      await at(23.1);
      await autoArchive(t.app);
      assert.ok((await events(id)).includes("archive_notice 7"));
      assert.equal((await events(id)).filter((e) => e.startsWith("archive_notice")).length, 1);
      assert.deepEqual([await notices(ana), await notices(owner)], [[id], []]);
      await at(29.9);
      assert.equal(await archived(id), false);
      await at(30.2);
      assert.equal(await archived(id), true);
      assert.equal((await events(id)).at(-1), "channel_archived");
      const refused = await t.call("POST", `/channels/${id}/messages`, { token: ana.access, body: { content: "x" } });
      assert.equal(refused.body.code, "channel_archived");
    });

    await s.step("any message begins the time anew, also after the notice", async () => {
      const start = shift / DAY;
      const id = await make({ name: "kept", auto_archive_days: 8 });
      await at(start + 6.1);
      assert.ok((await events(id)).includes("archive_notice 2"), "a quarter of eight days");
      await say(id);
      await at(start + 8.5);
      assert.equal(await archived(id), false);
      await at(start + 12.3);
      assert.equal((await events(id)).filter((e) => e.startsWith("archive_notice")).length, 2);
      await at(start + 14.4);
      assert.equal(await archived(id), true);
      // Brought back, it has its whole time again, although the notice was given.
      await t.call("PUT", `/channels/${id}`, { token: ana.access, body: { is_archived: false } });
      await at(start + 15);
      assert.equal(await archived(id), false);
    });

    await s.step("a job that did not run for long still gives people their time", async () => {
      const start = shift / DAY;
      const id = await make({ name: "late", auto_archive_days: 20 });
      await at(start + 100);
      assert.equal(await archived(id), false);
      assert.ok((await events(id)).includes("archive_notice 5"));
      await at(start + 104);
      assert.equal(await archived(id), false);
      await at(start + 105.1);
      assert.equal(await archived(id), true);
    });

    await s.step(
      "the organisation's default: for channels without a number, not for direct and default ones",
      async () => {
        const start = shift / DAY;
        const plain = await make({ name: "plain" }), own = await make({ name: "own", auto_archive_days: 300 });
        const news = await make({ name: "news" }, owner);
        await t.call("PUT", `/channels/${news}`, { token: owner.access, body: { is_default: true } });
        const direct = await make({ type: "direct", user_ids: [owner.id] });
        assert.equal((await t.call("GET", "/admin/chat-settings", { token: ana.access })).status, 403);
        const put = (token: string, body: unknown) => t.call("PUT", "/admin/chat-settings", { token, body });
        assert.equal((await put(ana.access, { auto_archive_days: 40 })).status, 403);
        assert.equal((await put(owner.access, { auto_archive_days: 0 })).status, 422);
        assert.deepEqual((await put(owner.access, { auto_archive_days: 40 })).body, { auto_archive_days: 40 });
        assert.deepEqual((await put(owner.access, {})).body, { auto_archive_days: 40 });
        await at(start + 33.5);
        await at(start + 41);
        assert.equal(await archived(plain), true);
        for (const id of [own, direct]) assert.equal(await archived(id), false);
        assert.equal(await archived(news, owner), false);
        assert.deepEqual((await put(owner.access, { auto_archive_days: null })).body, { auto_archive_days: null });
        const later = await make({ name: "later" });
        await at(start + 200);
        assert.equal(await archived(later), false);
        assert.deepEqual((await events(later)).filter((e) => e.startsWith("archive_notice")), []);
        const { items } = (await t.call("GET", "/audit?action=chat.settings_updated", { token: owner.access })).body;
        assert.equal(items.length, 3);
      },
    );
  });
}
