// Files that want to do harm: pages that pose as pictures, names that lead elsewhere, pictures that tell where they were
// taken or that grow without end, workers that hang. What is refused leaves nothing behind and the server goes on.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { deflateSync } from "node:zlib";
import type { AppError } from "../../kernel/errors.ts";
import { silentLogger } from "../../kernel/log.ts";
import { contentDisposition, safeFilename } from "../../features/media/names.ts";
import { judgeType, sniff } from "../../features/media/sniff.ts";
import { decode } from "../../workers/image_codecs.ts";
import { inspect } from "../../workers/image_formats.ts";
import { createImageTool } from "../../workers/images.ts";
import { fetchBytes, postForm, put, randomBytes, upload } from "../support/media_app.ts";
import {
  bomb,
  colourAt,
  GPS_TEXT,
  jpeg,
  movingGif,
  png,
  pngChunk,
  rawPng,
  webp,
  withExif,
} from "../support/picture_files.ts";
import { createTestApp } from "../support/test_app.ts";
import { rejection } from "../support/test_db.ts";

const SVG =
  `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.cookie)</script></svg>`;
const HTML = "<!doctype html><html><body><script>alert(1)</script></body></html>";
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

Deno.test("pages are downloads in a sandbox, under whatever name they come", async () => {
  await using t = await createTestApp();
  const { access } = await t.person();
  for (
    const [body, name, type] of [
      [SVG, "logo.svg", "image/svg+xml"],
      [SVG, "logo.txt", "text/plain"],
      [HTML, "page.html", "text/html"],
      [HTML, "page", ""],
      [HTML, "page.txt", "text/plain"],
      ["<?xml version='1.0'?><a/>", "a.xml", "text/xml"],
    ] as const
  ) {
    const { id, kind } = await upload(t, access, body, name, type);
    assert.equal(kind, "file", name);
    for (const query of ["", "?download=1"]) {
      const { status, headers } = await fetchBytes(t, `/media/${id}${query}`, access);
      assert.equal(status, 200);
      assert.match(headers.get("content-disposition")!, /^attachment; /);
      assert.equal(headers.get("content-type"), "application/octet-stream");
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.equal(headers.get("content-security-policy"), "sandbox; default-src 'none'");
    }
    assert.equal((await fetchBytes(t, `/media/${id}?size=thumb`, access)).status, 404);
  }
});

Deno.test("bytes that are not what they were sent as are refused", async () => {
  await using t = await createTestApp();
  const { access } = await t.person();
  const picture = await png(20, 20);
  const cases: [BlobPart, string, string][] = [
    [HTML, "photo.png", "image/png"],
    [HTML, "photo.png", ""],
    [SVG, "photo.jpg", "image/jpeg"],
    [picture, "photo.jpg", "image/jpeg"],
    [picture, "page.html", "text/html"],
    [picture, "film.mp4", "video/mp4"],
    [picture, "a.pdf", "application/pdf"],
    ["%PDF-1.7 …", "song.mp3", "audio/mpeg"],
    [randomBytes(500), "photo.webp", "image/webp"],
    ["just text", "doc.pdf", "application/pdf"],
    // Starts like a picture and ends there.
    [picture.slice(0, 40), "cut.png", "image/png"],
    ["GIF89a/*<script>alert(1)</script>*/=1;", "poly.gif", "image/gif"],
    [Buffer.from("\xff\xd8\xff\xe0<script>alert(1)</script>", "latin1"), "poly.jpg", "image/jpeg"],
    [Buffer.from("RIFF\x10\0\0\0WEBPVP8 \xff\xff\xff\xff", "latin1"), "poly.webp", "image/webp"],
    [Buffer.from("\0\0\0\x18ftypavif\0\0\0\0avifmif1\0\0\0\x10meta", "latin1"), "poly.avif", "image/avif"],
  ];
  for (const [body, name, type] of cases) {
    const answer = await postForm(t, access, body, name, type);
    assert.deepEqual(
      [answer.status, answer.body.code],
      [422, "unsupported_file"],
      `${name} as ${type}: ${answer.text}`,
    );
  }
  const raw = await put(t, access, "/media/upload?filename=x.png&mime_type=image/png", HTML);
  assert.deepEqual([raw.status, raw.body.code], [422, "unsupported_file"]);
  assert.equal([...Deno.readDirSync(`${t.dataDir}/uploads`)].length, 0);
});

Deno.test("a polyglot loses everything that is not the picture", async () => {
  await using t = await createTestApp();
  const { access } = await t.person();
  const script = Buffer.from("<script>alert(1)</script>");
  const pngPolyglot = rawPng(2, 2, deflate(2, 2), [
    pngChunk("tEXt", Buffer.concat([Buffer.from("Comment\0"), script])),
    pngChunk("eXIf", Buffer.from(GPS_TEXT)),
  ]);
  const zip = Buffer.from("PK\x03\x04 index.html <script>alert(1)</script>", "latin1");
  const riff = await webp(30, 30);
  const webpPolyglot = Buffer.concat([riff, script]);
  for (
    const [body, name, type] of [
      [Buffer.concat([pngPolyglot, zip]), "a.png", "image/png"],
      [withExif(await jpeg(40, 40)), "a.jpg", "image/jpeg"],
      [webpPolyglot, "a.webp", "image/webp"],
      [Buffer.concat([movingGif(), script]), "a.gif", "image/gif"],
    ] as const
  ) {
    const { id, size } = await upload(t, access, new Uint8Array(body), name, type);
    const { bytes, headers } = await fetchBytes(t, `/media/${id}`, access);
    assert.doesNotMatch(text(bytes), /script|GPS|Comment/, name);
    assert.ok(!text(bytes).includes("PK\x03"), name);
    assert.equal(bytes.length, size);
    assert.equal(headers.get("content-type"), type);
    assert.match(headers.get("content-disposition")!, /^inline; /);
    assert.equal(sniff(bytes), type);
  }
});

Deno.test("EXIF goes with the place in it; the picture is turned the way it asked for", async () => {
  await using t = await createTestApp();
  const { access } = await t.person();
  // Where the green corner of the first quarter ends up.
  const corner: Record<number, [number, number]> = { 1: [0, 0], 3: [1, 1], 6: [1, 0], 8: [0, 1], 2: [1, 0], 5: [0, 0] };
  for (const [orientation, [right, down]] of Object.entries(corner)) {
    const sent = withExif(await jpeg(640, 320), Number(orientation));
    assert.match(text(sent), /secret place/);
    const medium = await upload(t, access, sent, "beach.jpg", "image/jpeg");
    const swapped = Number(orientation) >= 5;
    assert.deepEqual([medium.width, medium.height], swapped ? [320, 640] : [640, 320]);
    const { bytes } = await fetchBytes(t, `/media/${medium.id}`, access);
    assert.doesNotMatch(text(bytes), /secret place|Exif|xap|GPS/);
    const shown = await decode(bytes, "image/jpeg");
    assert.deepEqual([shown.width, shown.height], [medium.width, medium.height]);
    const at = (part: number, size: number) => Math.round(part ? size - 20 : 20);
    const [r, g, b] = colourAt(shown, at(right, shown.width), at(down, shown.height));
    assert.ok(g! > 180 && r! < 90 && b! < 90, `orientation ${orientation}: ${[r, g, b]}`);

    const small = await fetchBytes(t, `/media/${medium.id}?size=thumb`, access);
    assert.equal(small.headers.get("content-type"), "image/webp");
    assert.match(small.headers.get("content-disposition")!, /^inline; filename="beach\.webp"$/);
    assert.notEqual(small.headers.get("etag"), null);
    const thumb = await decode(small.bytes, "image/webp");
    assert.deepEqual([thumb.width, thumb.height], swapped ? [240, 480] : [480, 240]);
  }
  // Nothing to turn: not a pixel is touched.
  const original = await jpeg(640, 320);
  const kept = await upload(t, access, withExif(original), "a.jpg", "image/jpeg");
  const { bytes } = await fetchBytes(t, `/media/${kept.id}`, access);
  assert.deepEqual((await decode(bytes, "image/jpeg")).data, (await decode(original, "image/jpeg")).data);
});

Deno.test("moving pictures stay as they are and are their own small picture", async () => {
  await using t = await createTestApp();
  const { access } = await t.person();
  const medium = await upload(t, access, movingGif(), "wave.gif", "image/gif");
  const { bytes } = await fetchBytes(t, `/media/${medium.id}?size=thumb`, access);
  assert.deepEqual([medium.width, medium.height, medium.kind], [1, 1, "image"]);
  assert.match(text(bytes), /NETSCAPE2\.0/);
  assert.equal(text(bytes).split("\x21\xf9").length, 3);
});

Deno.test("ciphertext is kept as it is, even when it looks like a page", async () => {
  await using t = await createTestApp();
  const { access } = await t.person();
  const body = withExif(await jpeg(10, 10));
  for (
    const answer of [
      await postForm(t, access, body, "blob", "image/png", { encrypted: "1" }),
      await put(t, access, "/media/upload?encrypted=1&filename=blob", body, { "content-type": "image/png" }),
    ]
  ) {
    assert.deepEqual([answer.status, answer.body.kind, answer.body.mime_type], [
      201,
      "file",
      "application/octet-stream",
    ]);
    const read = await fetchBytes(t, `/media/${answer.body.id}`, access);
    assert.deepEqual(read.bytes, body);
    assert.match(read.headers.get("content-disposition")!, /^attachment/);
  }
});

Deno.test("pictures that grow without end are refused before they are decoded", async () => {
  await using t = await createTestApp();
  const { access } = await t.person();
  const huge = rawPng(60_000, 60_000, bomb(50));
  const wide = rawPng(32_000, 2000, bomb(50));
  const jpegBytes = await jpeg(16, 16);
  const sof = jpegBytes.findIndex((b, i) => b === 0xff && (jpegBytes[i + 1] === 0xc0 || jpegBytes[i + 1] === 0xc2));
  const liar = jpegBytes.slice();
  liar.set([0xff, 0xff, 0xff, 0xff], sof + 5);
  const gif = movingGif();
  gif.set([0xff, 0xff, 0xff, 0xff], 6);
  for (
    const [body, name, type] of [
      [huge, "a.png", "image/png"],
      [wide, "b.png", "image/png"],
      [liar, "c.jpg", "image/jpeg"],
      [gif, "d.gif", "image/gif"],
    ] as const
  ) {
    const answer = await postForm(t, access, body, name, type);
    assert.deepEqual([answer.status, answer.body.code], [422, "unsupported_file"], name);
    assert.match(answer.body.detail, /pixels/, name);
  }
  // The header is small, what is packed is 200 MB: never unpacked to the end.
  const before = Deno.memoryUsage().rss;
  const packed = await postForm(t, access, rawPng(100, 100, bomb(200)), "e.png", "image/png");
  assert.ok(packed.status === 201 || packed.status === 422, packed.text);
  assert.ok(Deno.memoryUsage().rss - before < 150e6);
  // A compressed text in a PNG, which nobody unpacks.
  const note = pngChunk("zTXt", Buffer.concat([Buffer.from("Comment\0\0"), bomb(100)]));
  const profile = pngChunk("iCCP", Buffer.concat([Buffer.from("icc\0\0"), bomb(100)]));
  const clean = await upload(t, access, rawPng(2, 2, deflate(2, 2), [note, profile]), "f.png", "image/png");
  assert.ok(clean.size < 200);
  // The server is as it was.
  assert.equal((await upload(t, access, await png(900, 30), "g.png", "image/png")).width, 900);
});

Deno.test("damaged headers never make the reader run away", async () => {
  const good: [Uint8Array<ArrayBuffer>, string][] = [
    [withExif(await jpeg(24, 24), 6), "image/jpeg"],
    [await png(24, 24), "image/png"],
    [await webp(24, 24), "image/webp"],
    [movingGif(), "image/gif"],
  ];
  let seed = 42;
  const random = (below: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % below;
  for (const [bytes, type] of good) {
    inspect(bytes, type);
    for (let i = 0; i < 500; i++) {
      const broken = bytes.slice(0, i % 3 === 0 ? random(bytes.length) : bytes.length);
      for (let j = 0; j < 4 && broken.length > 0; j++) broken[random(broken.length)] = random(256);
      try {
        inspect(broken, type);
      } catch (error) {
        assert.equal((error as Error).constructor.name, "Refused", `${type}: ${error}`);
      }
    }
  }
});

Deno.test("names lose what leads elsewhere or misleads", async () => {
  for (
    const [given, safe] of [
      ["../../etc/passwd", "passwd"],
      ["C:\\Windows\\system32\\evil.dll", "evil.dll"],
      ["a\0b\r\nSet-Cookie: x=1.txt", "abSet-Cookie_ x=1.txt"],
      ["invoice\u202Efdp.exe", "invoicefdp.exe"],
      ['a"b<c>|?*.txt', "a_b_c____.txt"],
      ["...", "file"],
      ["", "file"],
      ["CON.txt", "_CON.txt"],
      [".htaccess", "htaccess"],
      ["\ud800lone.txt", "\ufffdlone.txt"],
      ["informe año 2026 👩‍💻.pdf", "informe año 2026 👩‍💻.pdf"],
    ] as const
  ) assert.equal(safeFilename(given), safe);
  const long = safeFilename("ñ".repeat(300) + ".tar.gz");
  assert.ok(new TextEncoder().encode(long).length <= 200 && long.endsWith(".gz"));
  assert.equal(contentDisposition("inline", "a.txt"), 'inline; filename="a.txt"');
  assert.equal(
    contentDisposition("attachment", "año'(1).txt"),
    "attachment; filename=\"ano'(1).txt\"; filename*=UTF-8''a%C3%B1o%27%281%29.txt",
  );

  await using t = await createTestApp();
  const { access } = await t.person();
  const answer = await postForm(t, access, randomBytes(5), '../../"x"\r\nX-Evil: 1\u202E.exe');
  assert.equal(answer.status, 201, answer.text);
  const { headers } = await fetchBytes(t, `/media/${answer.body.id}`, access);
  assert.equal(headers.get("x-evil"), null);
  assert.match(headers.get("content-disposition")!, /^attachment; filename="[^"]+"$/);
});

Deno.test("forms that are not well-formed are refused", async () => {
  await using t = await createTestApp();
  const { access } = await t.person();
  const send = async (body: string, type = "multipart/form-data; boundary=x") => {
    const response = await fetch(`${t.url}/api/v1/media/upload`, {
      method: "POST",
      headers: { authorization: `Bearer ${access}`, "content-type": type },
      body,
    });
    return [response.status, (await response.json()).code];
  };
  const part = (headers: string, body = "hello") => `--x\r\n${headers}\r\n\r\n${body}\r\n`;
  const file = 'Content-Disposition: form-data; name="file"; filename="a.txt"';
  assert.deepEqual(await send(part(file) + "--x--"), [201, undefined]);
  assert.deepEqual(await send("preamble\r\n" + part(file) + "--x--\r\nepilogue"), [201, undefined]);
  assert.deepEqual(await send(part(file)), [400, "bad_request"]);
  assert.deepEqual(await send("--x--"), [422, "validation_failed"]);
  assert.deepEqual(await send(part(file) + part(file) + "--x--"), [422, "validation_failed"]);
  assert.deepEqual(await send(part(file.replace('"file"', '"other"')) + "--x--"), [422, "validation_failed"]);
  assert.deepEqual(await send(part("X: " + "y".repeat(9000) + "\r\n" + file) + "--x--"), [400, "bad_request"]);
  const unknown = part('Content-Disposition: form-data; name="a"', "z".repeat(9000));
  assert.deepEqual(await send(unknown + part(file) + "--x--"), [201, undefined]);
  const field = part('Content-Disposition: form-data; name="sha256"', "z".repeat(9000));
  assert.deepEqual(await send(field + part(file) + "--x--"), [422, "validation_failed"]);
  assert.deepEqual(await send(part('Content-Disposition: form-data; name="a"').repeat(30) + "--x--"), [
    400,
    "bad_request",
  ]);
  assert.deepEqual(await send("{}", "application/json"), [415, "unsupported_media_type"]);
  assert.deepEqual(await send("", "multipart/form-data"), [415, "unsupported_media_type"]);
});

Deno.test("the picture tool: a worker that hangs or dies fails its own job, the queue is bounded", async () => {
  const script = (body: string) => () =>
    new Worker(URL.createObjectURL(new Blob([body], { type: "text/javascript" })), { type: "module" });
  const job = { path: "/none", type: "image/png", output: "/none", thumb: "/none" };
  const hangs = createImageTool({
    log: silentLogger,
    hangsAfterMs: 50,
    maxWaiting: 2,
    startWorker: script("onmessage = () => { for (;;); }"),
  });
  const first = rejection(hangs.process(job));
  const waiting = [rejection(hangs.process(job)), rejection(hangs.process(job))];
  const full = (() => {
    try {
      hangs.process(job);
    } catch (error) {
      return error;
    }
  })();
  assert.equal((full as AppError).code, "rate_limited");
  for (const one of [first, ...waiting]) assert.equal((await one as AppError).code, "timeout");
  hangs.close();
  const dies = createImageTool({
    log: silentLogger,
    startWorker: script("onmessage = () => { throw new Error('x'); }"),
  });
  assert.equal((await rejection(dies.process(job)) as AppError).code, "unsupported_file");
  dies.close();
});

Deno.test("types: what can be recognised must be what was declared", () => {
  const bytes = (...values: (number | string)[]) =>
    Buffer.concat(values.map((v) => typeof v === "string" ? Buffer.from(v, "latin1") : Buffer.from([v])));
  const mp4 = bytes(0, 0, 0, 24, "ftypisom", 0, 0, 2, 0, "isomiso2");
  const zip = bytes("PK", 3, 4, "word/document.xml");
  for (
    const [declared, name, head, mimeType, kind] of [
      ["video/mp4", "a.mp4", mp4, "video/mp4", "video"],
      ["video/quicktime", "a.mov", mp4, "video/quicktime", "video"],
      ["audio/mp4", "a.m4a", mp4, "audio/mp4", "audio"],
      ["", "a", mp4, "video/mp4", "video"],
      [
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "a.docx",
        zip,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "file",
      ],
      ["image/jpg", "a.jpg", bytes(0xff, 0xd8, 0xff, 0xe0), "image/jpeg", "image"],
      ["application/json", "a.json", bytes('{"a":1}'), "application/json", "file"],
      ["text/csv", "a.csv", bytes("a;b\xe9\n"), "text/csv", "file"],
      ["text/markdown", "a.md", bytes("hello <b>you</b>"), "text/markdown", "file"],
      ["not a type", "a", bytes("hello"), "text/plain", "file"],
    ] as const
  ) assert.deepEqual(judgeType(declared, name, head), { mimeType, kind }, `${declared} ${name}`);
  assert.equal(sniff(bytes("<", "?xml version='1.0'?", ">", "<svg >")), "image/svg+xml");
  assert.equal(sniff(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("<html>", "utf16le")])), "text/html");
});

/** The bytes of a picture of zeros, as PNG packs them. */
function deflate(width: number, height: number): Uint8Array {
  return deflateSync(Buffer.alloc((width * 3 + 1) * height));
}
