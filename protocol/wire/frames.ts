// The frames of the WebSocket (CONTRACT section 3). Client frames are parsed with these schemas; features add their own
// (`defineFeature({frames})`). Server frames are types only: they are encoded by hand where speed matters.
import { z } from "zod";
import { MAX_CHANNEL_NAME } from "./channels.ts";

/** Echoed in the answer. */
export const frameId = z.union([z.string().max(128), z.number()]).optional();
export type FrameId = z.infer<typeof frameId>;

const channelName = z.string().min(1).max(MAX_CHANNEL_NAME);
export const position = z.object({ epoch: z.string().max(64), offset: z.number().int().min(0) });
export type Position = z.infer<typeof position>;

/** The most channels in one subscribe frame; a connection holds at most the server's subscription limit. */
export const MAX_CHANNELS_PER_FRAME = 500;

export const authFrame = z.object({ type: z.literal("auth"), id: frameId, token: z.string().min(1).max(8192) });
export const subscribeFrame = z.object({
  type: z.literal("subscribe"),
  id: frameId,
  channels: z.array(channelName).min(1).max(MAX_CHANNELS_PER_FRAME),
  /** Positions to resume from, by channel name as written in `channels`. */
  since: z.record(channelName, position).optional(),
  /** Ask for who is online, for the channels that know. */
  presence: z.boolean().optional(),
});
export const unsubscribeFrame = z.object({
  type: z.literal("unsubscribe"),
  id: frameId,
  channels: z.array(channelName).min(1).max(MAX_CHANNELS_PER_FRAME),
});
/** The answer of an agent to a command; `id` is the command's. Nothing is answered to it. */
export const resultFrame = z.object({
  type: z.literal("result"),
  id: z.string().max(128),
  ok: z.boolean(),
  data: z.unknown().optional(),
  error: z.object({ code: z.string().max(64), message: z.string().max(2000) }).optional(),
});
export type ResultFrame = z.infer<typeof resultFrame>;
/** The answer to the server's `ping`. */
export const pongFrame = z.object({ type: z.literal("pong"), id: frameId });
export const pingFrame = z.object({ type: z.literal("ping"), id: frameId });
/** A viewer of a relay has its binary frames up to this one. */
export const frameAckFrame = z.object({
  type: z.literal("frame_ack"),
  id: frameId,
  channel: channelName,
  seq: z.number().int().min(0).max(0xffffffff),
});
/** What every frame has; the rest is checked by the frame's own schema. */
export const anyFrame = z.looseObject({ type: z.string().min(1).max(64), id: frameId });

export type ClientFrame = z.infer<typeof anyFrame>;

/** One channel's part of the ack of `subscribe`. */
export interface SubscribedChannel {
  epoch: string;
  /** The newest offset at the moment of subscribing. */
  offset: number;
  /** True: everything after `since` follows as pushes. False: nothing was asked, or the gap is too old. */
  recovered: boolean;
  /** The canonical name that pushes carry, when it differs from the name asked for (`user:me:…`). */
  channel?: string;
  presence?: { count: number; users: string[] };
}

export interface SubscribeAck {
  channels: Record<string, SubscribedChannel>;
  denied: Record<string, string>;
}

export type ServerFrame =
  | { type: "ack"; id?: FrameId; data?: unknown }
  /** Without an id: something that was not asked for; `subject` names the channel whose subscription has ended. */
  | { type: "error"; id?: FrameId; code: string; message: string; subject?: string }
  | { type: "pong"; id?: FrameId }
  /** To an agent that is thought to be gone: any frame shows that it lives. */
  | { type: "ping"; id?: FrameId }
  /** To an agent: answered by `result` with the same id. */
  | { type: "command"; id: string; name: string; data: unknown }
  | InterestFrame
  /** 60 s before the access token ends: send `auth` with a fresh one on the same socket, or be closed with 4401. */
  | { type: "token_expiring"; expires_at: string }
  | Push;

/**
 * To an agent that is the source of a stream or relay: whether anybody reads it. `joined`: a further viewer of a relay is there,
 * which begins with the next whole picture.
 */
export interface InterestFrame {
  type: "interest";
  channel: string;
  read: boolean;
  joined?: true;
}

/** What subscribers get. Durable pushes have offset and epoch, ephemeral ones do not. */
export interface Push {
  type: string;
  channel: string;
  data: unknown;
  timestamp: string;
  offset?: number;
  epoch?: string;
  [extra: string]: unknown;
}
