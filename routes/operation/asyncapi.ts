// The document at /asyncapi.json (AsyncAPI 3.0): what travels over WebSocket and event streams, made of the declarations of
// channels, pushes and frames in protocol/, so that it cannot say anything else than what the server checks and sends.
// Actions are the server's: it sends pushes and receives frames.
import { z } from "zod";
import type { Declared } from "../../features/declared.ts";
import { VERSION } from "../../kernel/version.ts";
import {
  AGENT_FRAMES,
  type FrameEntry,
  SERVER_FRAMES,
  subscribeAck,
  TO_AGENT_FRAMES,
} from "../../protocol/wire/frame_list.ts";
import type { PushRule } from "../../protocol/pushes/push.ts";
import { timestamp } from "../../protocol/common.ts";

type Json = Record<string, unknown>;

/** Examples of the variable parts of channel names. */
const PARTS: Record<string, string> = {
  name: "deploys",
  user_id: "0199c2a0-1111-7c3b-9a51-2f1f3a6f1a10",
  channel_id: "0199c2a0-6a00-7d10-8c11-0d5c6f1a2b3c",
};
/** What is answered to a frame when it is not `ack` or `error`. */
const ANSWERS: Record<string, string[]> = { ping: ["pong"], frame_ack: [] };
const AGENT_ANSWERS: Record<string, string[]> = {
  hello: ["challenge", "error"],
  auth: ["welcome", "error"],
  ping: ["pong"],
  pong: [],
  result: [],
};
const SECURITY = ["bearer", "token", "cookie"].map((name) => ({ $ref: `#/components/securitySchemes/${name}` }));

/**
 * @param publicUrl the address that people use, with its path and without a slash at the end
 * @param declared features/declared.ts
 */
export function asyncApiDocument(publicUrl: string, declared: Declared): Json {
  const { host, pathname, protocol } = new URL(publicUrl);
  const base = pathname.replace(/\/$/, ""), secure = protocol === "https:";
  const schemas: Json = {}, shown: Json = {}, operations: Json = {};
  /** The frames of one kind of socket, both ways. @param unasked those that the server sends by itself */
  const socket = (
    name: string,
    about: Json,
    received: Record<string, FrameEntry>,
    sent: Record<string, FrameEntry>,
    answersTo: Record<string, string[]>,
    unasked: string[],
  ) => {
    const channel = { $ref: `#/channels/${name}` };
    const messages = (types: string[]) => types.map((type) => ({ $ref: `#/channels/${name}/messages/${type}` }));
    const frames = Object.entries<FrameEntry>({ ...received, ...sent });
    shown[name] = {
      address: null,
      ...about,
      messages: Object.fromEntries(frames.map(([type, frame]) => [type, frameMessage(type, frame, schemas)])),
    };
    const prefix = name === "socket" ? "" : `${name}_`;
    for (const type of Object.keys(received)) {
      const answers = answersTo[type] ?? ["ack", "error"];
      operations[`receive_${prefix}${type}`] = {
        action: "receive",
        channel,
        messages: messages([type]),
        ...(answers.length ? { reply: { channel, messages: messages(answers) } } : {}),
      };
    }
    operations[`send_${prefix}unasked`] = {
      action: "send",
      summary: "What nobody asked for",
      channel,
      messages: messages(unasked),
    };
  };
  const people = {
    title: "Frames of the socket",
    description:
      "What clients say and the server answers; every other frame of the server is a push and has a `channel`.",
    servers: [{ $ref: "#/servers/websocket" }],
  };
  socket("socket", people, declared.frames, SERVER_FRAMES, ANSWERS, ["error", "token_expiring"]);
  const agents = {
    title: "Frames of an agent's link",
    description: "What an agent says and hears. It has come in before with `POST /agents/enroll` (`/openapi.json`).",
    servers: [{ $ref: "#/servers/agents" }],
  };
  const toAgent = ["ping", "command", "interest", "error"];
  socket("agent_link", agents, AGENT_FRAMES, TO_AGENT_FRAMES, AGENT_ANSWERS, toAgent);
  for (const { channel: { kind, address, about, delivery, parameters, internal }, pushes } of declared.channels) {
    if (internal) continue;
    const rules = Object.entries(pushes);
    shown[kind] = {
      address,
      title: address,
      description: about,
      ...(parameters ? { parameters: mapValues(parameters, (part) => ({ description: part.about })) } : {}),
      messages: Object.fromEntries(
        rules.map(([type, rule]) => [messageKey(type), pushMessage(address, type, rule, schemas)]),
      ),
      "x-delivery": delivery,
    };
    operations[`send_${kind}`] = {
      action: "send",
      channel: { $ref: `#/channels/${kind}` },
      messages: rules.map(([type]) => ({ $ref: `#/channels/${kind}/messages/${messageKey(type)}` })),
    };
  }
  schemas.SubscribeAck = jsonSchema(subscribeAck, "output", schemas);
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Pulpo: realtime",
      version: VERSION,
      description:
        "Channels, pushes and frames over WebSocket and Server-Sent Events. How they behave (order, resuming, " +
        "limits, close codes) stands in `docs/protocol.md` of the source; the HTTP calls in `/openapi.json`.",
      license: { name: "AGPL-3.0-or-later" },
    },
    defaultContentType: "application/json",
    servers: {
      websocket: {
        host,
        pathname: `${base}/ws`,
        protocol: secure ? "wss" : "ws",
        description: "Both directions; one JSON object per text frame, with `batch=1` also arrays of pushes.",
        security: SECURITY,
      },
      agents: {
        host,
        pathname: `${base}/ws/agent`,
        protocol: secure ? "wss" : "ws",
        description: "Links of agents: nothing but the signature of a challenge lets one in.",
      },
      events: {
        host,
        pathname: `${base}/sse`,
        protocol: secure ? "https" : "http",
        protocolVersion: "Server-Sent Events",
        description:
          "Server to client: `?channels=a,b`. Each event: `id` (resume position), `event` (the type), `data` (the push).",
        security: SECURITY,
      },
    },
    channels: shown,
    operations,
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An access token or an API token" },
        token: {
          type: "httpApiKey",
          in: "query",
          name: "token",
          description:
            "The same, or a single-use ticket of POST /api/v1/auth/ticket; a first frame `auth` does as well",
        },
        cookie: {
          type: "httpApiKey",
          in: "cookie",
          name: "pulpo_access",
          description: "The console's session, from pages of the same origin only",
        },
      },
    },
  };
}

/** `*` is no key that references can name easily. */
const messageKey = (type: string) => type === "*" ? "any" : type;

function frameMessage(type: string, { about, schema, example }: FrameEntry, schemas: Json): Json {
  return {
    name: type,
    title: type,
    summary: about,
    payload: jsonSchema(schema, "input", schemas),
    examples: [{ payload: example }],
  };
}

function pushMessage(address: string, type: string, rule: PushRule, schemas: Json): Json {
  const { about, kept, data, extra, example } = rule;
  const place = { offset: z.number().int(), epoch: z.string() };
  const schema = z.object({
    type: type === "*" ? z.string() : z.literal(type),
    channel: z.string(),
    ...extra?.shape,
    data,
    timestamp,
    ...(kept === "durable" ? place : kept === "both" ? z.object(place).partial().shape : {}),
  });
  const payload = {
    type: type === "*" ? "reserva_creada" : type,
    channel: address.replace(/\{(\w+)\}/g, (_, part) => PARTS[part] ?? part),
    ...example.extra,
    data: example.data,
    timestamp: "2026-01-15T10:30:00.000Z",
    ...(kept === "ephemeral" ? {} : { offset: 42, epoch: "k3v9" }),
  };
  return {
    name: type === "*" ? "notification of any type" : type,
    title: type === "*" ? "any other type" : type,
    summary: about,
    payload: jsonSchema(schema, "output", schemas),
    examples: [{ payload }],
    "x-kept": kept,
  };
}

/** As JSON Schema; schemas with an id of their own go to `schemas` and are referred to. */
function jsonSchema(schema: z.ZodType, io: "input" | "output", schemas: Json): unknown {
  const whole = z.toJSONSchema(schema, { target: "draft-7", io, unrepresentable: "any" }) as Json;
  const { $schema: _, definitions, ...rest } = whole;
  const suffix = io === "input" ? "Input" : "";
  const point = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(point);
    if (typeof value !== "object" || value === null) return value;
    return mapValues(
      value as Json,
      (part, key) =>
        key === "$ref" && typeof part === "string"
          ? part.replace(/^#\/definitions\/(.*)$/, `#/components/schemas/$1${suffix}`)
          : key === "id" && typeof part === "string"
          ? undefined
          : point(part),
    );
  };
  for (const [id, definition] of Object.entries((definitions ?? {}) as Json)) {
    schemas[id + suffix] ??= point(definition);
  }
  return point(rest);
}

function mapValues<T, U>(record: Record<string, T>, change: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}
