// The journal of commands: once, whatever breaks, and bounded.
import assert from "node:assert/strict";
import { newId } from "../kernel/ids.ts";
import { Journal, type Result } from "./journal.ts";

async function withFolder(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await body(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("journal: a command is carried out once, also when it comes twice at a time and after a restart", () =>
  withFolder(async (dir) => {
    let runs = 0;
    const work = async (): Promise<Result> => {
      await new Promise((done) => setTimeout(done, 5));
      return { ok: true, data: ++runs };
    };
    const id = newId();
    const first = await Journal.open(dir);
    const answers = await Promise.all([first.once(id, work), first.once(id, work)]);
    assert.deepEqual(answers, [{ ok: true, data: 1 }, { ok: true, data: 1 }]);
    await first.close();
    const second = await Journal.open(dir);
    assert.deepEqual(await second.once(id, work), { ok: true, data: 1 });
    assert.equal(runs, 1);
    await second.close();
    assert.equal(Deno.statSync(`${dir}/journal.ndjson`).mode! & 0o777, 0o600);
  }));

Deno.test("journal: what had begun when the process died, or is half written, is not begun again", () =>
  withFolder(async (dir) => {
    const [begun, next] = [newId(), newId()];
    await Deno.writeTextFile(`${dir}/journal.ndjson`, `{"id":"${begun}"}\n{"id":"0199c2a`);
    const journal = await Journal.open(dir);
    const never = () => Promise.reject(new Error("begun again"));
    const answer = await journal.once(begun, never);
    assert.equal(!answer.ok && answer.error.code, "interrupted");
    assert.deepEqual(await journal.once(next, () => Promise.resolve({ ok: true, data: null })), {
      ok: true,
      data: null,
    });
    await journal.close();
    const again = await Journal.open(dir);
    assert.equal((await again.once(next, never)).ok, true);
    await again.close();
  }));

Deno.test("journal: what could not be written was not begun; what follows half a line is known all the same", () =>
  withFolder(async (dir) => {
    const [early, late] = [newId(), newId()];
    const journal = await Journal.open(dir);
    const { file } = journal as unknown as { file: Deno.FsFile };
    const write = file.write.bind(file);
    file.write = async (bytes) => {
      await write(bytes.subarray(0, 10));
      throw new Error("No space left on device");
    };
    const never = () => Promise.reject(new Error("carried out"));
    await assert.rejects(journal.once(early, never), /No space/);
    await assert.rejects(journal.once(early, never), /No space/, "told again: tried again");
    file.write = write;
    // Killed in the middle of the next one.
    void journal.once(late, () => new Promise(() => {}));
    while (!(await Deno.readTextFile(`${dir}/journal.ndjson`)).includes(late)) {
      await new Promise((go) => setTimeout(go, 5));
    }
    const again = await Journal.open(dir);
    const answer = await again.once(late, never);
    assert.equal(!answer.ok && answer.error.code, "interrupted");
    assert.equal((await again.once(early, () => Promise.resolve({ ok: true, data: null }))).ok, true);
    await again.close();
    await journal.close();
  }));

Deno.test("journal: it is bounded, and what it has forgotten is not carried out", () =>
  withFolder(async (dir) => {
    const ids = Array.from({ length: 1200 }, newId);
    const lines = ids.map((id) => JSON.stringify({ id, result: { ok: true, data: null } }) + "\n");
    await Deno.writeTextFile(`${dir}/journal.ndjson`, lines.join(""));
    const journal = await Journal.open(dir);
    assert.equal(journal.size, 1000);
    const never = () => Promise.reject(new Error("carried out"));
    const old = await journal.once(ids[0]!, never);
    assert.equal(!old.ok && old.error.code, "forgotten");
    assert.equal((await journal.once(ids[1199]!, never)).ok, true);
    const long = await journal.once(newId(), () => Promise.resolve({ ok: true, data: "x".repeat(100_000) }));
    assert.equal(long.ok, true, "told once");
    await journal.close();
    assert.ok(Deno.statSync(`${dir}/journal.ndjson`).size < 200_000);
  }));
