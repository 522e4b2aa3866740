import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { Outbox, Outgoing } from "./outbox.ts";
import { binaryFrame, deflatedFrame, textFrame } from "./ws_frames.ts";

/** A socket that keeps what is written. */
function fake() {
  const writes: Buffer[] = [];
  const socket = { destroyed: false, write: (bytes: Buffer) => writes.push(bytes) } as unknown as Socket;
  return { socket, writes };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const until = async (done: () => boolean) => {
  while (!done()) await turn();
};

Deno.test("what is due in one turn is one write, in order; readers of the same share its bytes", async () => {
  const outbox = new Outbox(), a = fake(), b = fake(), c = fake();
  const outs = [a, b, c].map(({ socket }) => new Outgoing(socket, outbox));
  for (const text of ["one", "two", "three"]) for (const out of outs) out.add(textFrame(text));
  outs[2]!.add(textFrame("more"));
  assert.equal(a.writes.length, 0, "not while the code still runs");
  await Promise.resolve();
  assert.deepEqual([a, b, c].map(({ writes }) => writes.length), [1, 1, 1]);
  assert.equal(a.writes[0]!.toString("latin1"), "\x81\x03one\x81\x03two\x81\x05three");
  assert.equal(a.writes[0], b.writes[0], "one buffer");
  assert.equal(c.writes[0]!.toString("latin1"), "\x81\x03one\x81\x03two\x81\x05three\x81\x04more");
  // Just written to: it waits a moment, and goes along with what comes meanwhile.
  outs[0]!.add(textFrame("four"));
  await Promise.resolve();
  outs[0]!.add(textFrame("five"));
  await until(() => a.writes.length > 1);
  assert.equal(a.writes[1]!.toString("latin1"), "\x81\x04four\x81\x04five");
  outbox.close();
});

Deno.test("flushing writes at once, and nothing twice", async () => {
  const outbox = new Outbox(), { socket, writes } = fake();
  const out = new Outgoing(socket, outbox);
  out.add(textFrame("last words"));
  assert.equal(out.bytes, 12);
  out.flush();
  assert.equal(writes.length, 1);
  assert.equal(out.bytes, 0);
  await Promise.resolve();
  assert.equal(writes.length, 1);
  outbox.close();
});

Deno.test("frames: lengths of 7, 16 and 64 bits, UTF-8, binary, compressed where that is shorter", () => {
  assert.equal(textFrame("año").toString("hex"), "8104" + Buffer.from("año").toString("hex"));
  assert.equal(textFrame("x".repeat(200)).subarray(0, 4).toString("hex"), "817e00c8");
  assert.equal(textFrame("x".repeat(70_000)).subarray(0, 10).toString("hex"), "817f0000000000011170");
  const bytes = new Uint8Array([1, 2, 3]);
  assert.equal(binaryFrame(bytes).toString("hex"), "8203010203");
  assert.equal(binaryFrame(bytes), binaryFrame(bytes));
  assert.equal(deflatedFrame("x".repeat(1000))[0], 0xc1);
  assert.equal(deflatedFrame("xyz")[0], 0x81, "too short to gain anything");
});
