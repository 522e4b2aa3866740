import assert from "node:assert/strict";
import { AppError } from "../kernel/errors.ts";
import { FifoLock } from "./fifo_lock.ts";

/** Asks for the lock and tells when it is granted. */
function ask(lock: FifoLock, exclusive: boolean, name: string, log: string[]): void {
  lock.acquire(exclusive).then(() => log.push(name), (error) => log.push(`${name} ${error.code}`));
}

const settle = () => new Promise((done) => setTimeout(done));

Deno.test("fifo lock: sharers together, one exclusive alone, in the order of asking", async () => {
  const lock = new FifoLock(), log: string[] = [];
  ask(lock, false, "s1", log);
  ask(lock, false, "s2", log);
  ask(lock, true, "x1", log);
  ask(lock, false, "s3", log); // behind x1, although it would fit now
  ask(lock, true, "x2", log);
  await settle();
  assert.deepEqual(log, ["s1", "s2"]);
  assert.ok(!lock.idle);
  lock.release(false);
  await settle();
  assert.deepEqual(log, ["s1", "s2"]);
  lock.release(false);
  await settle();
  assert.deepEqual(log.slice(2), ["x1"]);
  lock.release(true);
  await settle();
  assert.deepEqual(log.slice(3), ["s3"]);
  lock.release(false);
  await settle();
  assert.deepEqual(log.slice(4), ["x2"]);
  lock.release(true);
  assert.ok(lock.idle);
});

Deno.test("fifo lock: the queue is bounded, and can be refused as a whole", async () => {
  const lock = new FifoLock(), log: string[] = [];
  await lock.acquire(true);
  for (let i = 0; i < 10_000; i++) ask(lock, i % 2 === 0, "waiting", log);
  await assert.rejects(lock.acquire(false), (error) => error instanceof AppError && error.code === "unavailable");
  lock.refuseAll(new AppError("unavailable", "gone"));
  await settle();
  assert.equal(log.length, 10_000);
  assert.ok(log.every((line) => line === "waiting unavailable"));
  lock.release(true);
  await lock.acquire(true);
  lock.release(true);
});
