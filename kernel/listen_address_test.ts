import assert from "node:assert/strict";
import { parseListenAddress } from "./listen_address.ts";

Deno.test("a port, host:port, [address]:port or a path; nothing else", () => {
  const at = (text: string) => parseListenAddress(text, "10.0.0.1");
  assert.deepEqual(at("8081"), { hostname: "10.0.0.1", port: 8081 });
  assert.deepEqual(at("localhost:0"), { hostname: "localhost", port: 0 });
  assert.deepEqual(at("[::1]:8081"), { hostname: "::1", port: 8081 });
  assert.deepEqual(at("/run/pulpo/ws.sock"), { path: "/run/pulpo/ws.sock" });
  assert.deepEqual(at("unix:/run/pulpo/ws.sock"), { path: "/run/pulpo/ws.sock" });
  for (const text of ["", "x", "65536", "a:b", "::1:80", "ws.sock", "/run/", "unix:ws.sock", "http://x:1", "-1"]) {
    assert.equal(at(text), undefined, text);
  }
});
