import assert from "node:assert/strict";
import { AppError } from "../kernel/errors.ts";
import { silentLogger } from "../kernel/log.ts";
import { createPasswordHasher } from "./passwords.ts";

function hasher(options: { cost?: number; maxWaiting?: number } = {}) {
  const made = createPasswordHasher({ log: silentLogger, cost: 4, ...options });
  return Object.assign(made, { [Symbol.dispose]: () => made.close() });
}

Deno.test("passwords: the right one passes, others do not", async () => {
  using passwords = hasher();
  const hash = await passwords.hash("correct horse", "account");
  assert.match(hash, /^\$2[ab]\$04\$/);
  assert.equal(await passwords.verify("correct horse", hash, "sign_in"), true);
  assert.equal(await passwords.verify("correct horsf", hash, "sign_in"), false);
  assert.equal(await passwords.verify("correct horse", null, "sign_in"), false);
  assert.notEqual(await passwords.hash("correct horse", "account"), hash);
});

Deno.test("passwords: the product's cost is 12", async () => {
  const passwords = createPasswordHasher({ log: silentLogger });
  assert.match(await passwords.hash("x", "account"), /^\$2[ab]\$12\$/);
  passwords.close();
});

Deno.test("passwords: every byte counts beyond 72, and zero bytes do not end it", async () => {
  using passwords = hasher();
  const long = "a".repeat(72);
  const hash = await passwords.hash(long + "b", "account");
  assert.equal(await passwords.verify(long + "b", hash, "sign_in"), true);
  assert.equal(await passwords.verify(long + "c", hash, "sign_in"), false);
  assert.equal(await passwords.verify(long, hash, "sign_in"), false);
  const zero = await passwords.hash("abc\0def", "account");
  assert.equal(await passwords.verify("abc\0def", zero, "sign_in"), true);
  assert.equal(await passwords.verify("abc", zero, "sign_in"), false);
  assert.equal(await passwords.verify("abc\0xyz", zero, "sign_in"), false);
});

Deno.test("passwords: composed and decomposed letters are the same", async () => {
  using passwords = hasher();
  const hash = await passwords.hash("contrase\u00f1a larga", "account");
  assert.equal(await passwords.verify("contrasen\u0303a larga", hash, "sign_in"), true);
});

Deno.test("passwords: a full queue refuses with a time to come back", async () => {
  using passwords = hasher({ maxWaiting: 2 });
  const results = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => passwords.hash(`p${n}`, "account")));
  const refused = results.flatMap((r) => r.status === "rejected" ? [r.reason] : []);
  assert.equal(refused.length, 2);
  for (const error of refused) {
    assert.ok(error instanceof AppError && error.code === "rate_limited" && error.retryAfterSeconds! >= 1);
  }
});

Deno.test("passwords: a flood of one lane neither refuses nor starves another", async () => {
  using passwords = hasher({ maxWaiting: 20 });
  const known = await passwords.hash("right", "account");
  const order: string[] = [];
  const note = (name: string) => (error?: unknown) => {
    order.push(error instanceof AppError ? `${name} refused` : name);
  };
  const flood = Array.from(
    { length: 40 },
    () => passwords.verify("guess", known, "sign_in").then(() => note("flood")(), note("flood")),
  );
  const others = [
    passwords.hash("a new person", "register").then(() => note("register")(), note("register")),
    passwords.verify("right", known, "known").then((right) => note(`known ${right}`)()),
    passwords.hash("a new password", "account").then(() => note("account")(), note("account")),
  ];
  await Promise.all(others);
  const done = order.filter((name) => name === "flood").length;
  assert.deepEqual(order.filter((name) => !name.startsWith("flood")).sort(), ["account", "known true", "register"]);
  assert.ok(done <= 4, `${done} of the flood came first`);
  await Promise.all(flood);
  assert.equal(order.filter((name) => name === "flood refused").length, 19);
});

Deno.test("passwords: a hash that is none is an error of the program, and the worker goes on", async () => {
  using passwords = hasher();
  await assert.rejects(passwords.verify("x", "not a hash", "sign_in"));
  assert.match(await passwords.hash("x", "account"), /^\$2/);
});

Deno.test("passwords: closing refuses what waits", async () => {
  const passwords = hasher();
  const waiting = Promise.allSettled([passwords.hash("a", "account"), passwords.hash("b", "account")]);
  passwords.close();
  for (const result of await waiting) assert.equal(result.status, "rejected");
});

Deno.test("passwords: a worker that dies fails its job only; the next ones get a new worker", async () => {
  const script = `self.onmessage = ({ data }) => {
    if (data.password === "die") throw new Error("out of memory");
    self.postMessage({ id: data.id, ok: true, result: "hash of " + data.password });
  };`;
  let started = 0;
  const passwords = createPasswordHasher({
    log: silentLogger,
    startWorker() {
      started++;
      return new Worker(`data:text/javascript,${encodeURIComponent(script)}`, { type: "module" });
    },
  });
  const [one, two, three] = await Promise.allSettled(["a", "die", "b"].map((p) => passwords.hash(p, "account")));
  assert.deepEqual(one, { status: "fulfilled", value: "hash of a" });
  assert.ok(two?.status === "rejected" && two.reason instanceof AppError && two.reason.code === "unavailable");
  assert.deepEqual(three, { status: "fulfilled", value: "hash of b" });
  assert.equal(started, 2);
  passwords.close();
});
