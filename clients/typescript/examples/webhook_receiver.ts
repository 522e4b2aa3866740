// Receives Pulpo's outgoing webhooks on port 9000 and checks that they are genuine. Needs PULPO_WEBHOOK_SECRET.
//   deno run --allow-net --allow-env clients/typescript/examples/webhook_receiver.ts
// `isGenuine` is Web Crypto only: take it into an application of any framework.

/** True when the body comes from Pulpo, unchanged and not older than five minutes. */
export async function isGenuine(secret: string, headers: Headers, body: string): Promise<boolean> {
  const timestamp = headers.get("x-pulpo-timestamp") ?? "";
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp || NaN)) <= 300)) return false;
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["verify"]);
  const hex = /^sha256=((?:[0-9a-f]{2}){32})$/.exec(headers.get("x-pulpo-signature") ?? "")?.[1];
  if (!hex) return false;
  const signature = Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16));
  return await crypto.subtle.verify("HMAC", key, signature, encoder.encode(`${timestamp}.${body}`));
}

if (import.meta.main) {
  const secret = Deno.env.get("PULPO_WEBHOOK_SECRET");
  if (!secret) throw new Error("set PULPO_WEBHOOK_SECRET");
  /** The same delivery comes again when its answer got lost. Keep these in a database. */
  const seen = new Set<string>();
  Deno.serve({ port: 9000, hostname: "127.0.0.1" }, async (request) => {
    const body = await request.text();
    if (!await isGenuine(secret, request.headers, body)) return new Response(null, { status: 401 });
    const delivery = request.headers.get("x-pulpo-delivery")!;
    if (!seen.has(delivery)) {
      seen.add(delivery);
      const { type, message, data } = JSON.parse(body);
      console.log(type, message, data);
    }
    return new Response();
  });
}
