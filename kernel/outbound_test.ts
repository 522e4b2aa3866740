import assert from "node:assert/strict";
import { addressKind } from "./addresses.ts";
import { isCallable, postOutbound, RefusedAddress } from "./outbound.ts";

const KINDS: [address: string, kind: string][] = [
  ["8.8.8.8", "public"],
  ["172.15.255.255", "public"],
  ["172.32.0.1", "public"],
  ["2606:4700::1111", "public"],
  ["127.0.0.1", "private"],
  ["127.255.255.254", "private"],
  ["0.0.0.0", "private"],
  ["10.1.2.3", "private"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.168.1.1", "private"],
  ["100.64.0.1", "private"],
  ["198.18.0.1", "private"],
  ["::1", "private"],
  ["::", "private"],
  ["fc00::1", "private"],
  ["fd12:3456::1", "private"],
  ["::ffff:127.0.0.1", "private"],
  ["::ffff:7f00:1", "private"],
  ["[::ffff:10.0.0.1]", "private"],
  ["::127.0.0.1", "private"],
  ["64:ff9b::7f00:1", "private"],
  ["2002:7f00:1::", "private"],
  ["2001:db8::1", "private"],
  ["169.254.169.254", "forbidden"],
  ["169.254.0.1", "forbidden"],
  ["::ffff:169.254.169.254", "forbidden"],
  ["64:ff9b::a9fe:a9fe", "forbidden"],
  ["2002:a9fe:a9fe::1", "forbidden"],
  ["fe80::1", "forbidden"],
  ["fe80::1%eth0", "forbidden"],
  ["febf::1", "forbidden"],
  ["fd00:ec2::254", "forbidden"],
  ["100.100.100.200", "forbidden"],
  ["224.0.0.1", "forbidden"],
  ["255.255.255.255", "forbidden"],
  ["240.0.0.1", "forbidden"],
  ["ff02::1", "forbidden"],
  ["4000::1", "forbidden"],
  ["not an address", "forbidden"],
  ["1.2.3.4.5", "forbidden"],
  ["1.2.3.999", "forbidden"],
  [":::", "forbidden"],
];

for (const [address, kind] of KINDS) {
  Deno.test(`address ${address} is ${kind}`, () => assert.equal(addressKind(address), kind));
}

const REFUSED_URLS = [
  "http://127.0.0.1/",
  "http://2130706433/",
  "http://0x7f000001/",
  "http://0177.0.0.1/",
  "http://127.1/",
  "http://[::1]/",
  "http://[::ffff:127.0.0.1]/",
  "http://localhost/",
  "http://0/",
  "http://10.0.0.1/",
  "http://１２７.0.0.1/",
];
const ALWAYS_REFUSED_URLS = [
  "http://169.254.169.254/latest/meta-data/",
  "http://2852039166/",
  "http://0xa9fea9fe/",
  "http://[::ffff:169.254.169.254]/",
  "http://[fe80::1]/",
  "http://224.0.0.1/",
  "ftp://127.0.0.1/",
];

const post = (url: string, allowPrivate: boolean, more: { timeoutMs?: number } = {}) =>
  postOutbound({
    url,
    headers: {},
    body: "{}",
    timeoutMs: more.timeoutMs ?? 5000,
    maxResponseBytes: 1024,
    allowPrivate,
  });

for (const url of REFUSED_URLS) {
  Deno.test(`outbound refuses ${url} when private addresses are denied`, async () => {
    await assert.rejects(post(url, false), RefusedAddress);
  });
}
for (const url of ALWAYS_REFUSED_URLS) {
  Deno.test(`outbound always refuses ${url}`, async () => {
    await assert.rejects(post(url, true), RefusedAddress);
  });
}

Deno.test("outbound: forms of allowed addresses", () => {
  assert.equal(isCallable("10.0.0.1", true), true);
  assert.equal(isCallable("10.0.0.1", false), false);
  assert.equal(isCallable("8.8.8.8", false), true);
  assert.equal(isCallable("169.254.169.254", true), false);
});

Deno.test("outbound: no redirect is followed and the answer is cut", async () => {
  const paths: string[] = [];
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    paths.push(pathname);
    if (pathname === "/moved") return new Response(null, { status: 302, headers: { location: "/secret" } });
    if (pathname === "/large") return new Response("x".repeat(1_000_000));
    return new Response("ok", { status: 201 });
  });
  const at = (path: string) => `http://localhost:${server.addr.port}${path}`;
  assert.deepEqual(await post(at("/"), true), { status: 201, body: "ok", retryAfter: null });
  assert.equal((await post(at("/moved"), true)).status, 302);
  const large = await post(at("/large"), true);
  assert.equal(large.body.length, 1024);
  assert.deepEqual(paths, ["/", "/moved", "/large"]);
});

Deno.test("outbound: a server that never answers ends in time", async () => {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const open = listener.accept();
  await assert.rejects(post(`http://127.0.0.1:${listener.addr.port}/`, true, { timeoutMs: 300 }), /in time/);
  (await open).close();
});
