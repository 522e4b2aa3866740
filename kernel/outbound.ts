// HTTP requests to addresses that people gave (webhooks): the guard against reaching what only this server can reach.
// Invariants:
//  - the name is resolved here, every address it has is checked, and the connection goes to one of exactly those (the
//    socket's own look-up is replaced), so a name that changes between check and use gains nothing; TLS still verifies the
//    certificate against the name;
//  - redirects are not followed, the answer's body is read up to a limit, and the whole exchange ends after `timeoutMs`;
//  - decimal, octal and hexadecimal host forms are made ordinary by the URL parser before they are checked.
import { lookup } from "node:dns/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { addressKind, isAddress } from "./addresses.ts";

/** The address may not be called. `message` is fit for people. */
export class RefusedAddress extends Error {
  override readonly name = "RefusedAddress";
}

/** True when a host may be called. Link-local, multicast and metadata addresses never may. */
export function isCallable(address: string, allowPrivate: boolean): boolean {
  const kind = addressKind(address);
  return kind === "public" || (kind === "private" && allowPrivate);
}

export interface OutboundRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** For the whole exchange, name resolution included. */
  timeoutMs: number;
  maxResponseBytes: number;
  /** May go to this machine and private networks. */
  allowPrivate: boolean;
}

export interface OutboundResponse {
  status: number;
  /** The first `maxResponseBytes` bytes as text. */
  body: string;
  /** Seconds or date, as the server sent it. */
  retryAfter: string | null;
}

/** Resolves and checks the host of a URL. @throws RefusedAddress; Error when the name does not exist */
export async function resolveChecked(url: URL, allowPrivate: boolean): Promise<{ address: string; family: 4 | 6 }[]> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const found = isAddress(host)
    ? [{ address: host, family: host.includes(":") ? 6 : 4 }]
    : await lookup(host, { all: true, verbatim: true });
  if (found.length === 0) throw new Error(`The name ${host} has no address.`);
  for (const { address } of found) {
    if (!isCallable(address, allowPrivate)) {
      throw new RefusedAddress(`${host} is at an address that this server does not call (${address}).`);
    }
  }
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

/** Sends a POST. @throws RefusedAddress, or Error when there was no complete answer in time */
export async function postOutbound(request: OutboundRequest): Promise<OutboundResponse> {
  const url = new URL(request.url);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new RefusedAddress("Only http and https are called.");
  }
  const signal = AbortSignal.timeout(request.timeoutMs);
  const addresses = await beforeAbort(resolveChecked(url, request.allowPrivate), signal);
  return await beforeAbort(exchange(url, addresses, request, signal), signal);
}

function exchange(
  url: URL,
  addresses: { address: string; family: 4 | 6 }[],
  { headers, body, maxResponseBytes }: OutboundRequest,
  signal: AbortSignal,
): Promise<OutboundResponse> {
  type Found = { address: string; family: number }[];
  const checkedLookup = (
    _host: string,
    options: { all?: boolean },
    done: (error: null, address: string | Found, family?: number) => void,
  ) => options.all ? done(null, addresses) : done(null, addresses[0]!.address, addresses[0]!.family);
  const bytes = new TextEncoder().encode(body);
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const outgoing = send(url, {
      method: "POST",
      // An own connection each time: a pooled one could lead to an address that was checked under other settings.
      agent: false,
      headers: { ...headers, "content-length": String(bytes.length) },
      lookup: checkedLookup as never,
      signal,
    }, (incoming) => {
      const parts: Uint8Array[] = [];
      let size = 0;
      const finish = () => {
        const all = new Uint8Array(size);
        let at = 0;
        for (const part of parts) {
          all.set(part, at);
          at += part.length;
        }
        resolve({
          status: incoming.statusCode ?? 0,
          body: new TextDecoder().decode(all.subarray(0, maxResponseBytes)).replaceAll("\0", ""),
          retryAfter: incoming.headers["retry-after"] ?? null,
        });
      };
      incoming.on("data", (part: Uint8Array) => {
        parts.push(part);
        size += part.length;
        if (size < maxResponseBytes) return;
        finish();
        outgoing.destroy();
      });
      incoming.on("end", finish);
      incoming.on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end(bytes);
  });
}

function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error("No complete answer in time."));
    if (signal.aborted) return late();
    signal.addEventListener("abort", late, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", late));
  });
}
