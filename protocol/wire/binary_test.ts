// The layout of binary frames, with bytes that are no frames.
import assert from "node:assert/strict";
import { binaryKind, decodeBinary, encodeBinary, seqUpTo } from "./binary.ts";

const frame = (...bytes: number[]) => Uint8Array.from(bytes);

Deno.test("binary frames: what was put in comes out, and the layout is the one of the document", () => {
  const payload = frame(1, 2, 3);
  const { bytes } = encodeBinary(7, "desk:ñ", 0xfffffffe, payload);
  assert.deepEqual([...bytes], [
    ...[1, 7, 7, ...new TextEncoder().encode("desk:ñ")],
    ...[0xff, 0xff, 0xff, 0xfe, 1, 2, 3],
  ]);
  const read = decodeBinary(bytes)!;
  assert.deepEqual([read.kind, read.channel, read.seq], [7, "desk:ñ", 0xfffffffe]);
  assert.deepEqual([...read.payload], [1, 2, 3]);
  assert.equal(read.payload.buffer, bytes.buffer, "nothing is copied");
  assert.equal(read.bytes, bytes);
});

Deno.test("binary frames: a view into a larger buffer, an empty payload, numbers that begin again", () => {
  const inner = encodeBinary(255, "c", 2 ** 32 + 5, frame());
  const outer = new Uint8Array(inner.bytes.length + 10);
  outer.set(inner.bytes, 5);
  const read = decodeBinary(outer.subarray(5, 5 + inner.bytes.length))!;
  assert.deepEqual([read.kind, read.channel, read.seq, read.payload.length], [255, "c", 5, 0]);
  assert.ok(seqUpTo(0xffffffff, 0) && seqUpTo(3, 3) && seqUpTo(1, 2) && !seqUpTo(2, 1) && !seqUpTo(0, 0xffffffff));
});

Deno.test("binary frames: bytes that are none", () => {
  const good = encodeBinary(1, "desk:1", 9, frame(1)).bytes;
  for (let cut = 0; cut < good.length - 1; cut++) {
    assert.equal(decodeBinary(good.slice(0, cut)), undefined, `${cut} bytes`);
  }
  const changed = (at: number, value: number) => {
    const bytes = good.slice();
    bytes[at] = value;
    return decodeBinary(bytes);
  };
  assert.equal(changed(0, 0), undefined, "another version");
  assert.equal(changed(0, 2), undefined);
  assert.equal(changed(2, 0), undefined, "no name");
  assert.equal(changed(2, 255), undefined, "a name longer than the frame");
  assert.equal(changed(3, 0xff), undefined, "not UTF-8");
  assert.equal(decodeBinary(frame(1, 1, 2, 0xc0, 0x80, 0, 0, 0, 0)), undefined, "an overlong NUL");
  assert.equal(decodeBinary(frame(1, 1, 3, 0xed, 0xa0, 0x80, 0, 0, 0, 0)), undefined, "half a surrogate");
  assert.equal(decodeBinary(frame(1, 1, 200, ...Array(200).fill(97), 0, 0, 0, 0)), undefined, "a name too long");
  assert.equal(binaryKind(frame()), undefined);
  assert.equal(binaryKind(frame(1)), undefined);
  for (let n = 0; n < 2000; n++) decodeBinary(crypto.getRandomValues(new Uint8Array(n % 300)));
});

Deno.test("binary frames: what cannot be encoded", () => {
  for (
    const [kind, channel] of [[-1, "c"], [256, "c"], [1.5, "c"], [1, ""], [1, "x".repeat(129)], [1, "漢".repeat(86)]]
  ) {
    assert.throws(() => encodeBinary(kind as number, channel as string, 0, frame()), RangeError);
  }
});
