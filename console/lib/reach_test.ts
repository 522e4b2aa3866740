import assert from "node:assert/strict";
import { isLoopback } from "./reach.ts";

Deno.test("reach: addresses of the machine itself, however they are written, and none besides", () => {
  const own = [
    "localhost",
    "LOCALHOST:8080",
    "app.localhost",
    "localhost.",
    "127.0.0.1:1",
    "127.1",
    "2130706433",
    "[::1]:9",
  ];
  for (const host of [...own, "0.0.0.0", "[::ffff:127.0.0.1]"]) assert.ok(isLoopback(`http://${host}/register`), host);
  const others = ["192.168.1.7", "pulpo.example", "localhost.example", "127.example", "[fe80::1]", "[2001:db8::1]"];
  for (const host of others) assert.ok(!isLoopback(`https://${host}/localhost`), host);
  assert.ok(!isLoopback("Xy7-secret"));
  assert.ok(!isLoopback(""));
});
