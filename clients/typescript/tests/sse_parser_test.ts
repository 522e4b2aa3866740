import assert from "node:assert/strict";
import { SseParser } from "../src/engine/sse_parser.ts";

Deno.test("SSE: any split, comments, ids, several data lines, all line ends", () => {
  const text =
    ': hi\r\nid: 1\r\nevent: metrics\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata: two\n\nid: 3\n\nevent: none\n\ndata:three\r\r';
  const expected = [
    { id: "1", event: "metrics", data: '{"a":\n1}' },
    { id: "1", event: "message", data: "two" },
    { id: "3", event: "message", data: "three" },
  ];
  for (const size of [1, 2, 3, 7, 1000]) {
    const parser = new SseParser();
    const events = [];
    for (let i = 0; i < text.length; i += size) events.push(...parser.push(text.slice(i, i + size)));
    events.push(...parser.push("\n")); // shows that the lone CR before was a line end
    assert.deepEqual(events, expected, `pieces of ${size}`);
    assert.equal(parser.lastId, "3");
  }
});
