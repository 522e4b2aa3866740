// Search in scripts without spaces, with optional vowel signs, and for versions; and that messages from before this reading
// are read anew, in steps. On both kinds of database.
import assert from "node:assert/strict";
import { reindexOld, searchWordsJob } from "../../features/chat/search/words.ts";
import { sql } from "../../db/sql.ts";
import type { SearchPage } from "../../protocol/chat/search.ts";
import { createTestApp, type Person } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

interface Case {
  text: string;
  /** Query → what is marked; several pieces are joined with "|". */
  found: Record<string, string>;
  missed?: string[];
}

const CASES: Case[] = [
  {
    text: "我们明天在北京开会，讨论世界杯",
    found: {
      北京: "北京",
      世界: "世界",
      世界杯: "世界杯",
      杯: "杯",
      会: "会",
      "明天 北京": "明天|北京",
      "世界*": "世界",
      '"在北京开会"': "在北京开会",
    },
    missed: ["京北", "界世", "天开", "会讨"],
  },
  { text: "項目v2上線了", found: { 上線: "上線", 項目: "項目", v2: "v2", 項目v2: "項目v2" }, missed: ["目上"] },
  {
    text: "東京タワーで会議があります",
    found: { 東京: "東京", タワー: "タワー", 会議: "会議", ます: "ます", で: "で" },
    missed: ["京会"],
  },
  { text: "ﾃｽﾄﾃﾞｰﾀを確認", found: { テスト: "ﾃｽﾄ", データ: "ﾃﾞｰﾀ", 確認: "確認" } },
  {
    text: "회의를 내일 오후에 합시다",
    found: { 회의: "회의", 내일: "내일", 오후: "오후", 회: "회" },
    missed: ["의회", "일오"],
  },
  { text: "보고서 파일".normalize("NFD"), found: { 보고: "보고".normalize("NFD"), 파일: "파일".normalize("NFD") } },
  { text: "ประชุมพรุ่งนี้ตอนเช้า", found: { พรุ่งนี้: "พรุ่งนี้", เช้า: "เช้า" }, missed: ["เช้ย"] },
  { text: "ຍິນດີຕ້ອນຮັບ", found: { ຕ້ອນຮັບ: "ຕ້ອນຮັບ" } },
  { text: "ជំរាបសួរពិភពលោក", found: { ពិភពលោក: "ពិភពលោក" } },
  { text: "မင်္ဂလာပါကမ္ဘာ", found: { ကမ္ဘာ: "ကမ္ဘာ" } },
  {
    text: "قَالَ الأُسْتَاذُ إنّ المــدرسةَ مفتوحة",
    found: { قال: "قَالَ", الاستاذ: "الأُسْتَاذُ", الأستاذ: "الأُسْتَاذُ", المدرسه: "المــدرسةَ", المدرسة: "المــدرسةَ", ان: "إنّ" },
  },
  { text: "الاجتماع الى المسؤول ٢٠٢٦", found: { الإجتماع: "الاجتماع", إلى: "الى", مسوول: "المسؤول", "2026": "٢٠٢٦" } },
  { text: "شَلום", found: {} },
  { text: "שָׁלוֹם עֲלֵיכֶם", found: { שלום: "שָׁלוֹם", עליכם: "עֲלֵיכֶם" } },
  { text: "می‌خواهم کتاب", found: { میخواهم: "می‌خواهم", كتاب: "کتاب" } },
  { text: "an in\u00ADvoice with a soft hyphen", found: { invoice: "in\u00ADvoice" } },
  {
    text: "released v1.2.3-rc.1 today",
    found: {
      "1.2.3-rc.1": "v1.2.3-rc.1",
      "v1.2.3-rc.1": "v1.2.3-rc.1",
      "1.2.3": "v1.2.3",
      "v1.2": "v1.2",
      '"v1.2.3"': "v1.2.3",
    },
    missed: ["1.2.4", "2.1"],
  },
  {
    text: "needs python3.12 and lib 2.0.0rc1",
    found: {
      "3.12": "python3.12",
      "python3.12": "python3.12",
      "2.0.0": "2.0.0rc1",
      "v2.0.0": "2.0.0rc1",
      "2.0.0rc1": "2.0.0rc1",
    },
  },
];

for (const kind of testedKinds()) {
  Deno.test(`search in all scripts on ${kind}`, async (s) => {
    await using t = await createTestApp({ db: kind, settings: { "rate-limit-per-minute": "100000" } });
    // Each may ask so often in a minute.
    const readers: Person[] = [];
    for (let i = 0; i < 3; i++) readers.push(await t.person("member"));
    const [ana] = readers;
    const call = async (method: string, path: string, body?: unknown, who = ana!) => {
      const answer = await t.call(method, path, { token: who.access, body });
      assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
      return answer.body;
    };
    const { id } = await call("POST", "/channels", { name: "scripts", user_ids: readers.slice(1).map((r) => r.id) });
    for (const { text } of CASES) await call("POST", `/channels/${id}/messages`, { content: text });
    /** Also what the consumer is entering at this moment. */
    const indexed = () =>
      until(async () => await t.app.db.maybe(sql`select 1 where not exists (select from search.pending)`));
    await indexed();
    let asked = 0;
    const search = (q: string): Promise<SearchPage> =>
      call("GET", `/messages/search?${new URLSearchParams({ q })}`, undefined, readers[asked++ % 3]);

    const all = async () => {
      const wrong: string[] = [];
      for (const { text, found, missed = [] } of CASES) {
        for (const [q, marked] of Object.entries(found)) {
          const item = (await search(q)).items.find((i) => i.content === text);
          const seen = item?.highlights.map(({ start, end }) => text.slice(start, end)).join("|");
          if (seen !== marked) wrong.push(`${q} in ${text}: ${seen ?? "not found"}, not ${marked}`);
        }
        for (const q of missed) {
          if ((await search(q)).items.some((i) => i.content === text)) wrong.push(`${q} found in ${text}`);
        }
      }
      return wrong;
    };

    await s.step("what is written now is found and marked", async () => assert.deepEqual(await all(), []));

    await s.step("a sign that takes a word apart does not get into the query", async () => {
      for (const q of ["世'界", "世\\界", "界':*", "世 | 界 & !杯", "1.2.3'--", "世界:*", '"世界', "𠮷野家", "世*"]) {
        await search(q);
      }
    });

    await s.step("messages from before are read anew, in steps, wherever it was interrupted", async () => {
      await call("POST", `/channels/${id}/messages`, { content: "plain words" });
      await indexed();
      assert.equal((await search("plain")).items.length, 1);
      await t.app.db.run(sql`update search.messages set vector = ''`);
      await t.app.db.run(sql`insert into search.reindex (after_id) values ('00000000-0000-0000-0000-000000000000')`);
      assert.equal((await search("世界")).items.length, 0);
      const { more } = await t.app.db.one<{ more: boolean }>(sql`select search.reindex_step(3) as more`);
      assert.equal(more, true);
      const { after_id } = await t.app.db.one<{ after_id: string }>(sql`select after_id from search.reindex`);
      assert.notEqual(after_id, "00000000-0000-0000-0000-000000000000");
      await reindexOld(t.app, performance.now());
      assert.ok(await t.app.db.maybe(sql`select 1 from search.reindex`), "a run whose time is up leaves the rest");
      await reindexOld(t.app);
      await indexed();
      assert.equal(await t.app.db.maybe(sql`select 1 from search.reindex`), undefined);
      assert.deepEqual(await all(), []);
      assert.equal((await search("plain")).items.length, 0, "what reads the same is left alone");
    });

    await s.step("words do not wait for what is read anew", async () => {
      const { organization } = (await call("GET", "/auth/me")) as { organization: { id: string } };
      await t.app.db.run(sql`alter table search.reindex rename to reindex_away`);
      await t.app.db.run(sql`
        insert into search.words_pending (organization_id, words) values (${organization.id}, array['ornitorrinco'])`);
      const job = { id: "j", attempt: 1, lastAttempt: true };
      await assert.rejects(async () => await searchWordsJob.handle(t.app, {}, job), /reindex/);
      assert.ok(await t.app.db.maybe(sql`select 1 from search.words where word = 'ornitorrinco'`));
      await t.app.db.run(sql`alter table search.reindex_away rename to reindex`);
    });
  });
}
