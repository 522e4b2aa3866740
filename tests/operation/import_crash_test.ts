// The command line and the crash: `pulpo import` through a running server that is killed (-9) in the middle, and that goes on
// by itself after its next start; then `pulpo export` without a server.
import assert from "node:assert/strict";
import { admin } from "../../cli/admin.ts";
import { readConfig } from "../../cli/settings.ts";
import type { Channel, Message } from "../../protocol/chat/chat.ts";
import type { ImportRun } from "../../protocol/operation/transfer.ts";
import { freePort, ownerToken, pulpo, startChild } from "../support/child_server.ts";
import { bigSlackExport, zipOf } from "../support/transfer_archives.ts";
import { until } from "../support/wait.ts";

const MESSAGES = 12_000;

Deno.test("an import survives kill -9 of the server: nothing is lost or doubled", async () => {
  const dir = await Deno.makeTempDir({ prefix: "pulpo-import-crash-" });
  const data = ["--data-dir", `${dir}/data`], env = { PULPO_DATA_DIR: `${dir}/data` }, port = freePort();
  await Deno.writeFile(`${dir}/slack.zip`, await zipOf(bigSlackExport(MESSAGES, 200)));
  let server = await startChild(env, port);
  try {
    let { access } = await ownerToken(server.url);
    const get = async <T>(path: string): Promise<T> => {
      const answer = await fetch(`${server.url}/api/v1${path}`, { headers: { authorization: `Bearer ${access}` } });
      return await answer.json();
    };
    const running = async () => (await get<{ items: ImportRun[] }>("/admin/imports")).items[0];
    const command = pulpo(["import", "slack", `${dir}/slack.zip`, ...data]);
    const before = await until(async () => {
      const run = await running();
      return run && (run.report?.counts.messages ?? 0) > 0 ? run : undefined;
    }, { timeoutMs: 120_000, what: "the first messages are in" });
    assert.equal(before.status, "running", "the import was too quick to be killed");
    await server.kill();
    assert.equal((await command).code, 1);
    // Nobody works on it now, and who asks is told so instead of waiting for ever.
    await assert.rejects(
      admin(await readConfig({ "data-dir": `${dir}/data` }), { name: "import status", flags: { id: before.id } }),
      /has stopped/,
    );

    server = await startChild(env, port);
    access = (await ownerToken(server.url)).access;
    const after = await until(async () => {
      const run = await running();
      return run && run.status !== "running" && run.status !== "queued" ? run : undefined;
    }, { timeoutMs: 240_000, everyMs: 200, what: "the import's end" });
    assert.equal(after.status, "done", after.error ?? "");
    assert.equal(after.report!.counts.messages, MESSAGES);
    const { items } = await get<{ items: Channel[] }>("/channels?limit=50");
    const imported = items.filter((c) => c.name?.startsWith("big-"));
    assert.equal(imported.length, 4);
    for (const channel of imported) {
      assert.equal(channel.member_count, 50);
      assert.equal(channel.is_member, false); // the owner of this server is nobody of that workspace
      assert.equal((channel.last_message as Message | null)?.seq ?? 0, 0); // and sees no messages before joining
    }
    assert.equal(await server.stop(), 0);

    // Without a server: the same archive again writes nothing, and the export counts what is there.
    const again = await pulpo(["import", "slack", `${dir}/slack.zip`, ...data]);
    assert.equal(again.code, 0, again.err);
    const written = await pulpo(["export", `${dir}/out.zip`, ...data]);
    assert.equal(written.code, 0, written.err);
    assert.match(written.out, /sha256: [0-9a-f]{64}/);
    const dry = await pulpo(["import", "pulpo", `${dir}/out.zip`, "--dry-run", ...data]);
    assert.equal(dry.code, 0, dry.err);
    assert.match(dry.out, new RegExp(`messages: ${MESSAGES}, ${MESSAGES / 10} of them replies`));
    assert.match(dry.out, /dry run: nothing was written/);
    assert.equal((await pulpo(["import", "slack", `${dir}/nothing.zip`, ...data])).code, 1);
    assert.equal((await pulpo(["import", "irc", `${dir}/slack.zip`, ...data])).code, 2);
  } finally {
    await server.kill().catch(() => {});
    await Deno.remove(dir, { recursive: true });
  }
});
