// The frames of WebSockets by type, those of people and those of agents, with what each says and an example that a test holds
// against its schema: the document at /asyncapi.json shows them, and no notification may bear their types
// (protocol/wire/reserved_types.ts).
import { z } from "zod";
import { presenceFrame } from "../accounts/accounts.ts";
import { agentAuthFrame, helloFrame } from "../agents/agents.ts";
import { heartbeatFrame, reportFrame } from "../agents/link.ts";
import { chatMessageFrame, readFrame, typingFrame } from "../chat/chat.ts";
import {
  authFrame,
  frameAckFrame,
  frameId,
  pingFrame,
  pongFrame,
  resultFrame,
  subscribeFrame,
  unsubscribeFrame,
} from "./frames.ts";

export interface FrameEntry {
  about: string;
  schema: z.ZodType;
  example: Record<string, unknown>;
}

const CHANNEL_ID = "0199c2a0-6a00-7d10-8c11-0d5c6f1a2b3c";
const MESSAGE_ID = "0199c2a0-5f0e-7c3b-9a51-2f1f3a6f1a10";

export const CLIENT_FRAMES = {
  auth: {
    about: "Signs in, or brings a fresh token of the same person. Answer: `ack` with `{user_id, expires_at}`.",
    schema: authFrame,
    example: { type: "auth", id: 1, token: "pulpo_..." },
  },
  subscribe: {
    about:
      "Reads channels from now on, or from the positions in `since`. Answer: `ack` with `{channels, denied}`; what was " +
      "missed follows.",
    schema: subscribeFrame,
    example: {
      type: "subscribe",
      id: 2,
      channels: ["broadcast", "user:me:notifications"],
      since: { broadcast: { epoch: "k3v9", offset: 40 } },
    },
  },
  unsubscribe: {
    about: "Reads these channels no more. Answer: `ack` with `{unsubscribed}`.",
    schema: unsubscribeFrame,
    example: { type: "unsubscribe", id: 3, channels: ["broadcast"] },
  },
  ping: { about: "Answer: `pong`.", schema: pingFrame, example: { type: "ping", id: 4 } },
  frame_ack: {
    about: "A viewer of a relay has shown this frame; further ones come while few are not acknowledged.",
    schema: frameAckFrame,
    example: { type: "frame_ack", channel: "notify:deploys", seq: 7 },
  },
  chat_message: {
    about: "Writes a message, as `POST /channels/{id}/messages`. Answer: `ack` with the message, after COMMIT.",
    schema: chatMessageFrame,
    example: { type: "chat_message", id: 5, channel_id: CHANNEL_ID, content: "Good morning", client_id: "c-1" },
  },
  typing: {
    about: "The caller is writing in the channel; told to the others as `user_typing`, at most once per second.",
    schema: typingFrame,
    example: { type: "typing", channel_id: CHANNEL_ID },
  },
  read: {
    about: "The caller has read up to this message. Answer: `ack` with the read state.",
    schema: readFrame,
    example: { type: "read", id: 6, channel_id: CHANNEL_ID, message_id: MESSAGE_ID },
  },
  presence: {
    about: "Sets the caller's status, as `POST /users/{id}/status`.",
    schema: presenceFrame,
    example: { type: "presence", id: 7, status: "away", text: "At lunch" },
  },
} satisfies Record<string, FrameEntry>;

const subscribed = z.object({
  epoch: z.string(),
  offset: z.number().int().meta({ description: "The newest at this moment" }),
  recovered: z.boolean().meta({ description: "true: everything after `since` follows" }),
  channel: z.string().optional().meta({ description: "The canonical name, when another one was asked for" }),
  presence: z.object({ count: z.number().int(), users: z.array(z.string()) }).optional(),
});

export const SERVER_FRAMES = {
  ack: {
    about: "A frame was done; `data` depends on the frame. On an event stream the first event, about its channels.",
    schema: z.object({ type: z.literal("ack"), id: frameId, data: z.unknown().optional() }),
    example: {
      type: "ack",
      id: 2,
      data: { channels: { broadcast: { epoch: "k3v9", offset: 42, recovered: true } }, denied: {} },
    },
  },
  error: {
    about: "A frame was refused. Without `id`: what nobody asked for; `subject` names the channel that has ended.",
    schema: z.object({
      type: z.literal("error"),
      id: frameId,
      code: z.string(),
      message: z.string(),
      subject: z.string().optional(),
    }),
    example: { type: "error", id: 5, code: "muted", message: "A moderator has muted you." },
  },
  pong: {
    about: "Answer to `ping`.",
    schema: z.object({ type: z.literal("pong"), id: frameId }),
    example: { type: "pong", id: 4 },
  },
  token_expiring: {
    about: "60 s before the credential ends: send `auth` with a fresh one.",
    schema: z.object({ type: z.literal("token_expiring"), expires_at: z.string() }),
    example: { type: "token_expiring", expires_at: "2026-01-15T10:45:00.000Z" },
  },
} satisfies Record<string, FrameEntry>;

const AGENT_ID = "0199c2a0-7b00-7d10-8c11-0d5c6f1a2b3c";
const COMMAND_ID = "0199c2a1-5f0e-7c3b-9a51-2f1f3a6f1a10";

/** What an agent says on its link (`/ws/agent`). */
export const AGENT_FRAMES = {
  hello: {
    about: "Says which agent this is, first of all. Answer: `challenge`.",
    schema: helloFrame,
    example: { type: "hello", agent_id: AGENT_ID },
  },
  auth: {
    about:
      "Proves it: the signature (Ed25519, base64) of the UTF-8 text `pulpo-agent:<agent_id>:<nonce>`. Answer: `welcome`.",
    schema: agentAuthFrame,
    example: { type: "auth", agent_id: AGENT_ID, signature: "q8Zc".repeat(21) + "qw==" },
  },
  ping: { about: "A sign of life. Answer: `pong`.", schema: pingFrame, example: { type: "ping" } },
  pong: { about: "Answers the server's `ping`.", schema: pongFrame, example: { type: "pong" } },
  heartbeat: {
    about:
      "Every `heartbeat_seconds`: how the machine does. The newest figures last; those before them are from when there " +
      "was no link.",
    schema: heartbeatFrame,
    example: {
      type: "heartbeat",
      id: 7,
      metrics: [{
        timestamp: "2026-01-15T09:30:00.000Z",
        cpu_percent: 12.5,
        memory_used_bytes: 8_200_000_000,
        disk_used_bytes: 120_000_000_000,
        load_1: 0.42,
        network_rx_bps: 1_200_000,
        network_tx_bps: 340_000,
      }],
    },
  },
  agent_report: {
    about: "What the machine is, after every `welcome`: it wins over what the server believed.",
    schema: reportFrame,
    example: {
      type: "agent_report",
      machine: {
        hostname: "rack-3",
        os: "linux",
        arch: "x86_64",
        version: "1.0.0",
        cpu_cores: 8,
        memory_total_bytes: 33_554_432_000,
        disk_total_bytes: 512_000_000_000,
      },
    },
  },
  result: {
    about: "Answers a `command`, with its id. One of at most 32 KiB passes frames that were sent before it.",
    schema: resultFrame,
    example: { type: "result", id: COMMAND_ID, ok: true, data: { load_1: 0.4 } },
  },
} satisfies Record<string, FrameEntry>;

/** What an agent hears on its link. */
export const TO_AGENT_FRAMES = {
  challenge: {
    about: "What is to be signed: good once, on this socket, for 5 s.",
    schema: z.object({ type: z.literal("challenge"), id: frameId, nonce: z.string() }),
    example: { type: "challenge", nonce: "Yk3vQ0" },
  },
  welcome: {
    about: "The agent is in; it says something at least every `heartbeat_seconds`.",
    schema: z.object({
      type: z.literal("welcome"),
      id: frameId,
      agent_id: z.string(),
      heartbeat_seconds: z.number().int(),
      capabilities: z.array(z.string()),
    }),
    example: { type: "welcome", agent_id: AGENT_ID, heartbeat_seconds: 10, capabilities: ["fleet"] },
  },
  ping: {
    about: "Asks for a sign of life: another connection of the same agent has come.",
    schema: pingFrame,
    example: { type: "ping" },
  },
  command: {
    about: "What the agent is to do. A stored command is told again, with the same id, until a result comes: it is " +
      "carried out once. Answer: `result`.",
    schema: z.object({ type: z.literal("command"), id: z.string(), name: z.string(), data: z.unknown() }),
    example: { type: "command", id: COMMAND_ID, name: "health", data: null },
  },
  interest: {
    about:
      "Whether anybody reads a stream or relay of which the agent is the source. `joined`: a further viewer of a " +
      "relay is there, who begins with the next whole picture.",
    schema: z.object({
      type: z.literal("interest"),
      channel: z.string(),
      read: z.boolean(),
      joined: z.literal(true).optional(),
    }),
    example: { type: "interest", channel: "desk:0199c2a0-6a00-7d10-8c11-0d5c6f1a2b3c", read: true, joined: true },
  },
  ack: SERVER_FRAMES.ack,
  error: SERVER_FRAMES.error,
  pong: SERVER_FRAMES.pong,
} satisfies Record<string, FrameEntry>;

/** `data` of the ack of `subscribe`. */
export const subscribeAck = z.object({
  channels: z.record(z.string(), subscribed),
  denied: z.record(z.string(), z.string()).meta({ description: "Channel → error code" }),
});
