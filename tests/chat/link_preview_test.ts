// Link previews: what is read out of a page, what is never called, what a hostile page can do (nothing), and how a message
// gets its previews and loses them.
import assert from "node:assert/strict";
import { deflateSync, gzipSync } from "node:zlib";
import { pageFacts } from "../../features/chat/previews/html.ts";
import { fetchPreview } from "../../features/chat/previews/fetch.ts";
import { previewLinks } from "../../features/chat/previews/links.ts";
import { sql } from "../../db/sql.ts";
import { type Frame, openSocket } from "../support/socket_client.ts";
import { createTestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

Deno.test("previews: which links of a text", () => {
  const cases: [string, string[]][] = [
    ["see https://e.org/a, and (https://e.org/b).", ["https://e.org/a", "https://e.org/b"]],
    ["[text](https://e.org/md) **https://e.org/bold**", ["https://e.org/md", "https://e.org/bold"]],
    ["https://e.org/wiki/A_(b) https://e.org/x#part", ["https://e.org/wiki/A_(b)", "https://e.org/x"]],
    ["<https://e.org/quiet> `https://e.org/code` ```\nhttps://e.org/block\n```", []],
    ["https://me:pw@e.org/ ftp://e.org/ javascript:alert(1) xhttps://e.org/", []],
    ["https://e.org/1 https://e.org/1 https://e.org/2 https://e.org/3 https://e.org/4", [
      "https://e.org/1",
      "https://e.org/2",
      "https://e.org/3",
    ]],
    ["https://chat.example.org/chat/x https://chat.example.org.evil.com/", ["https://chat.example.org.evil.com/"]],
    ["no links", []],
  ];
  for (const [text, links] of cases) assert.deepEqual(previewLinks(text, "https://chat.example.org"), links, text);
});

Deno.test("previews: what a page says about itself", () => {
  const at = new URL("https://news.example.org/2026/story");
  const facts = (html: string) => pageFacts(html, at);
  assert.deepEqual(
    facts(`<html><head><!-- <meta property="og:title" content="no"> --><title>Plain</title>
      <META content='A &amp; B &lt;3 &#39;q&#x27; > c' property=og:title>
      <meta name="description" content="  two\n lines "><meta property="og:site_name" content="The News">
      <script>var x = '<meta property="og:image" content="https://evil.example/x.png">'</script>
      <meta property="og:image" content="../pic.png?a=1&amp;b=2"></head><body><title>body</title>`),
    {
      title: "A & B <3 'q' > c",
      description: "two lines",
      site: "The News",
      image: "https://news.example.org/pic.png?a=1&b=2",
    },
  );
  assert.deepEqual(facts("<title>Just this</title>"), {
    title: "Just this",
    description: "",
    site: "news.example.org",
    image: null,
  });
  assert.equal(facts("<p>nothing</p>"), null);
  assert.equal(facts(""), null);
  assert.equal(facts(`<title>x</title><meta property="og:image" content="javascript:alert(1)">`)!.image, null);
  assert.equal(facts(`<title>x</title><meta property="og:image" content="data:image/png;base64,AAAA">`)!.image, null);
  const wild = facts(`<title>${"a\u202e\u0000b".repeat(500)}</title>`)!;
  assert.ok(wild.title.length <= 200 && !wild.title.includes("\u202e") && !wild.title.includes("\0"));
  assert.equal(facts(`<title>\ud800</title>`)!.title.isWellFormed(), true);
});

Deno.test("previews: pages made to be slow to read are read in linear time", () => {
  const at = new URL("https://e.org/");
  const size = 512 * 1024;
  const hostile = [
    "<meta ".repeat(size / 6),
    "<meta a=".repeat(size / 8),
    "<meta " + "a ".repeat(size / 2),
    '<meta content="'.repeat(size / 15),
    "<".repeat(size),
    "<title>" + " ".repeat(size),
    "<!--".repeat(size / 4),
    "<script>".repeat(size / 8),
    "<title>" + "&#".repeat(size / 2),
  ];
  for (const html of hostile) {
    const cpu = performance.now();
    pageFacts(html, at);
    // Quadratic would be minutes.
    assert.ok(performance.now() - cpu < 5000, html.slice(0, 20));
  }
});

/** A picture of 64 × 64, made here. */
const PNG = makePng(64, 64);

interface Site extends AsyncDisposable {
  origin: string;
  requests: string[];
}

function startSite(
  extra: (path: string, origin: string) => Response | Promise<Response> | undefined = () => undefined,
): Site {
  const requests: string[] = [];
  const site = { origin: "" };
  const html = (text: string, headers: Record<string, string> = {}) =>
    new Response(text, { headers: { "content-type": "text/html; charset=utf-8", ...headers } });
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const path = new URL(request.url).pathname;
    requests.push(path);
    const own = await extra(path, site.origin);
    if (own) return own;
    if (path === "/page") {
      return html(`<title>Page</title><meta property="og:description" content="About">
        <meta property="og:image" content="/pic.png">`);
    }
    if (path === "/pic.png") return new Response(PNG, { headers: { "content-type": "image/png" } });
    if (path.startsWith("/plain")) return html(`<title>${path}</title>`);
    return new Response("no", { status: 404 });
  });
  site.origin = `http://127.0.0.1:${server.addr.port}`;
  return {
    get origin() {
      return site.origin;
    },
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("previews: what is never called", async () => {
  await using site = startSite((path, origin) => {
    const to: Record<string, string> = {
      "/to-metadata": "http://169.254.169.254/latest/meta-data/",
      "/to-file": "file:///etc/passwd",
      "/to-mapped": "http://[::ffff:169.254.169.254]/",
      "/to-user": origin.replace("://", "://me:pw@") + "/plain",
      "/loop": "/loop",
      "/once": "/plain/once",
    };
    return to[path] ? new Response(null, { status: 302, headers: { location: to[path]! } }) : undefined;
  });
  const port = new URL(site.origin).port;
  await using strict = await createTestApp({ db: testedKinds().at(-1) });
  const refused = [
    `${site.origin}/plain`,
    `http://localhost:${port}/plain`,
    `http://[::1]:${port}/plain`,
    `http://2130706433:${port}/plain`,
    `http://0x7f.1:${port}/plain`,
    `http://[::ffff:127.0.0.1]:${port}/plain`,
    `http://0.0.0.0:${port}/plain`,
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://192.168.1.1/",
    "http://[fe80::1]/",
    "http://100.100.100.200/",
  ];
  for (const link of refused) assert.equal(await fetchPreview(strict.app, "", link), null, link);
  assert.deepEqual(site.requests, [], "nothing was called");
  // Also where private addresses are allowed, a redirect leads nowhere that is forbidden.
  await using open = await createTestApp({ db: testedKinds().at(-1), settings: { "webhook-private": "allow" } });
  for (const path of ["/to-metadata", "/to-file", "/to-mapped", "/to-user", "/loop"]) {
    assert.equal(await fetchPreview(open.app, "", site.origin + path), null, path);
  }
  assert.equal(site.requests.filter((path) => path === "/loop").length, 4);
  assert.ok(!site.requests.some((path) => path === "/plain"));
  assert.equal((await fetchPreview(open.app, "", `${site.origin}/once`))?.title, "/plain/once");
});

Deno.test("previews: bombs, floods and files that are no pages do nothing", async () => {
  const zeros = new Uint8Array(64 * 1024 * 1024);
  const bomb = gzipSync(zeros), head = new TextEncoder().encode("<title>Packed</title>");
  let sent = 0;
  await using site = startSite((path) => {
    const html = { "content-type": "text/html" };
    if (path === "/bomb") return new Response(bomb, { headers: { ...html, "content-encoding": "gzip" } });
    if (path === "/late") {
      const late = new Uint8Array([...new Uint8Array(600_000).fill(32), ...head]);
      return new Response(gzipSync(late), { headers: { ...html, "content-encoding": "gzip" } });
    }
    if (path === "/packed") return new Response(gzipSync(head), { headers: { ...html, "content-encoding": "gzip" } });
    if (path === "/deflate") {
      return new Response(deflateSync(head), { headers: { ...html, "content-encoding": "deflate" } });
    }
    if (path === "/broken") return new Response("no gzip", { headers: { ...html, "content-encoding": "gzip" } });
    if (path === "/brotli") return new Response("x", { headers: { ...html, "content-encoding": "br" } });
    if (path === "/endless") {
      return new Response(
        new ReadableStream({
          pull(controller) {
            sent += 65536;
            if (sent > 200_000_000) controller.close();
            else controller.enqueue(new Uint8Array(65536).fill(32));
          },
        }),
        { headers: html },
      );
    }
    if (path === "/program") {
      return new Response("<title>x</title>", { headers: { "content-type": "application/octet-stream" } });
    }
    if (path === "/svg") {
      return new Response(`<title>Vector</title><meta property="og:image" content="/evil.svg">`, { headers: html });
    }
    if (path === "/evil.svg") {
      return new Response("<svg xmlns='http://www.w3.org/2000/svg'/>", {
        headers: { "content-type": "image/svg+xml" },
      });
    }
    if (path === "/lie") {
      return new Response(`<title>Lie</title><meta property="og:image" content="/lie.png">`, { headers: html });
    }
    if (path === "/lie.png") return new Response("<html>", { headers: { "content-type": "image/png" } });
    if (path === "/huge") {
      return new Response(`<title>Huge</title><meta property="og:image" content="/huge.png">`, { headers: html });
    }
    if (path === "/huge.png") {
      return new Response(zeros.slice(0, 6_000_000), { headers: { "content-type": "image/png" } });
    }
    if (path === "/latin") {
      const bytes = Uint8Array.from("<meta charset=iso-8859-1><title>Caf\xe9</title>", (c) => c.charCodeAt(0));
      return new Response(bytes, { headers: html });
    }
  });
  await using t = await createTestApp({ db: testedKinds().at(-1), settings: { "webhook-private": "allow" } });
  const { id: organizationId } = (await t.call("GET", "/organization", { token: (await t.owner()).access })).body;
  const title = async (path: string) => (await fetchPreview(t.app, organizationId, site.origin + path))?.title;
  assert.ok(bomb.length < 100_000, "the bomb is small on the wire");
  assert.equal(await title("/bomb"), undefined);
  assert.equal(await title("/late"), undefined, "unpacking stops at the limit");
  assert.equal(await title("/packed"), "Packed");
  assert.equal(await title("/deflate"), "Packed");
  for (const path of ["/broken", "/brotli", "/endless", "/program", "/missing"]) {
    assert.equal(await title(path), undefined, path);
  }
  assert.ok(sent < 20_000_000, `reading stopped at the limit: ${sent}`);
  assert.equal(await title("/latin"), "Café");
  for (const path of ["/svg", "/lie", "/huge"]) {
    const preview = await fetchPreview(t.app, organizationId, site.origin + path);
    assert.ok(preview?.title, path);
    assert.equal(preview.image_id, null, path);
  }
});

for (const kind of testedKinds()) {
  Deno.test(`previews of messages on ${kind}`, async (t) => {
    await using site = startSite();
    await using app = await createTestApp({ db: kind, settings: { "webhook-private": "allow" } });
    const owner = await app.owner(), ana = await app.person("member", "ana"), ben = await app.person("member", "ben");
    const outsider = await app.person("member", "cleo");
    const made = await app.call("POST", "/channels", {
      token: owner.access,
      body: { name: "links", type: "private", user_ids: [ana.id, ben.id] },
    });
    const channel = made.body.id as string;
    await using socket = await openSocket(`${app.url}/ws?token=${ben.access}&channels=channel:${channel}`);
    const say = async (content: string) => {
      const sent = await app.call("POST", `/channels/${channel}/messages`, { token: ana.access, body: { content } });
      assert.equal(sent.status, 201, sent.text);
      return sent.body.id as string;
    };
    const shown = (id: string) =>
      socket.wait((f) => f.type === "message_edited" && f.data.message.id === id && f.data.message.previews.length > 0);
    const read = async (id: string) => (await app.call("GET", `/messages/${id}`, { token: ana.access })).body;
    let first = "", image = "";

    await t.step("told as an edit without being one, with a copy of the picture for readers only", async () => {
      first = await say(`look: ${site.origin}/page and <${site.origin}/plain/quiet>`);
      const { message } = (await shown(first)).data;
      image = message.previews[0].image_id;
      assert.deepEqual(message.previews, [{
        url: `${site.origin}/page`,
        title: "Page",
        description: "About",
        site: "127.0.0.1",
        image_id: image,
      }]);
      assert.equal(message.edited_at, null);
      assert.deepEqual(message.attachments, []);
      assert.deepEqual((await read(first)).previews, message.previews);
      assert.equal((await app.call("GET", `/media/${image}`, { token: ben.access })).status, 200);
      assert.equal((await app.call("GET", `/media/${image}`, { token: outsider.access })).status, 404);
      assert.ok(!site.requests.includes("/plain/quiet"));
    });

    await t.step("a page is asked once in 24 hours, also when there is nothing to show", async () => {
      const before = site.requests.length;
      await shown(await say(`again ${site.origin}/page`));
      assert.equal(site.requests.length, before);
      await say(`${site.origin}/nothing`);
      await until(() => site.requests.includes("/nothing"));
      await say(`${site.origin}/nothing twice`);
      await shown(await say(`${site.origin}/plain/after`));
      assert.equal(site.requests.filter((path) => path === "/nothing").length, 1);
    });

    await t.step("an edit brings the previews of its own links", async () => {
      const id = await say(`${site.origin}/plain/old`);
      await shown(id);
      await app.call("PUT", `/messages/${id}`, { token: ana.access, body: { content: `${site.origin}/plain/new` } });
      const { data } = await socket.wait((f) =>
        f.type === "message_edited" && f.data.message.id === id && f.data.message.previews[0]?.title === "/plain/new"
      );
      assert.ok(data.message.edited_at);
      await app.call("PUT", `/messages/${id}`, { token: ana.access, body: { content: "no link at all" } });
      await shown(await say(`${site.origin}/plain/marker`));
      assert.deepEqual((await read(id)).previews, []);
    });

    await t.step("removed by the author, or who moderates; they do not come back", async () => {
      const remove = (token: string) => app.call("DELETE", `/messages/${first}/previews`, { token });
      assert.equal((await remove(outsider.access)).status, 404);
      assert.equal((await remove(ben.access)).status, 403);
      assert.equal((await remove(ana.access)).status, 204);
      assert.equal((await remove(ana.access)).status, 204);
      await socket.wait((f) =>
        f.type === "message_edited" && f.data.message.id === first && f.data.message.previews.length === 0
      );
      await app.call("PUT", `/messages/${first}`, { token: ana.access, body: { content: `${site.origin}/page !` } });
      await shown(await say(`${site.origin}/plain/marker2`));
      assert.deepEqual((await read(first)).previews, []);
      const rows = await app.app.db.rows(sql`select 1 from message_attachments where message_id = ${first}`);
      assert.equal(rows.length, 0);
      const other = await say(`${site.origin}/plain/other`);
      await shown(other);
      assert.equal((await app.call("DELETE", `/messages/${other}/previews`, { token: owner.access })).status, 204);
      const audit = await app.call("GET", "/audit?action=message.previews_removed", { token: owner.access });
      assert.deepEqual(audit.body.items.map((i: Frame) => i.subject_id), [other]);
    });

    await t.step("switched off by an admin only, and then nothing is called", async () => {
      assert.equal(
        (await app.call("PUT", "/chat/previews", { token: ana.access, body: { enabled: false } })).status,
        403,
      );
      assert.deepEqual((await app.call("GET", "/chat/previews", { token: ana.access })).body, { enabled: true });
      assert.equal(
        (await app.call("PUT", "/chat/previews", { token: owner.access, body: { enabled: false } })).status,
        200,
      );
      await say(`${site.origin}/plain/off`);
      await app.call("PUT", "/chat/previews", { token: owner.access, body: { enabled: true } });
      // Jobs run in the order in which they came.
      await shown(await say(`${site.origin}/plain/on`));
    });
  });
}

function makePng(width: number, height: number): Uint8Array<ArrayBuffer> {
  const table = Array.from({ length: 256 }, (_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n >>> 0;
  });
  const crc = (bytes: Uint8Array) => {
    let c = 0xffffffff;
    for (const b of bytes) c = table[(c ^ b) & 255]! ^ (c >>> 8);
    return (c ^ 0xffffffff) >>> 0;
  };
  const u32 = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
  const chunk = (name: string, data: Uint8Array) => {
    const body = Uint8Array.from([...new TextEncoder().encode(name), ...data]);
    return [...u32(data.length), ...body, ...u32(crc(body))];
  };
  const rows = new Uint8Array((width * 3 + 1) * height).fill(120);
  for (let y = 0; y < height; y++) rows[y * (width * 3 + 1)] = 0;
  return Uint8Array.from([
    ...[137, 80, 78, 71, 13, 10, 26, 10],
    ...chunk("IHDR", Uint8Array.from([...u32(width), ...u32(height), 8, 2, 0, 0, 0])),
    ...chunk("IDAT", new Uint8Array(deflateSync(rows))),
    ...chunk("IEND", new Uint8Array()),
  ]);
}
