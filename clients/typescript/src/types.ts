// What crosses the wire. The server's side of the same shapes: protocol/wire/frames.ts and protocol/notifications/notifications.ts.

/** Where a reader stands in a channel. */
export interface Position {
  epoch: string;
  offset: number;
}

/** What subscribers get. Durable pushes have `offset` and `epoch`, ephemeral ones (typing, presence, metrics) do not. */
export interface Push<Data = unknown> {
  type: string;
  /** The canonical name: `user:<id>:notifications` even when `user:me:notifications` was asked for. */
  channel: string;
  data: Data;
  /** RFC 3339, UTC. */
  timestamp: string;
  offset?: number;
  epoch?: string;
  /** Id and text, when the push is a notification. */
  id?: string;
  message?: string;
  [extra: string]: unknown;
}

export type FrameId = string | number;

/** One channel's part of the ack of `subscribe`. */
export interface SubscribedChannel extends Position {
  /** True: everything after the position asked for follows. False: none was asked for, or the gap is too old. */
  recovered: boolean;
  /** The canonical name that pushes carry, when it differs from the one asked for. */
  channel?: string;
  presence?: { count: number; users: string[] };
}

export interface SubscribeAck {
  channels: Record<string, SubscribedChannel>;
  /** Name → error code, for channels that may not be read. */
  denied: Record<string, string>;
}

export interface AckFrame {
  type: "ack";
  id?: FrameId;
  data?: unknown;
}
export interface ErrorFrame {
  type: "error";
  /** The frame it answers; absent: a subscription has been ended by the server, or a frame could not be read. */
  id?: FrameId;
  code: string;
  message: string;
  /** The channel whose subscription has ended. */
  subject?: string;
}
export interface PongFrame {
  type: "pong";
  id?: FrameId;
}
/** The access token ends at that time: an `auth` frame with a fresh one keeps the socket open. */
export interface TokenExpiringFrame {
  type: "token_expiring";
  expires_at: string;
}
/** A frame of the sockets of agents, such as `challenge` and `command`. */
export interface OtherFrame {
  type: string;
  id?: FrameId;
  [field: string]: unknown;
}
/** Everything a server sends; with batching also arrays of these. */
export type ServerFrame = AckFrame | ErrorFrame | PongFrame | TokenExpiringFrame | OtherFrame | Push;

export interface AuthFrame {
  type: "auth";
  id?: FrameId;
  token: string;
}
export interface SubscribeFrame {
  type: "subscribe";
  id?: FrameId;
  channels: string[];
  since?: Record<string, Position>;
  presence?: boolean;
}
export interface UnsubscribeFrame {
  type: "unsubscribe";
  id?: FrameId;
  channels: string[];
}
export interface PingFrame {
  type: "ping";
  id?: FrameId;
}
/** A frame of a feature, such as `chat_message`. */
export interface FeatureFrame {
  type: string;
  id?: FrameId;
  [field: string]: unknown;
}
export type ClientFrame = AuthFrame | SubscribeFrame | UnsubscribeFrame | PingFrame | FeatureFrame;

/** Body of every HTTP error (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
  errors?: { path: string; message: string }[];
}

/** A notification to send. */
export interface NotifyInput {
  /** Any snake_case word that the protocol does not use itself. */
  type: string;
  message: string;
  data?: unknown;
  /** `broadcast` (default) or `notify:<name>`. */
  channel?: string;
  /** Only these people, each on their own channel. */
  user_ids?: string[];
  /** False: a push that is not stored; nobody can recover it. Default true. */
  persist?: boolean;
  /**
   * The same key within 24 hours, from the same sender, of the same type and to the same channel or people, answers the
   * first result and sends nothing. The client makes one when absent.
   */
  dedupe_key?: string;
}

export interface NotifyResult {
  id: string;
  channel: string;
  /** Position in the channel; null for `persist: false`. */
  offset: number | null;
  /** Nothing was sent: this is the answer to the first one with the same `dedupe_key`. Absent from older servers. */
  duplicate?: boolean;
}

export interface InboxItem {
  id: string;
  type: string;
  message: string;
  data: unknown;
  channel: string;
  sender: { id: string | null; name: string };
  created_at: string;
  read_at: string | null;
}

export interface InboxPage {
  items: InboxItem[];
  next_cursor: string | null;
  unread_count: number;
}

/** `push`: live and in the inbox. `email`: also by mail. `none`: not in the inbox. */
export type Delivery = "push" | "email" | "none";

/** How a person wants notifications. */
export interface Preferences {
  default: Delivery;
  /** By type; the others follow `default`. */
  types: Record<string, Delivery>;
  /** Local times such as `22:00`; nothing is pushed in between. */
  quiet_hours: { enabled: boolean; start: string; end: string; timezone: string };
}

/** The types of the tourism preset. */
export type TourismType =
  | "usuario_registrado"
  | "usuario_inicio_sesion"
  | "reserva_creada"
  | "reserva_actualizada"
  | "reserva_cancelada"
  | "servicio_contratado"
  | "recomendacion_creada"
  | `${"tour" | "servicio" | "destino" | "guia"}_${"creado" | "actualizado" | "eliminado"}`;
