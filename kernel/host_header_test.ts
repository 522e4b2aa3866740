import assert from "node:assert/strict";
import { isHost } from "./host_header.ts";

Deno.test("a Host header that would shift the path of the address is none", () => {
  for (const good of ["example.org", "example.org:8080", "[::1]:8080", "10.0.0.1", "müller.example", "", null]) {
    assert.ok(isHost(good), String(good));
  }
  for (const bad of ["a/b", "a?b", "a#b", "u@a", "a\\b", "a\x01b", "a b", "a\tb", "a\x7f", "x/metrics?"]) {
    assert.ok(!isHost(bad), bad);
  }
});
