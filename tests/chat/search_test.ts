// Search in messages and the quick switcher over HTTP, on both kinds of database: what matches, what may be seen, what
// the answer shows, and that no text breaks out of the query.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { newId } from "../../kernel/ids.ts";
import type { FoundMessage, SearchPage, Suggestion } from "../../protocol/chat/search.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

async function call(t: TestApp, who: Person, method: string, path: string, body?: unknown) {
  const answer = await t.call(method, path, { token: who.access, body });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

async function search(t: TestApp, who: Person, q: string, more: Record<string, string> = {}): Promise<SearchPage> {
  return await call(t, who, "GET", `/messages/search?${new URLSearchParams({ q, ...more })}`);
}

/** Contents found, sorted, so that ranking does not matter. */
const texts = async (t: TestApp, who: Person, q: string, more?: Record<string, string>) =>
  (await search(t, who, q, more)).items.map((item) => item.content).sort();

const marked = (item: Pick<FoundMessage, "content" | "highlights">) =>
  item.highlights.map(({ start, end }) => item.content.slice(start, end));

async function channel(t: TestApp, who: Person, name: string, type = "public", ...others: Person[]) {
  return (await call(t, who, "POST", "/channels", { name, type, user_ids: others.map((o) => o.id) })).id as string;
}

async function say(t: TestApp, who: Person, channelId: string, content: string, more: Record<string, unknown> = {}) {
  return await call(t, who, "POST", `/channels/${channelId}/messages`, { content, ...more });
}

for (const kind of testedKinds()) {
  Deno.test(`search on ${kind}`, async (t0) => {
    await using t = await createTestApp({
      db: kind,
      settings: { registration: "open", "rate-limit-per-minute": "100000" },
    });
    const ana = await t.person("member", "ana"), ben = await t.person("member", "ben");
    const general = await channel(t, ana, "general", "public", ben);

    await t0.step("words match in both languages, in all forms, with and without accents", async () => {
      for (
        const content of [
          "La información del despliegue está lista",
          "Deployments are running again",
          "Reunión mañana a las 10 con el niño",
          "See foo-bar.baz and https://example.org/docs/guide?x=1",
          "getUserById fails in redespliegue",
        ]
      ) await say(t, ana, general, content);
      const one = async (q: string) => {
        const found = await texts(t, ben, q);
        assert.equal(found.length, 1, `${q}: ${JSON.stringify(found)}`);
        return found[0]!.slice(0, 6);
      };
      for (const q of ["informacion", "INFORMACIÓN", "informaciones", "informacio\u0301n", "lista", "listas"]) {
        assert.equal(await one(q), "La inf", q);
      }
      for (const q of ["deployment", "deployed", "run", "Running"]) assert.equal(await one(q), "Deploy", q);
      for (const q of ["reunion", "reuniones", "REUNIÓN", "manana", "nino", "niños"]) {
        assert.equal(await one(q), "Reunió", q);
      }
      for (const q of ["foo", "foo-bar.baz", "example.org", "docs", "guide", '"foo bar"', "https://example.org/docs"]) {
        assert.equal(await one(q), "See fo", q);
      }
      assert.equal(await one("getUserById"), "getUse");
      assert.deepEqual(await texts(t, ben, '"bar foo"'), []);
      assert.deepEqual(await texts(t, ben, "información running"), []);
      assert.equal(await one("the información"), "La inf"); // a stop word is not insisted on
      assert.deepEqual(await texts(t, ben, '"the información"'), []);
    });

    await t0.step("beginnings and parts of words", async () => {
      assert.deepEqual((await texts(t, ben, "despl*")).map((c) => c.slice(0, 2)), ["La"]);
      assert.deepEqual((await texts(t, ben, "getUser*")).map((c) => c.slice(0, 2)), ["ge"]);
      // The table of words is filled behind the scenes.
      await until(async () => (await texts(t, ben, "UserBy")).length === 1);
      const found = await search(t, ben, "spliegue");
      assert.deepEqual(found.items.map((i) => i.content.slice(0, 2)).sort(), ["La", "ge"]);
      assert.deepEqual(found.notes.map((n) => n.code), ["parts_of_words"]);
      assert.deepEqual(found.items.map(marked).flat().sort(), ["despliegue", "redespliegue"]);
    });

    await t0.step("highlights are UTF-16 places of the content, whatever stands before", async () => {
      await say(t, ana, general, "👩‍👩‍👧 **¡Canción!** y e\u0301xito: cancio\u0301n 🎉 canciones");
      const [item] = (await search(t, ben, "cancion")).items;
      assert.deepEqual(marked(item!), ["Canción", "cancio\u0301n", "canciones"]);
      assert.deepEqual(marked((await search(t, ben, "exito")).items[0]!), ["e\u0301xito"]);
      assert.deepEqual(marked((await search(t, ben, "🎉")).items[0]!), ["🎉"]);
      assert.deepEqual(marked((await search(t, ben, '"éxito canción"')).items[0]!), ["e\u0301xito: cancio\u0301n"]);
      const long = `${"relleno ".repeat(100)}😀😀😀😀 aguja ${"después ".repeat(100)}`;
      await say(t, ana, general, long);
      const [far] = (await search(t, ben, "aguja")).items;
      assert.deepEqual(marked(far!), ["aguja"]);
      assert.ok(far!.excerpt.text.length <= 240 && far!.excerpt.text.isWellFormed());
      assert.deepEqual(marked({ content: far!.excerpt.text, highlights: far!.excerpt.highlights }), ["aguja"]);
      // The message itself stands at the top, for programs that know messages only.
      assert.equal(far!.user.username, "ana");
      assert.deepEqual(far!.channel, { id: general, name: "general", type: "public" });
    });

    await t0.step("nobody finds what they may not read", async () => {
      const secret = await channel(t, ana, "secretos", "private");
      await say(t, ana, secret, "zanahoria uno");
      assert.deepEqual(await texts(t, ana, "zanahoria"), ["zanahoria uno"]);
      for (const q of ["zanahoria", "zanaho*", "anahori", "in:#secretos", "in:secretos zanahoria", `in:${secret}`]) {
        assert.deepEqual(await texts(t, ben, q), [], q);
      }
      assert.equal(
        (await t.call("GET", `/messages/search?q=zanahoria&channel_id=${secret}`, { token: ben.access })).status,
        404,
      );
      // The same answer for a channel that is not there.
      const hidden = await search(t, ben, "in:#secretos x"), missing = await search(t, ben, "in:#sacretos x");
      assert.deepEqual(
        hidden.notes.map((n) => n.message.replace("secretos", "")),
        missing.notes.map((n) => n.message.replace("sacretos", "")),
      );
      // Public, but never joined.
      const open = await channel(t, ana, "abierto");
      await say(t, ana, open, "zanahoria dos");
      assert.deepEqual(await texts(t, ben, "zanahoria"), []);
      await call(t, ben, "POST", `/channels/${open}/join`);
      assert.deepEqual(await texts(t, ben, "zanahoria"), ["zanahoria dos"]);
      await call(t, ben, "POST", `/channels/${open}/leave`);
      assert.deepEqual(await texts(t, ben, "zanahoria"), []);
      // What was said before somebody was let in.
      await t.app.db.run(sql`update channels set history = 'joined' where id = ${secret}`);
      await call(t, ana, "POST", `/channels/${secret}/members`, { user_id: ben.id });
      await say(t, ana, secret, "zanahoria tres");
      assert.deepEqual(await texts(t, ben, "zanahoria"), ["zanahoria tres"]);
      assert.deepEqual(await texts(t, ana, "zanahoria"), ["zanahoria dos", "zanahoria tres", "zanahoria uno"]);
      // Banned from the channel.
      await t.app.db.run(sql`
        insert into chat_restrictions (id, organization_id, user_id, channel_id, kind)
        select ${newId()}, organization_id, id, ${secret}, 'ban' from users where id = ${ben.id}`);
      assert.deepEqual(await texts(t, ben, "zanahoria"), []);
      await t.app.db.run(sql`delete from chat_restrictions`);
      // The right to read taken away.
      await t.app.db.run(sql`
        update channel_members set permissions = '{"read": false}' where channel_id = ${secret} and user_id = ${ben.id}`);
      assert.deepEqual(await texts(t, ben, "zanahoria"), []);
      const eve = await t.stranger("eve");
      assert.deepEqual(await texts(t, eve, "zanahoria"), []);
      assert.deepEqual((await search(t, eve, "from:@ana")).notes.map((n) => n.code), ["unknown_person"]);
    });

    await t0.step("deleted and edited messages", async () => {
      const first = await say(t, ana, general, "berenjena vieja");
      await call(t, ana, "PUT", `/messages/${first.id}`, { content: "pimiento nuevo" });
      assert.deepEqual(await texts(t, ben, "berenjena"), []);
      assert.deepEqual(await texts(t, ben, "pimiento"), ["pimiento nuevo"]);
      assert.deepEqual(await texts(t, ben, "is:edited"), ["pimiento nuevo"]);
      await call(t, ana, "DELETE", `/messages/${first.id}`);
      for (const q of ["pimiento", "is:edited", "pimien*"]) assert.deepEqual(await texts(t, ben, q), [], q);
      await t.app.db.run(sql`delete from messages where id = ${first.id}`);
      const { count } = await t.app.db.one<{ count: number }>(sql`
        select count(*)::int as count from search.messages where message_id = ${first.id}`);
      assert.equal(count, 0);
    });

    await t0.step("operators and their negation", async () => {
      const ops = await channel(t, ana, "operaciónes", "public", ben);
      const root = await say(t, ana, ops, "tomate raíz https://pulpo.example/x");
      await say(t, ben, ops, "tomate respuesta", { reply_to_id: root.id });
      const pinned = await say(t, ben, ops, "tomate fijado");
      await call(t, ben, "PUT", `/messages/${pinned.id}/pin`);
      await call(t, ana, "PUT", `/messages/${pinned.id}/reactions/${encodeURIComponent("👍")}`);
      const file = await say(t, ana, ops, "tomate foto");
      await t.app.db.run(sql`
        update messages set has_file = true, attachments = '[{"mime_type": "image/png"}]' where id = ${file.id}`);
      const direct = await call(t, ana, "POST", "/channels", { type: "direct", user_ids: [ben.id] });
      await say(t, ana, direct.id, "tomate privado");
      const of = async (q: string) => (await texts(t, ana, `tomate ${q}`)).map((c) => c.split(" ")[1]);
      assert.deepEqual(await of(""), ["fijado", "foto", "privado", "raíz", "respuesta"]);
      assert.deepEqual(await of("from:@ben"), ["fijado", "respuesta"]);
      assert.deepEqual(await of("-from:ben"), ["foto", "privado", "raíz"]);
      assert.deepEqual(await of("from:me"), ["foto", "privado", "raíz"]);
      assert.deepEqual(await of("from:me from:ben"), ["fijado", "foto", "privado", "raíz", "respuesta"]);
      assert.deepEqual(await of("is:mine -has:link"), ["foto", "privado"]);
      assert.deepEqual(await of("from:nobody"), []);
      assert.deepEqual(await of("in:#operaciones"), ["fijado", "foto", "raíz", "respuesta"]);
      assert.deepEqual(await of("en:Operaciónes -de:ana"), ["fijado", "respuesta"]);
      assert.deepEqual(await of("-in:#operaciones"), ["privado"]);
      assert.deepEqual(await of("in:@ben"), ["privado"]);
      assert.deepEqual(await of("es:dm"), ["privado"]);
      assert.deepEqual(await of("-is:dm has:file"), ["foto"]);
      assert.deepEqual(await of("tiene:imagen"), ["foto"]);
      assert.deepEqual(await of("has:link"), ["raíz"]);
      assert.deepEqual(await of("has:reaction"), ["fijado"]);
      assert.deepEqual(await of("has:pin"), ["fijado"]);
      assert.deepEqual(await of("-is:pinned -has:file"), ["privado", "raíz", "respuesta"]);
      assert.deepEqual(await of("is:thread"), ["raíz", "respuesta"]);
      assert.deepEqual(await of("-is:thread -foto"), ["fijado", "privado"]);
      assert.deepEqual(await of("is:unread"), ["fijado", "respuesta"], "writing reads nothing of others");
      await call(t, ana, "POST", `/channels/${ops}/read`, { message_id: file.id });
      assert.deepEqual(await of("is:unread"), []);
      const fresh = await say(t, ben, ops, "tomate nuevo");
      assert.deepEqual([await of("is:unread"), (await of("-is:unread")).includes("nuevo")], [["nuevo"], false]);
      await call(t, ben, "DELETE", `/messages/${fresh.id}`);
      assert.deepEqual(await of('-"tomate foto" -fijad*'), ["privado", "raíz", "respuesta"]);
      assert.deepEqual(await of("on:today"), ["fijado", "foto", "privado", "raíz", "respuesta"]);
      assert.deepEqual(await of("-on:hoy"), []);
      assert.deepEqual(await of("before:today"), []);
      assert.deepEqual(await of("-before:today after:2020-01"), ["fijado", "foto", "privado", "raíz", "respuesta"]);
      // Operators without a word.
      assert.deepEqual(await texts(t, ana, "has:pin"), ["tomate fijado"]);
      assert.deepEqual(await texts(t, ana, "has:reaction"), ["tomate fijado"]);
      assert.deepEqual(await texts(t, ana, "in:@ben"), ["tomate privado"]);
      assert.deepEqual(await texts(t, ana, "in:#operaciones is:thread -has:link"), ["tomate respuesta"]);
      assert.equal((await texts(t, ana, "-tomate -in:#general")).filter((c) => c.includes("tomate")).length, 0);
      assert.deepEqual(await texts(t, ana, "tomate", { channel_id: direct.id }), ["tomate privado"]);
    });

    await t0.step("pages: every match once, ranked or by time, also when messages come in between", async () => {
      const pages = await channel(t, ana, "pages");
      for (let i = 0; i < 23; i++) await say(t, ana, pages, `calabaza ${i}${i % 5 ? "" : " calabaza calabaza"}`);
      for (const sort of ["relevance", "recent"]) {
        const seen: string[] = [];
        let cursor: string | null = null;
        do {
          const page: SearchPage = await search(t, ana, "calabaza", {
            sort,
            limit: "10",
            ...(cursor ? { cursor } : {}),
          });
          seen.push(...page.items.map((item) => item.content));
          assert.deepEqual(page.total, { count: sort === "relevance" ? 23 : 24, more: false });
          if (!cursor) await say(t, ana, pages, "calabaza tardía");
          cursor = page.next_cursor;
        } while (cursor);
        const old = seen.filter((c) => !c.includes("tardía"));
        assert.equal(new Set(old).size, 23, sort);
        assert.equal(old.length, 23, sort);
        if (sort === "recent") assert.deepEqual(old.slice(0, 2), ["calabaza 22", "calabaza 21"]);
        else assert.ok(seen.slice(0, 5).every((c) => c.includes("calabaza calabaza")), seen.join());
      }
      const bad = [
        "bm9uc2Vuc2U",
        btoa('["r",0,1,"x",0,0]'),
        btoa('["t",-1,1e300,"\' or 1=1",0,0]').replaceAll("=", ""),
      ];
      for (const cursor of bad) {
        const answer = await t.call("GET", `/messages/search?q=x&cursor=${encodeURIComponent(cursor)}`, {
          token: ana.access,
        });
        assert.equal(answer.status, 422, answer.text);
      }
    });

    await t0.step("no text breaks out of the query", async () => {
      const attempts = [
        "'; drop table messages; --",
        "' | 'x' & !y <-> z:*",
        "\\' \\\\ \\",
        "a & b | !c ( <2> d",
        "=file =cdeadbeef '=u00000000'",
        "%_%",
        "* ** a* :*",
        "$1 ${x} $$",
        "\u202e\u0000".slice(0, 1),
        "漢字 العربية ру́сский",
        "\u{10ffff}",
        '"\' | tomate"',
        "-'tomate'",
        'from:"\' or true --" x',
        'in:"%\') --" x',
        "x".repeat(500),
        "é".repeat(250),
        "1e999 0x1 -5 +3 1.2.3.4 ::1",
        "<script>alert(1)</script>",
      ];
      for (const q of attempts) {
        const answer = await t.call("GET", `/messages/search?${new URLSearchParams({ q })}`, { token: ana.access });
        assert.ok([200, 422].includes(answer.status), `${q}: ${answer.status} ${answer.text}`);
      }
      // A mark is no word: what looks like one finds nothing.
      assert.deepEqual(await texts(t, ana, "=pin"), []);
      for (const query of ["q=", "q=%20", "q=%00x", `q=${"x".repeat(501)}`, "q=x&tz=Mars/Base", "q=has:x", "q=!!!"]) {
        assert.equal((await t.call("GET", `/messages/search?${query}`, { token: ana.access })).status, 422, query);
      }
      assert.equal((await t.call("GET", "/messages/search?q=x")).status, 401);
      await call(t, ana, "GET", "/channels");
    });

    await t0.step("the quick switcher", async () => {
      const names = async (who: Person, q: string) =>
        (await call(t, who, "GET", `/search/suggest?${new URLSearchParams({ q })}`)).items.map((item: Suggestion) =>
          item.kind === "user" ? `@${item.user.username}` : item.channel.name
        );
      assert.deepEqual(await names(ana, "operaciones"), ["operaciónes"]);
      assert.deepEqual(await names(ana, "secre"), ["secretos"]);
      assert.deepEqual(await names(ben, "secre"), []);
      assert.deepEqual(await names(ben, "abie"), ["abierto"]);
      assert.deepEqual(await names(ben, "@an"), ["@ana"]);
      assert.deepEqual(await names(ben, "#an"), []);
      assert.deepEqual((await names(ana, "e")).length > 2, true);
      for (const q of ["%", "_", "\\", "'", "\u{1f600}"]) assert.deepEqual(await names(ana, q), [], q);
      const eve = await t.call("POST", "/auth/login", { body: { username: "eve", password: ana.password } });
      assert.deepEqual(
        (await t.call("GET", "/search/suggest?q=an", { token: eve.body.access_token })).body.items,
        [],
      );
    });

    await t0.step("somebody who searches all the time is slowed down", async () => {
      const statuses = new Set<number>();
      await until(async () => {
        statuses.add((await t.call("GET", "/messages/search?q=x", { token: ben.access })).status);
        return statuses.has(429);
      });
    });
  });
}
