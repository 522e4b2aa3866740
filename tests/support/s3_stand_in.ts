// A bucket for tests, on a real socket: it checks the SigV4 signature of every request by itself (RFC-style canonical form,
// written from Amazon's description and not with the library under test), and the SHA-256 of what is put.
import { Buffer } from "node:buffer";
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export const S3_KEYS = { id: "AKIATEST", secret: "a+secret/key" };

export interface S3StandIn extends AsyncDisposable {
  /** Value of PULPO_STORAGE. */
  storage: string;
  /** Path as it was sent → bytes. */
  objects: Map<string, Uint8Array<ArrayBuffer>>;
  /** Answers so many of the next requests with 503. */
  failNext: number;
  refused: string[];
}

export function startS3(): S3StandIn {
  const objects = new Map<string, Uint8Array<ArrayBuffer>>();
  const it = { failNext: 0, refused: [] as string[] };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const body = new Uint8Array(await request.arrayBuffer());
    const wrong = checkSignature(request, body);
    if (wrong) {
      it.refused.push(wrong);
      return new Response(wrong, { status: 403 });
    }
    if (it.failNext > 0) {
      it.failNext--;
      return new Response("slow down", { status: 503 });
    }
    const { pathname, searchParams } = new URL(request.url);
    if (searchParams.has("list-type")) return new Response("<ListBucketResult/>");
    if (request.method === "PUT") {
      objects.set(pathname, body);
      return new Response(null);
    }
    if (request.method === "DELETE") {
      objects.delete(pathname);
      return new Response(null, { status: 204 });
    }
    const found = objects.get(pathname);
    if (!found) return new Response("no such key", { status: 404 });
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "");
    if (!range) return new Response(found);
    return new Response(found.slice(Number(range[1]), Number(range[2]) + 1), { status: 206 });
  });
  const { port } = server.addr;
  return Object.assign(it, {
    storage: `s3://files/a+b%20c?region=eu-west-3&endpoint=http://127.0.0.1:${port}`,
    objects,
    [Symbol.asyncDispose]: () => server.shutdown(),
  });
}

function checkSignature(request: Request, body: Uint8Array): string | undefined {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/
      .exec(request.headers.get("authorization") ?? "");
  if (!match) return "no signature";
  const [, id, day, region, signed, signature] = match as unknown as string[];
  if (id !== S3_KEYS.id) return "unknown key";
  const url = new URL(request.url);
  const claimed = request.headers.get("x-amz-content-sha256")!;
  if (claimed !== "UNSIGNED-PAYLOAD" && claimed !== createHash("sha256").update(body).digest("hex")) {
    return "wrong hash";
  }
  if (!/^[A-Za-z0-9\-_.~/%]+$/.test(url.pathname)) return `not encoded: ${url.pathname}`;
  const query = [...url.searchParams].map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`).sort().join(
    "&",
  );
  const headers = signed!.split(";").map((name) => `${name}:${request.headers.get(name)!.trim()}\n`).join("");
  const canonical = [request.method, url.pathname, query, headers, signed, claimed].join("\n");
  const time = request.headers.get("x-amz-date")!;
  const scope = `${day}/${region}/s3/aws4_request`;
  const hash = createHash("sha256").update(canonical).digest("hex");
  const mac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const key = mac(mac(mac(mac(`AWS4${S3_KEYS.secret}`, day!), region!), "s3"), "aws4_request");
  const expected = mac(key, ["AWS4-HMAC-SHA256", time, scope, hash].join("\n"));
  return timingSafeEqual(expected, Buffer.from(signature!, "hex")) ? undefined : `wrong signature for ${canonical}`;
}
