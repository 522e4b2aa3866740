// A push service and the browsers behind it, for tests: takes pushes over a real socket, checks the server's signature
// (RFC 8292) and decrypts as a browser does (RFC 8291), with code of its own.
import { decodeProtectedHeader, importJWK, jwtVerify } from "jose";

const B64 = { alphabet: "base64url", omitPadding: true } as const;
export const b64 = (bytes: Uint8Array) => bytes.toBase64(B64);
export const unb64 = (text: string) => Uint8Array.fromBase64(text, { alphabet: "base64url" });

export interface ReceivedPush {
  path: string;
  headers: Record<string, string>;
  /** What the browser reads. */
  // deno-lint-ignore no-explicit-any
  data: any;
  text: string;
  /** Claims of the server's token. */
  claims: Record<string, unknown>;
}

export interface PushBrowser {
  /** PushSubscription.toJSON(). */
  subscription: { endpoint: string; keys: { p256dh: string; auth: string } };
  path: string;
}

export interface PushService extends AsyncDisposable {
  origin: string;
  pushes: ReceivedPush[];
  /** Requests, also refused ones. */
  attempts: number;
  /** How a path answers instead of 201. */
  answers: Map<string, () => Response>;
  /** Why a request was wrong; empty in the end. */
  complaints: string[];
  browser(serverKey: string): Promise<PushBrowser>;
}

const P256 = { name: "ECDH", namedCurve: "P-256" } as const;

export function startPushService(): PushService {
  const keys = new Map<string, { pair: CryptoKeyPair; auth: Uint8Array<ArrayBuffer>; serverKey: string }>();
  const state = {
    pushes: [] as ReceivedPush[],
    attempts: 0,
    answers: new Map<string, () => Response>(),
    complaints: [] as string[],
  };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    state.attempts++;
    const path = new URL(request.url).pathname;
    const body = new Uint8Array(await request.arrayBuffer());
    const refusal = state.answers.get(path)?.();
    if (refusal) return refusal;
    const known = keys.get(path);
    if (!known) return new Response(null, { status: 410 });
    try {
      const headers = Object.fromEntries(request.headers);
      if (request.method !== "POST" || headers["content-encoding"] !== "aes128gcm") throw new Error("not a push");
      const claims = await verifyVapid(headers.authorization ?? "", known.serverKey);
      const raw = await crypto.subtle.exportKey("raw", known.pair.publicKey);
      const plain = await decryptPush(body, known.pair.privateKey, new Uint8Array(raw), known.auth);
      const text = new TextDecoder().decode(plain);
      state.pushes.push({ path, headers, text, data: JSON.parse(text), claims });
      return new Response(null, { status: 201 });
    } catch (error) {
      state.complaints.push(String(error));
      return new Response(String(error), { status: 400 });
    }
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  return Object.assign(state, {
    origin,
    async browser(serverKey: string) {
      const pair = await crypto.subtle.generateKey(P256, true, ["deriveBits"]) as CryptoKeyPair;
      const auth = crypto.getRandomValues(new Uint8Array(16));
      const path = `/push/${crypto.randomUUID()}`;
      keys.set(path, { pair, auth, serverKey });
      const p256dh = b64(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
      return { path, subscription: { endpoint: origin + path, keys: { p256dh, auth: b64(auth) } } };
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  });
}

/** @throws when the header is not what RFC 8292 asks for */
async function verifyVapid(header: string, serverKey: string): Promise<Record<string, unknown>> {
  const found = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(header);
  if (!found) throw new Error(`no VAPID header: ${header}`);
  if (found[2] !== serverKey) throw new Error("another key than the browser subscribed with");
  if (decodeProtectedHeader(found[1]!).alg !== "ES256") throw new Error("not ES256");
  const point = unb64(serverKey);
  const key = await importJWK({
    kty: "EC",
    crv: "P-256",
    x: b64(point.slice(1, 33)),
    y: b64(point.slice(33)),
  }, "ES256");
  return (await jwtVerify(found[1]!, key, { clockTolerance: "400 days" })).payload;
}

/** RFC 8291 section 3.4 and RFC 8188, from the browser's side. */
export async function decryptPush(
  body: Uint8Array<ArrayBuffer>,
  privateKey: CryptoKey,
  publicKey: Uint8Array<ArrayBuffer>,
  auth: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const salt = body.slice(0, 16);
  const keyLength = body[20]!;
  const senderKey = body.slice(21, 21 + keyLength);
  const sealed = body.slice(21 + keyLength);
  const text = (value: string) => [...new TextEncoder().encode(value)];
  const sender = await crypto.subtle.importKey("raw", senderKey, P256, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: sender }, privateKey, 256);
  const hmac = async (key: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>) => {
    const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", imported, data));
  };
  const first = await hmac(auth, new Uint8Array(shared));
  const ikm = await hmac(first, Uint8Array.from([...text("WebPush: info\0"), ...publicKey, ...senderKey, 1]));
  const prk = await hmac(salt, ikm);
  const cek = (await hmac(prk, Uint8Array.from([...text("Content-Encoding: aes128gcm\0"), 1]))).slice(0, 16);
  const iv = (await hmac(prk, Uint8Array.from([...text("Content-Encoding: nonce\0"), 1]))).slice(0, 12);
  const key = await crypto.subtle.importKey("raw", cek, "AES-GCM", false, ["decrypt"]);
  const padded = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed));
  let end = padded.length - 1;
  while (end > 0 && padded[end] === 0) end--;
  if (padded[end] !== 2) throw new Error("not the last record");
  return padded.slice(0, end);
}
