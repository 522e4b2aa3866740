import assert from "node:assert/strict";
import { KeyedQueue } from "./keyed_queue.ts";

Deno.test("keyed queue: one after the other per key, side by side across keys, failures do not stop it", async () => {
  const queue = new KeyedQueue(10);
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = queue.run("a", async () => {
    await gate.promise;
    order.push("a1");
    throw new Error("a1 failed");
  });
  const second = queue.run("a", () => Promise.resolve(void order.push("a2")));
  await queue.run("b", () => Promise.resolve(void order.push("b1")));
  assert.deepEqual(order, ["b1"]);
  gate.resolve();
  await assert.rejects(first, /a1 failed/);
  await second;
  assert.deepEqual(order, ["b1", "a1", "a2"]);
});

Deno.test("keyed queue: bounded per key", async () => {
  const queue = new KeyedQueue(1);
  const gate = Promise.withResolvers<void>();
  const running = queue.run("a", () => gate.promise);
  const waiting = queue.run("a", () => Promise.resolve());
  await assert.rejects(queue.run("a", () => Promise.resolve()), /rate_limited/);
  gate.resolve();
  await Promise.all([running, waiting]);
  await queue.run("a", () => Promise.resolve());
});
