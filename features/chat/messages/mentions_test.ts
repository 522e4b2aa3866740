import assert from "node:assert/strict";
import { findMentions } from "./mentions.ts";

Deno.test("names are found in the middle of writing without spaces, and in italics", () => {
  for (
    const text of [
      "你好@ana你好",
      "こんにちは@anaさん",
      "안녕@ana님",
      "สวัสดี@ana",
      "_@ana_",
      "__@ana__",
      "*_@ana_*",
      "(@ana)",
      "@ana,",
    ]
  ) assert.ok(findMentions(text).names.includes("ana"), text);
  assert.ok(findMentions("大家好@channel请看").channel);
  assert.ok(findMentions("_@here_").here);
});

Deno.test("addresses, paths and other names name nobody", () => {
  for (
    const text of [
      "bob@ana",
      "bob_@ana.org",
      "b__@ana",
      "5@ana",
      "é@ana",
      "/@ana",
      "x.@ana",
      "@@ana",
      "`@ana`",
      "почта@ana",
    ]
  ) {
    assert.deepEqual(findMentions(text).names, [], text);
  }
});
