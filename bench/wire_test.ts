// The load readers' own parser: it must count right however the bytes are cut.
import assert from "node:assert/strict";
import { clientFrame, MessageCounter, nowMicros, stamp } from "./wire.ts";

/** A server frame (unmasked). */
function frame(opcode: number, text: string): number[] {
  const payload = [...new TextEncoder().encode(text)];
  const n = payload.length;
  if (n < 126) return [0x80 | opcode, n, ...payload];
  if (n < 65536) return [0x80 | opcode, 126, n >> 8, n & 255, ...payload];
  return [0x80 | opcode, 127, 0, 0, 0, 0, (n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255, ...payload];
}

Deno.test("MessageCounter counts single and batched frames at every cut", () => {
  const one = JSON.stringify({ message: stamp() });
  const many = JSON.stringify(Array.from({ length: 300 }, () => ({ message: stamp(), pad: "x".repeat(230) })));
  const bytes = Uint8Array.from([
    ...frame(1, one),
    ...frame(9, "hi"),
    ...frame(1, "{}"),
    ...frame(1, many),
    ...frame(1, one),
    ...frame(8, "\x0f\xa0"),
  ]);
  for (const size of [1, 2, 3, 7, 126, 1000, bytes.length]) {
    const pings: string[] = [], codes: number[] = [];
    const counter = new MessageCounter(true, {
      onPing: (p) => pings.push(new TextDecoder().decode(p)),
      onClose: (c) => codes.push(c),
    });
    for (let at = 0; at < bytes.length; at += size) counter.push(bytes.subarray(at, at + size));
    assert.equal(counter.messages, 302, `cut into ${size}`);
    assert.equal(counter.bytes, bytes.length);
    assert.deepEqual(pings, ["hi"]);
    assert.equal(codes.length, 1);
  }
});

Deno.test("MessageCounter reads the age of a message from its stamp", () => {
  const ages: number[] = [];
  const counter = new MessageCounter(false, { onAge: (age) => ages.push(age) });
  const before = nowMicros();
  counter.push(new TextEncoder().encode(`data: {"message":"${stamp()}"}\n\n`));
  assert.equal(counter.messages, 1);
  assert.ok(ages[0]! >= 0 && ages[0]! <= nowMicros() - before + 1);
});

Deno.test("clientFrame is masked and final", () => {
  assert.deepEqual([...clientFrame(10, new Uint8Array([1, 2]))], [0x8a, 0x82, 0, 0, 0, 0, 1, 2]);
});
