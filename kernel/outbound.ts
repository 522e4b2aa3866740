// HTTP requests to addresses that people gave (webhooks, push services, links): the guard against reaching what only this
// server can reach. Invariants:
//  - the name is resolved here, every address it has is checked, and the connection goes to one of exactly those (the
//    socket's own look-up is replaced), so a name that changes between check and use gains nothing; TLS still verifies the
//    certificate against the name;
//  - redirects are not followed, the answer's body is read up to a limit, and the whole exchange ends after `timeoutMs`;
//  - the body comes as it was sent: whoever unpacks it bounds that too;
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

interface Guard {
  url: string;
  headers: Record<string, string>;
  /** For the whole exchange, name resolution included. */
  timeoutMs: number;
  maxResponseBytes: number;
  /** May go to this machine and private networks. */
  allowPrivate: boolean;
}

export interface OutboundRequest extends Guard {
  body: string | Uint8Array<ArrayBuffer>;
}

export interface OutboundResponse {
  status: number;
  /** The first `maxResponseBytes` bytes as text. */
  body: string;
  /** Seconds or date, as the server sent it. */
  retryAfter: string | null;
}

export interface OutboundGet extends Guard {
  /** Asked when status and headers are there; false: the body is not read. */
  wants?: (status: number, headers: Record<string, string>) => boolean;
}

export interface OutboundPage {
  status: number;
  /** Lower-case names; repeated ones joined by a comma. */
  headers: Record<string, string>;
  bytes: Uint8Array<ArrayBuffer>;
  /** There was more than `maxResponseBytes`. */
  cut: boolean;
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
  const body = typeof request.body === "string" ? new TextEncoder().encode(request.body) : request.body;
  const { status, headers, bytes } = await guarded("POST", request, body);
  return {
    status,
    body: new TextDecoder().decode(bytes).replaceAll("\0", ""),
    retryAfter: headers["retry-after"] ?? null,
  };
}

/** Sends a GET. @throws RefusedAddress, or Error when there was no complete answer in time */
export async function getOutbound(request: OutboundGet): Promise<OutboundPage> {
  return await guarded("GET", request, null);
}

async function guarded(
  method: "GET" | "POST",
  request: OutboundGet,
  body: Uint8Array<ArrayBuffer> | null,
): Promise<OutboundPage> {
  const url = new URL(request.url);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new RefusedAddress("Only http and https are called.");
  }
  const signal = AbortSignal.timeout(request.timeoutMs);
  const addresses = await beforeAbort(resolveChecked(url, request.allowPrivate), signal);
  return await beforeAbort(exchange(method, url, addresses, request, body, signal), signal);
}

function exchange(
  method: "GET" | "POST",
  url: URL,
  addresses: { address: string; family: 4 | 6 }[],
  { headers, maxResponseBytes, wants }: OutboundGet,
  body: Uint8Array<ArrayBuffer> | null,
  signal: AbortSignal,
): Promise<OutboundPage> {
  type Found = { address: string; family: number }[];
  const checkedLookup = (
    _host: string,
    options: { all?: boolean },
    done: (error: null, address: string | Found, family?: number) => void,
  ) => options.all ? done(null, addresses) : done(null, addresses[0]!.address, addresses[0]!.family);
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const outgoing = send(url, {
      method,
      // An own connection each time: a pooled one could lead to an address that was checked under other settings.
      agent: false,
      headers: { ...headers, ...(body ? { "content-length": String(body.length) } : {}) },
      lookup: checkedLookup as never,
      signal,
    }, (incoming) => {
      const status = incoming.statusCode ?? 0;
      const found: Record<string, string> = {};
      for (const [name, value] of Object.entries(incoming.headers)) {
        if (value !== undefined) found[name] = Array.isArray(value) ? value.join(", ") : value;
      }
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
          status,
          headers: found,
          bytes: all.slice(0, maxResponseBytes),
          cut: size > maxResponseBytes,
        });
      };
      incoming.on("error", reject);
      if (wants && !wants(status, found)) {
        finish();
        outgoing.destroy();
        return;
      }
      incoming.on("data", (part: Uint8Array) => {
        parts.push(part);
        size += part.length;
        if (size <= maxResponseBytes) return;
        finish();
        outgoing.destroy();
      });
      incoming.on("end", finish);
    });
    outgoing.on("error", reject);
    outgoing.end(body ?? undefined);
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
