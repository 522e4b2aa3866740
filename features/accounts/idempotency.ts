// Results of creating requests, kept for 24 h for repeats with the same Idempotency-Key. Invariants: of several requests
// with one key, one runs; one that stopped half-way (60 s) may be taken over, and what was overtaken cannot write its
// result any more. Nothing readable is stored: the body only as a MAC, the answer (it may hold a token) encrypted with a
// key that needs the caller's Idempotency-Key, the body and the server's secret.
import { AppError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import { type Queryable, sql } from "../../db/sql.ts";
import type { App } from "../context.ts";

const KEEP_MS = 24 * 3600_000;
const TAKE_OVER_MS = 60_000;

export interface StoredAnswer {
  status: number;
  headers: [string, string][];
  body: string;
}

export interface IdempotentAttempt {
  /** The answer of the first request: send it again and run nothing. */
  answer?: StoredAnswer;
  /** Keeps the answer for repeats. */
  finish(answer: StoredAnswer): Promise<void>;
  /** The request did not succeed: the key may be used again. */
  forget(): Promise<void>;
}

interface KeyRow {
  request_mac: string;
  attempt: string;
  status: number | null;
  response: Uint8Array<ArrayBuffer> | null;
  started_at: Date;
}

/**
 * @param request.scope who calls what: keys of different callers and endpoints have nothing to do with each other
 * @throws AppError `idempotency_mismatch`, `idempotency_in_progress`
 */
export async function beginIdempotent(
  app: App,
  request: { scope: string; key: string; body: string },
): Promise<IdempotentAttempt> {
  const { scope } = request;
  const hash = await app.keys.mac("idempotency-key", JSON.stringify([scope, request.key]));
  const mac = await app.keys.mac("idempotency-body", request.body);
  const cipherKey = () => answerKey(app, JSON.stringify([scope, request.key, request.body]));
  const attempt = newId();
  const stored = await claim(app.db, { scope, hash, mac, attempt, now: app.now() });
  const mine = sql`scope = ${scope} and key_hash = ${hash} and attempt = ${attempt}`;
  return {
    answer: stored && await decrypt(await cipherKey(), stored),
    async finish(answer) {
      const response = await encrypt(await cipherKey(), answer);
      await app.db.run(
        sql`update idempotency_keys set status = ${answer.status}, response = ${response} where ${mine}`,
      );
    },
    async forget() {
      await app.db.run(sql`delete from idempotency_keys where ${mine}`);
    },
  };
}

/** Takes the key for this attempt, or returns the finished answer of an earlier one. */
async function claim(
  q: Queryable,
  c: { scope: string; hash: string; mac: string; attempt: string; now: Date },
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const inserted = await q.run(sql`insert into idempotency_keys (scope, key_hash, request_mac, attempt, started_at)
    values (${c.scope}, ${c.hash}, ${c.mac}, ${c.attempt}, ${c.now}) on conflict do nothing`);
  if (inserted > 0) return undefined;
  const row = await q.maybe<KeyRow>(sql`select request_mac, attempt, status, response, started_at from idempotency_keys
    where scope = ${c.scope} and key_hash = ${c.hash}`);
  if (!row) return await claim(q, c);
  const age = c.now.getTime() - row.started_at.getTime();
  if (age <= KEEP_MS) {
    if (row.request_mac !== c.mac) {
      throw new AppError("idempotency_mismatch", "This Idempotency-Key was used with another body. Use a new key.");
    }
    if (row.status !== null && row.response) return row.response;
    if (age <= TAKE_OVER_MS) throw inProgress();
  }
  const taken = await q.run(sql`update idempotency_keys
    set request_mac = ${c.mac}, attempt = ${c.attempt}, status = null, response = null, started_at = ${c.now}
    where scope = ${c.scope} and key_hash = ${c.hash} and attempt = ${row.attempt}`);
  if (taken === 0) throw inProgress();
  return undefined;
}

function inProgress(): AppError {
  return new AppError("idempotency_in_progress", "The first request with this Idempotency-Key is still running.", {
    retryable: true,
    retryAfterSeconds: 1,
  });
}

async function answerKey(app: App, text: string): Promise<CryptoKey> {
  const raw = Uint8Array.fromBase64(await app.keys.mac("idempotency-answer", text), { alphabet: "base64url" });
  return await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function encrypt(key: CryptoKey, answer: StoredAnswer): Promise<Uint8Array> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(answer));
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, plain));
  const out = new Uint8Array(iv.length + sealed.length);
  out.set(iv);
  out.set(sealed, iv.length);
  return out;
}

async function decrypt(key: CryptoKey, stored: Uint8Array<ArrayBuffer>): Promise<StoredAnswer> {
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: stored.slice(0, 12) }, key, stored.slice(12));
  return JSON.parse(new TextDecoder().decode(plain));
}
