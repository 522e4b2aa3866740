import assert from "node:assert/strict";
import { isBlank } from "./texts.ts";

Deno.test("what shows nothing is blank", () => {
  const invisible = [
    0x20,
    0xa0,
    0xad,
    0x34f,
    0x61c,
    0x115f,
    0x17b4,
    0x180e,
    0x2000,
    0x200b,
    0x200d,
    0x200e,
    0x2028,
    0x202e,
  ];
  for (
    const point of [
      ...invisible,
      0x2060,
      0x2064,
      0x2800,
      0x3000,
      0x3164,
      0xfe0f,
      0xfeff,
      0xffa0,
      0xe0041,
      0xe0100,
      0x7,
      0xa,
    ]
  ) {
    assert.ok(isBlank(String.fromCodePoint(point).repeat(3)), point.toString(16));
  }
  assert.ok(isBlank(""));
  assert.ok(isBlank(" \u200b\u3164\n\ufeff".repeat(3000)));
});

Deno.test("what shows anything is not", () => {
  for (const text of [".", "\u200b.", "👍", "❤\ufe0f", "好", "\u0301", "ا", "—", "\ue000"]) {
    assert.ok(!isBlank(text), text);
  }
});
