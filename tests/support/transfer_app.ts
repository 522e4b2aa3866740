// What the tests of imports and exports share: uploading an archive, waiting for the end of a run, reading what came out.
import assert from "node:assert/strict";
import { storeBytes } from "../../features/media/mod.ts";
import type { Channel, Message } from "../../protocol/chat/chat.ts";
import type { ExportRun, ImportRun } from "../../protocol/operation/transfer.ts";
import { type ArchiveContent, zipOf } from "./transfer_archives.ts";
import type { Person, TestApp } from "./test_app.ts";
import { until } from "./wait.ts";

export async function upload(
  t: TestApp,
  owner: Person,
  content: ArchiveContent | Uint8Array,
  filename = "export.zip",
): Promise<string> {
  const bytes = content instanceof Uint8Array ? content : await zipOf(content);
  const organization = (await t.call("GET", "/auth/me", { token: owner.access })).body.organization.id;
  return (await storeBytes(t.app, organization, owner.id, { filename }, bytes)).id;
}

const ENDS = ["done", "failed", "cancelled"];

export async function importArchive(t: TestApp, owner: Person, body: object): Promise<ImportRun> {
  const started = await t.call("POST", "/admin/imports", { token: owner.access, body });
  assert.equal(started.status, 202, started.text);
  return await until(async () => {
    const run = (await t.call("GET", `/admin/imports/${started.body.id}`, { token: owner.access })).body as ImportRun;
    return ENDS.includes(run.status) ? run : undefined;
  }, { timeoutMs: 60_000, what: "the import's end" });
}

export async function exportAll(t: TestApp, owner: Person, body: object): Promise<ExportRun> {
  const started = await t.call("POST", "/admin/exports", { token: owner.access, body });
  assert.equal(started.status, 202, started.text);
  return await until(async () => {
    const run = (await t.call("GET", `/admin/exports/${started.body.id}`, { token: owner.access })).body as ExportRun;
    return ENDS.includes(run.status) ? run : undefined;
  }, { timeoutMs: 60_000, what: "the export's end" });
}

export async function channelsOf(t: TestApp, token: string, query = ""): Promise<Channel[]> {
  const answer = await t.call("GET", `/channels?limit=200${query}`, { token });
  assert.equal(answer.status, 200, answer.text);
  return answer.body.items;
}

/** In their order. */
export async function messagesOf(t: TestApp, token: string, id: string): Promise<Message[]> {
  const answer = await t.call("GET", `/channels/${id}/messages?limit=200`, { token });
  assert.equal(answer.status, 200, answer.text);
  return (answer.body.items as Message[]).toSorted((a, b) => a.seq - b.seq);
}
