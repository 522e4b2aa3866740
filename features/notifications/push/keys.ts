// The installation's key pair for Web Push: made once, the same on all instances. The private half lies sealed in the
// database (AES-256-GCM under a key of PULPO_SECRET), so a dump of it is worth nothing. With another secret a new pair is made,
// and the subscriptions of the old one, which no service would take any more, go.
import { perApp } from "../../../kernel/per_app.ts";
import { base64url } from "../../../kernel/ids.ts";
import { sql } from "../../../db/sql.ts";
import type { App } from "../../context.ts";
import { fromBase64url, type ServerKeys } from "./crypto.ts";

const loaded = perApp((_app: App) => ({ keys: undefined as Promise<ServerKeys> | undefined }));
const ECDSA = { name: "ECDSA", namedCurve: "P-256" } as const;

/** Makes the pair when there is none. */
export function serverKeys(app: App): Promise<ServerKeys> {
  const own = loaded(app);
  if (own.keys) return own.keys;
  own.keys = load(app);
  own.keys.catch(() => own.keys = undefined);
  return own.keys;
}

interface KeyRow {
  public_key: string;
  sealed: string;
}

const stored = (app: App) => app.db.maybe<KeyRow>(sql`select public_key, sealed from push_keys where id = 1`);

async function load(app: App): Promise<ServerKeys> {
  const row = await stored(app);
  const opened = row && await open(app, row);
  if (opened) return opened;
  if (row) app.log.warn("the keys of Web Push belong to another PULPO_SECRET: browsers have to subscribe anew");
  const pair = await crypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]) as CryptoKeyPair;
  const publicKey = base64url(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
  const sealed = await seal(app, new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey)));
  await app.db.run(sql`
    insert into push_keys as k (id, public_key, sealed, created_at) values (1, ${publicKey}, ${sealed}, ${app.now()})
    on conflict (id) do update set public_key = excluded.public_key, sealed = excluded.sealed,
      created_at = excluded.created_at where k.public_key = ${row?.public_key ?? ""}`);
  // Another instance may have been faster.
  const now = await stored(app);
  const keys = now && await open(app, now);
  if (!keys) throw new Error("The keys of Web Push cannot be read.");
  await app.db.run(sql`delete from push_subscriptions where server_key <> ${keys.publicKey}`);
  return keys;
}

async function sealingKey(app: App): Promise<CryptoKey> {
  const raw = fromBase64url(await app.keys.mac("push_keys", "seal"));
  return await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function seal(app: App, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await sealingKey(app), bytes);
  return base64url(new Uint8Array([...iv, ...new Uint8Array(sealed)]));
}

/** Undefined when it was sealed with another secret. */
async function open(app: App, row: KeyRow): Promise<ServerKeys | undefined> {
  const bytes = fromBase64url(row.sealed);
  const key = await sealingKey(app);
  const raw = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.slice(0, 12) }, key, bytes.slice(12))
    .catch(() => undefined);
  if (!raw) return undefined;
  const signing = await crypto.subtle.importKey("pkcs8", raw, ECDSA, false, ["sign"]);
  return { publicKey: row.public_key, signing };
}
