// What tests of one-time codes have in common. Codes are read where people read them: in the server's log (PULPO_SMS=log).
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import type { Person, TestApp } from "./test_app.ts";
import { until } from "./wait.ts";

export const MINUTE = 60_000;

/** Time that a test moves. */
export function clock() {
  let at = Date.now();
  return { now: () => new Date(at), forward: (ms: number) => void (at += ms) };
}

/** Codes that the log has shown for this number, oldest first. */
export function codesFor(t: TestApp, phone: string): string[] {
  return t.logs.flatMap((line) => {
    const { message } = JSON.parse(line) as { message: string };
    return message.startsWith(`text message to ${phone}: `) ? [/\b\d{6}\b/.exec(message)![0]] : [];
  });
}

export const nextCode = async (t: TestApp, phone: string, before: number) =>
  await until(() => codesFor(t, phone)[before], { what: `a code for ${phone}` });

export const ask = (t: TestApp, phone: string) => t.call("POST", "/auth/request-otp", { body: { phone } });
export const verify = (t: TestApp, phone: string, code: string, more = {}) =>
  t.call("POST", "/auth/verify-otp", { body: { phone, code, ...more } });

/** Asks for a code and reads it. */
export async function getCode(t: TestApp, phone: string): Promise<string> {
  const before = codesFor(t, phone).length;
  const asked = await ask(t, phone);
  assert.equal(asked.status, 202, asked.text);
  return await nextCode(t, phone, before);
}

export async function addPhone(t: TestApp, person: Person, phone: string): Promise<void> {
  const before = codesFor(t, phone).length;
  const asked = await t.call("POST", "/auth/phone", { token: person.access, body: { phone } });
  assert.deepEqual([asked.status, asked.body], [202, { expires_in: 300, retry_after: 30 }], asked.text);
  const code = await nextCode(t, phone, before);
  const added = await t.call("POST", "/auth/phone/verify", { token: person.access, body: { phone, code } });
  assert.equal(added.status, 200, added.text);
  assert.equal(added.body.phone, phone);
}

/** Six digits that are not these. */
export const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, "0");

/** Waits until the jobs of all codes so far have run. */
export const settled = (t: TestApp) =>
  until(async () =>
    (await t.app.db.one<{ n: number }>(sql`
      select count(*) as n from pgboss.job where name = 'accounts.send_code' and state not in ('completed', 'failed')`))
      .n === 0
  );
