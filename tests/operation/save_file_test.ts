// How the command line gets a file out of a running server: whole under its name, or not at all with a sentence why.
import assert from "node:assert/strict";
import { saveFile, sinkOf } from "../../cli/save_file.ts";
import { takeFile } from "../../cli/take_file.ts";
import { answerWithFile, type FileSink } from "../../server/commands/file_answer.ts";
import { randomBytes } from "../support/media_app.ts";
import { until } from "../support/wait.ts";

const bytes = randomBytes(3_000_000);

/** Serves the answer of `work` over a real connection, and what went wrong in it. */
function serve(work: (sink: FileSink) => Promise<string>) {
  const failures: unknown[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () =>
    new Response(answerWithFile(
      (sink) =>
        work(sink).catch((error) => {
          failures.push(error);
          throw error;
        }),
      (error) => `told: ${(error as Error).message}`,
    )));
  return {
    failures,
    ask: async () => (await fetch(`http://127.0.0.1:${server.addr.port}`)).body!,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function send(sink: FileSink, count = bytes.length): Promise<void> {
  for (let at = 0; at < count; at += 65_536) {
    await sink.write(bytes.subarray(at, Math.min(at + 65_536, count)));
    sink.progress(at, bytes.length);
  }
}

/** A folder with an older file of that name. */
async function target(): Promise<{ folder: string; path: string; names(): string[] }> {
  const folder = await Deno.makeTempDir({ prefix: "pulpo-save-" });
  await Deno.writeTextFile(`${folder}/file`, "the older one");
  return { folder, path: `${folder}/file`, names: () => [...Deno.readDirSync(folder)].map(({ name }) => name) };
}

Deno.test("a file comes whole, with the text of the command", async () => {
  const { folder, path, names } = await target();
  await using server = serve(async (sink) => (await send(sink), "the text"));
  const text = await saveFile(path, async (saver) => await takeFile(await server.ask(), sinkOf(saver, "test")));
  assert.equal(text, "the text");
  assert.deepEqual(await Deno.readFile(path), bytes);
  if (Deno.build.os !== "windows") assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  assert.deepEqual(names(), ["file"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("what goes wrong on the server is told, and the older file stays", async () => {
  const { folder, path, names } = await target();
  await using server = serve(async (sink) => {
    await send(sink, 1_000_000);
    throw new Error("no room for a copy");
  });
  const saving = saveFile(path, async (saver) => await takeFile(await server.ask(), sinkOf(saver, "test")));
  await assert.rejects(saving, { message: "told: no room for a copy" });
  assert.equal(await Deno.readTextFile(path), "the older one");
  assert.deepEqual(names(), ["file"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a connection that breaks, ends early or falls silent is no complete file", async () => {
  const { folder, path, names } = await target();
  /** An answer of which only the first bytes come; then the connection is closed, cut, or nothing happens. */
  const broken = (end: (connection: Deno.TcpConn) => void): { body: Promise<ReadableStream>; close(): void } => {
    const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const open: Deno.TcpConn[] = [];
    (async () => {
      const connection = await listener.accept();
      open.push(connection);
      await connection.read(new Uint8Array(4096));
      const frame = `d\x00\x00\x00\x05hello`;
      const head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
      const chunk = `${frame.length.toString(16)}\r\n${frame}\r\n`;
      await connection.write(new TextEncoder().encode(head + chunk));
      end(connection);
    })();
    return {
      body: fetch(`http://127.0.0.1:${listener.addr.port}`).then((response) => response.body!),
      close() {
        listener.close();
        for (const connection of open) {
          try {
            connection.close();
          } catch { /* it is closed */ }
        }
      },
    };
  };
  const ends: ((connection: Deno.TcpConn) => void)[] = [
    (connection) => connection.close(),
    (connection) => void connection.write(new TextEncoder().encode("0\r\n\r\n")),
    () => {},
  ];
  for (const end of ends) {
    const { body, close } = broken(end);
    const saving = saveFile(path, async (saver) => await takeFile(await body, sinkOf(saver, "test"), 300));
    await assert.rejects(saving, /The server ended before the file was complete\. Nothing was saved/);
    close();
    assert.equal(await Deno.readTextFile(path), "the older one");
    assert.deepEqual(names(), ["file"]);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a reader that goes away ends the work", async () => {
  await using server = serve(async (sink) => {
    while (true) await send(sink);
  });
  const reader = (await server.ask()).getReader();
  await reader.read();
  await reader.cancel();
  await until(() => server.failures.length > 0, { timeoutMs: 30_000, what: "the work has ended" });
  assert.match(String(server.failures[0]), /the reader went away/);
});

const root = Deno.build.os === "linux" && Deno.uid() === 0;

Deno.test({ name: "a full disk is told with the path, and nothing is left of the draft", ignore: !root }, async () => {
  const { folder, path, names } = await target();
  const mount = async (...words: string[]) => {
    assert.ok((await new Deno.Command(words[0]!, { args: words.slice(1) }).output()).success);
  };
  await Deno.remove(path);
  await mount("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder);
  try {
    await Deno.writeTextFile(path, "the older one");
    const saving = saveFile(path, (saver) => send(sinkOf(saver, "test")));
    await assert.rejects(
      saving,
      { name: "Error", message: `There is no room left on the disk of ${path}. Nothing was saved.` },
    );
    assert.equal(await Deno.readTextFile(path), "the older one");
    assert.deepEqual(names(), ["file"]);
  } finally {
    await mount("umount", "-l", folder);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a place that cannot be written is told before the work begins", async () => {
  const { folder } = await target();
  let began = false;
  const save = (path: string) => saveFile(path, () => Promise.resolve(began = true));
  await assert.rejects(save(folder), { message: `${folder} is a folder; a file is needed.` });
  await assert.rejects(save(`${folder}/none/file`), /There is no file or folder .*none\/file\. Nothing was saved/);
  assert.equal(began, false);
  await Deno.remove(folder, { recursive: true });
});
