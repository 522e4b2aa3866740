// A small HTTP front of a real Redis that speaks the part of Upstash's REST protocol which Pulpo uses: a command as a JSON
// array by POST /, several by POST /pipeline, and GET /subscribe/<channel> as Server-Sent Events.
import { Redis } from "ioredis";

export interface StandIn {
  url: string;
  token: string;
  /** Ends all open subscription streams, as a passing proxy does. */
  dropStreams(): void;
  stop(): Promise<void>;
}

export function startUpstashStandIn(redisUrl: string): StandIn {
  const token = crypto.randomUUID();
  const redis = new Redis(redisUrl);
  const streams = new Set<() => void>();
  const run = (command: unknown[]) => redis.call(String(command[0]), ...command.slice(1).map(String));

  const subscribe = (channel: string): Response => {
    const subscriber = new Redis(redisUrl);
    let end = () => {};
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        const encoder = new TextEncoder();
        end = () => {
          streams.delete(end);
          subscriber.disconnect();
          try {
            controller.close();
          } catch { /* closed by the reader */ }
        };
        streams.add(end);
        subscriber.on("message", (name, text) => {
          // A message may be on its way while the reader goes.
          if (streams.has(end)) controller.enqueue(encoder.encode(`data: message,${name},${text}\n\n`));
        });
        await subscriber.subscribe(channel);
        controller.enqueue(encoder.encode(`data: subscribe,${channel},1\n\n`));
      },
      cancel: () => end(),
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };

  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    if (request.headers.get("authorization") !== `Bearer ${token}`) {
      return Response.json({ error: "Unauthorized" }, { status: 401 });
    }
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/subscribe/")) return subscribe(decodeURIComponent(pathname.slice(11)));
    const body = await request.json();
    try {
      if (pathname === "/pipeline") {
        return Response.json(await Promise.all((body as unknown[][]).map(async (c) => ({ result: await run(c) }))));
      }
      return Response.json({ result: await run(body) });
    } catch (error) {
      return Response.json({ error: String(error) }, { status: 400 });
    }
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    token,
    dropStreams: () => [...streams].forEach((end) => end()),
    async stop() {
      [...streams].forEach((end) => end());
      redis.disconnect();
      await server.shutdown();
    },
  };
}
