// Codes by time against the vectors of RFC 6238 (the last six of their eight digits) and RFC 4648.
import assert from "node:assert/strict";
import { base32, codeOfStep, newTotpSecret, otpauthUrl, stepOf, stepOfCode } from "./totp.ts";

const KEY = new TextEncoder().encode("12345678901234567890");
const at = (seconds: number) => new Date(seconds * 1000);

Deno.test("totp: the vectors of RFC 6238, appendix B", () => {
  const vectors: [number, string][] = [
    [59, "287082"],
    [1111111109, "081804"],
    [1111111111, "050471"],
    [1234567890, "005924"],
    [2000000000, "279037"],
    [20000000000, "353130"],
  ];
  for (const [seconds, code] of vectors) {
    assert.equal(codeOfStep(KEY, stepOf(at(seconds))), code);
    assert.equal(stepOfCode(KEY, code, at(seconds), 0), stepOf(at(seconds)));
  }
});

Deno.test("totp: one step early and late, no further, and no step twice", () => {
  const now = at(1_800_000_000), step = stepOf(now);
  for (const near of [step - 1, step, step + 1]) assert.equal(stepOfCode(KEY, codeOfStep(KEY, near), now, 0), near);
  for (const far of [step - 2, step + 2]) assert.equal(stepOfCode(KEY, codeOfStep(KEY, far), now, 0), undefined);
  assert.equal(stepOfCode(KEY, codeOfStep(KEY, step), now, step), undefined);
  assert.equal(stepOfCode(KEY, codeOfStep(KEY, step - 1), now, step), undefined);
  assert.equal(stepOfCode(KEY, codeOfStep(KEY, step + 1), now, step), step + 1);
  const code = codeOfStep(KEY, step);
  assert.equal(stepOfCode(KEY, `${code.slice(0, 3)} ${code.slice(3)}`, now, 0), step, "as apps show it");
  for (const wrong of ["", "12345", code + "0", "0".repeat(10_000)]) {
    assert.equal(stepOfCode(KEY, wrong, now, 0), undefined);
  }
});

Deno.test("totp: base32 as RFC 4648 has it, and the address of the QR code", () => {
  const vectors = {
    "": "",
    f: "MY",
    fo: "MZXQ",
    foo: "MZXW6",
    foob: "MZXW6YQ",
    fooba: "MZXW6YTB",
    foobar: "MZXW6YTBOI",
  };
  for (const [text, expected] of Object.entries(vectors)) {
    assert.equal(base32(new TextEncoder().encode(text)), expected);
  }
  const secret = newTotpSecret();
  assert.equal(base32(secret).length, 32);
  const url = new URL(otpauthUrl({ issuer: "Casa: del Mar & Co", account: "ana@example.org", secret }));
  assert.equal(url.protocol, "otpauth:");
  assert.match(url.href, /^otpauth:\/\/totp\/Casa%20%20del%20Mar%20%26%20Co:ana%40example\.org\?/);
  assert.equal(url.searchParams.get("secret"), base32(secret));
  assert.equal(url.searchParams.get("issuer"), "Casa  del Mar & Co");
  assert.doesNotMatch(url.search, /\+/);
});
