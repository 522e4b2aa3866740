// A small disk that fills up under a server with the embedded database, and gets room again. The disk is a file system in
// memory of its own, which takes root to mount.
import assert from "node:assert/strict";
import { copyFolder } from "../../db/snapshot.ts";
import { createTestApp, type TestApp } from "../support/test_app.ts";
import { copyOfTemplate } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const MB = 1024 * 1024;
const DISK_MB = 220, FLOOR_MB = 24;

function canMount(): boolean {
  if (Deno.build.os === "linux" && Deno.uid() === 0) return true;
  const text = "NOT ROOT: the tests of a full disk mount one and do not run";
  if (Deno.env.get("CI") === "true") throw new Error(text);
  console.error(`\n*** ${text} ***\n`);
  return false;
}

interface Disk extends AsyncDisposable {
  folder: string;
  /** Leaves so many bytes. */
  fill(leave: number): Promise<void>;
  makeRoom(): Promise<void>;
}

async function smallDisk(): Promise<Disk> {
  const folder = await Deno.makeTempDir({ prefix: "pulpo-disk-" });
  const command = async (name: string, ...args: string[]) => {
    const { success, stdout, stderr } = await new Deno.Command(name, { args }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  };
  await command("mount", "-t", "tmpfs", "-o", `size=${DISK_MB}m`, "tmpfs", folder);
  const filler = `${folder}/somebody-elses-file`;
  return {
    folder,
    async fill(leave) {
      const free = Number((await command("df", "--output=avail", "-B1", folder)).split("\n")[1]);
      const file = await Deno.open(filler, { append: true, create: true });
      try {
        for (let left = free - leave; left > 0; left -= MB) await file.write(new Uint8Array(Math.min(left, MB)));
      } catch {
        /* full is full */
      } finally {
        file.close();
      }
    },
    makeRoom: () => Deno.remove(filler),
    async [Symbol.asyncDispose]() {
      await command("umount", "-l", folder);
      await Deno.remove(folder);
    },
  };
}

/** A server with its data on the disk, and a channel to write to. */
async function serverOn(disk: Disk, floorBytes: number) {
  const dataDir = `${disk.folder}/data`, template = await copyOfTemplate();
  await copyFolder(template, dataDir);
  await Deno.remove(template, { recursive: true });
  const app = await createTestApp({ dataDir, settings: { "disk-floor-bytes": String(floorBytes) } });
  const { access } = await app.owner();
  const { body } = await app.call("POST", "/channels", { token: access, body: { name: "disk" } });
  const path = `/channels/${body.id}/messages`;
  return {
    app,
    send: (content: string) => app.call("POST", path, { token: access, body: { content } }),
    async texts(): Promise<string[]> {
      const { body } = await app.call("GET", path, { token: access });
      return body.items.map((message: { content: string }) => message.content);
    },
  };
}

const live = (app: TestApp) => app.call("GET", "//health/live");

const ignore = !canMount();

Deno.test({ name: "almost full: writes are refused in time, reads go on, and it ends by itself", ignore }, async () => {
  await using disk = await smallDisk();
  const { app, send, texts } = await serverOn(disk, FLOOR_MB * MB);
  await using _ = app;
  assert.equal((await send("before")).status, 201);
  await disk.fill(FLOOR_MB / 2 * MB);
  await until(() => app.app.db.state === "read_only", { timeoutMs: 30_000 });
  const refused = await send("no");
  assert.deepEqual([refused.status, refused.body.code], [503, "unavailable"], refused.text);
  assert.match(refused.body.detail, /disk is almost full/);
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
  assert.ok((await texts()).includes("before"), "reading goes on");
  await until(async () => (await app.call("GET", "//health")).body.services.database.status === "degraded");
  assert.equal((await live(app)).status, 200);

  await disk.makeRoom();
  await until(async () => (await send("room again")).status === 201, { timeoutMs: 30_000 });
  assert.ok((await texts()).includes("room again"));
});

Deno.test({
  name: "full: the engine stops, live says so, and with room it goes on with all that was acknowledged",
  ignore,
}, async () => {
  await using disk = await smallDisk();
  const { app, send, texts } = await serverOn(disk, 0);
  await using _ = app;
  const acknowledged: string[] = [];
  const sendNext = async () => {
    const text = `message ${acknowledged.length + 1}`;
    const { status } = await send(text);
    if (status === 201) acknowledged.push(text);
    return status;
  };
  for (let n = 0; n < 20; n++) assert.equal(await sendNext(), 201);
  await disk.fill(0);
  // Every attempt ends the engine, which then comes back for reading: what it says of itself meanwhile is the truth.
  const seen = new Set<string>();
  await until(async () => {
    seen.add(`write ${await sendNext()}`);
    const answer = await live(app);
    seen.add(`live ${answer.status} ${answer.body.status}`);
    if (answer.status === 503) assert.ok(Number(answer.headers.get("retry-after")) > 0);
    return seen.has("live 503 down") && seen.has("write 503");
  }, { timeoutMs: 60_000, everyMs: 1 });

  await disk.makeRoom();
  await until(async () => (await app.call("GET", "//health/ready")).status === 200, { timeoutMs: 60_000 });
  assert.equal((await live(app)).status, 200);
  const found = new Set(await texts());
  assert.deepEqual(acknowledged.slice(-40).filter((text) => !found.has(text)), []);
  assert.equal(await sendNext(), 201);
});
