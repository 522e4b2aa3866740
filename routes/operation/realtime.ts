// The edge of the realtime side: which preset, which credential, which position to resume from; the rest is realtime/.
// A socket is always upgraded first, since browsers see close codes but no HTTP status; streams answer plain HTTP errors.
import { createRoute, type RouteConfig, z } from "@hono/zod-openapi";
import type { App } from "../../features/context.ts";
import { AppError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { MAX_CHANNELS_PER_FRAME, subscribeFrame } from "../../protocol/wire/frames.ts";
import type { Gateway, Peer } from "../../realtime/gateway.ts";
import type { Hub } from "../../realtime/hub.ts";
import type { WebSocketOptions } from "../../realtime/session.ts";
import { acceptStream } from "../../realtime/sse.ts";
import { acceptWebSocket } from "../../realtime/websocket.ts";
import { ACCESS_COOKIE, cookieOf } from "../http/cookies.ts";
import type { HttpContext, RequestCtx } from "../http/env.ts";
import { createRouter, endpoint, jsonBody, problemAnswers, type Router } from "../http/helpers.ts";

const query = {
  token: z.string().optional().meta({ description: "Access token, API token or ticket" }),
  channels: z.string().optional().meta({
    description: "Channels to subscribe while connecting, comma separated; may be given several times",
  }),
};
const socketQuery = z.object({
  ...query,
  batch: z.enum(["0", "1"]).optional().meta({
    description: "1: pushes may come as JSON arrays, one frame per 10 to 40 ms",
  }),
});
const streamQuery = z.object({
  ...query,
  last_event_id: z.string().optional().meta({
    description: "Position to resume from, as the header Last-Event-ID; `lastEventId` is the same",
  }),
});

const streamBody = subscribeFrame.pick({ channels: true, since: true });

/** Paths of WebSockets, without the path that the server stands under: below the API and at the root. */
export const isSocketPath = (path: string): boolean => /^(\/api\/v1)?\/ws(\/|$)/.test(path);

export function realtimeRoutes(app: App, hub: Hub, gateway: Gateway): Router {
  const router = createRouter();
  const { sendQueueBytes, maxSubscriptions, messagesPerSecond } = app.config;
  const limits = { sendQueueBytes, maxSubscriptions };

  const socket = (path: string, summary: string, preset: (c: HttpContext) => Partial<WebSocketOptions>) => {
    document(router, path, summary, socketQuery, null, {
      101: { description: "Switching to WebSocket; frames are in docs/protocol.md" },
      ...problemAnswers(400, 405, 429, 503),
    });
    router.get(path, (c) => {
      if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
        throw new AppError("bad_request", "This address speaks WebSocket; connect with ws:// or wss://.");
      }
      const peer = peerOf(c, app);
      return acceptWebSocket(c.req.raw, hub, gateway, peer, {
        ...limits,
        messagesPerSecond,
        token: socketToken(c, app),
        handshake: "token",
        channels: list(c),
        channelsRequired: false,
        batch: c.req.query("batch") === "1",
        ...preset(c),
      });
    });
  };
  socket("/ws", "Realtime socket", () => ({}));
  socket(
    "/ws/admin",
    "Realtime socket of administrators",
    () => ({ minimumRole: "admin", permission: "organization.manage" }),
  );
  socket("/ws/notifications/:user_id", "A person's notifications", (c) => ({
    channels: [channels.userNotifications(c.req.param("user_id")!), ...list(c)],
    channelsRequired: true,
  }));
  socket("/ws/chat/:channel_id", "One chat channel", (c) => ({
    channels: [channels.chat(c.req.param("channel_id")!), ...list(c)],
    channelsRequired: true,
  }));

  // Nothing but its key authenticates an agent: what comes with the request counts for nothing.
  for (const path of ["/ws/agent", "/ws/client"]) {
    socket(path, "Link of an agent", () => ({
      token: undefined,
      channels: [],
      handshake: "agent",
      quietMs: app.config.agentHeartbeatSeconds * 3000,
    }));
  }

  const stream = (path: string, summary: string, needs: string | null, names: (c: HttpContext) => string[]) => {
    document(router, path, summary, streamQuery, needs, {
      200: {
        description: "Each event: id (resume position), event (type), data (push)",
        content: { "text/event-stream": { schema: z.string() } },
      },
      ...problemAnswers(400, 401, 403, 404, 405, 422, 429, 503),
    });
    router.get(path, async (c) => {
      const peer = peerOf(c, app);
      const token = c.req.query("token");
      const actor = token ? await gateway.authenticate(token, peer) : c.var.ctx.actor;
      const lastEventId = c.req.header("last-event-id") ?? c.req.query("last_event_id") ?? c.req.query("lastEventId");
      const options = { ...limits, channels: names(c), lastEventId, changesOfRights: changesOf(c) };
      return await acceptStream(actor, hub, gateway, peer, options);
    });
  };
  stream("/sse", "Event stream of channels", null, (c) => list(c));
  // More channels and positions than an address and a header hold: what the console reads where sockets do not get through.
  router.openapi(
    endpoint({
      access: "user",
      needs: null,
      method: "post",
      path: "/sse",
      tags: ["Realtime"],
      summary: "Event stream of many channels",
      description:
        "As `GET /sse`, with the `channels` and `since` of a `subscribe` frame. Its events have no `id`: keep " +
        "`epoch` and `offset` of the pushes.",
      request: {
        body: jsonBody(streamBody, {
          channels: [channels.broadcast()],
          since: { [channels.broadcast()]: { epoch: "k3v9", offset: 42 } },
        }),
      },
      responses: {
        200: { description: "text/event-stream", content: { "text/event-stream": { schema: z.string() } } },
      },
    }),
    async (c) => {
      const { channels, since } = c.req.valid("json");
      const peer = peerOf(c, app);
      const options = { ...limits, channels, since: since ?? {}, changesOfRights: changesOf(c) };
      return await acceptStream(c.var.ctx.actor, hub, gateway, peer, options);
    },
  );
  stream("/sse/dashboard", "Live figures, at once and every 5 s", "dashboard.read", () => [channels.dashboard()]);
  stream(
    "/sse/activity/:channel_id",
    "Activity of one chat channel",
    "chat.read",
    (c) => [channels.chat(c.req.param("channel_id")!)],
  );
  return router;
}

function document(
  router: Router,
  path: string,
  summary: string,
  query: z.ZodObject,
  needs: string | null,
  responses: RouteConfig["responses"],
): void {
  const params = [...path.matchAll(/:(\w+)/g)].map(([, name]) => [name!, z.string()]);
  router.openAPIRegistry.registerPath(createRoute({
    method: "get",
    path: path.replace(/:(\w+)/g, "{$1}"),
    tags: ["Realtime"],
    summary,
    security: [{ bearer: [] }, { cookie: [] }],
    request: { query, ...(params.length ? { params: z.object(Object.fromEntries(params)) } : {}) },
    ...{ "x-permission": needs },
    responses,
  }));
}

/** The channels of `?channels=a,b`, of `?channels=a&channels=b`, and of both. */
function list(c: HttpContext): string[] {
  const texts = c.req.queries("channels") ?? [];
  return texts.flatMap((text) => text.split(",")).map((name) => name.trim()).filter(Boolean).slice(
    0,
    MAX_CHANNELS_PER_FRAME,
  );
}

function peerOf(c: HttpContext, app: App): Peer {
  const { ip, userAgent } = c.var.guest;
  const connectionId = newId();
  return { connectionId, ip, userAgent, log: app.log.child({ connection_id: connectionId }) };
}

const changesOf = (c: HttpContext) => (c.var.guest as RequestCtx).changesOfRights;

/** Query, then header, then the console's cookie, which counts only when the page is of this very site. */
function socketToken(c: HttpContext, app: App): string | undefined {
  const header = /^Bearer +(\S+) *$/i.exec(c.req.header("authorization") ?? "")?.[1];
  const explicit = c.req.query("token") ?? header;
  if (explicit) return explicit;
  const cookie = cookieOf(c, ACCESS_COOKIE);
  return cookie && sameOrigin(c, app) ? cookie : undefined;
}

const publicOrigin = ({ config }: App) => config.publicUrl && new URL(config.publicUrl).origin;

function sameOrigin(c: HttpContext, app: App): boolean {
  const origin = c.req.header("origin");
  if (!origin || !URL.canParse(origin)) return false;
  return new URL(origin).host === c.req.header("host") || origin === publicOrigin(app);
}
