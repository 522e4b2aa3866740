// The channels, each declared once: how its name is made and taken apart, how its pushes are delivered, and who else may
// send on it. Names are never written as literals elsewhere and matched by no other pattern. They are relative to the caller's
// organisation; the hub adds the organisation itself. What is pushed on each is declared in protocol/wire/pushes.ts under the same
// key; a name knows its pushes as a type, so that `emit` takes no other. A feature may declare channels in its own folder
// (`ownChannel`). No schema is loaded from here: the console uses it.
import type { z } from "zod";
import type { PUSHES, PushKind } from "./pushes.ts";
import type { Kept, PushRule, PushRules } from "../pushes/push.ts";

/**
 * How pushes of a channel travel (docs/protocol.md, "Classes of delivery"):
 * - `durable`: stored, in order, resumed by position; who does not keep up is cut off (4408) and resumes;
 * - `signal`: a state; only the newest of each key counts, and nothing is stored;
 * - `stream`: numbered lines from one source, kept in memory for a while; who does not keep up misses lines and is told which;
 * - `relay`: binary frames from one source to viewers that acknowledge; who does not keep up gets the newest only.
 */
export type Delivery = "durable" | "signal" | "stream" | "relay";

// --- names that know what may be pushed on them --------------------------------------------------------------------

declare const CARRIES: unique symbol;

/** Type of push → what it carries; `*`: every other type. */
export type Carried = Record<string, { data: unknown; extra: object | undefined; kept: Kept }>;
/** A canonical name whose channel carries these pushes. */
// deno-lint-ignore no-explicit-any
export type ChannelName<P extends Carried = any> = string & { readonly [CARRIES]: P };

type Wire<R> = R extends PushRule<infer D, infer E, infer K>
  ? { data: z.output<D>; extra: E extends z.ZodObject ? z.output<E> : undefined; kept: K }
  : never;
type Carries<R> = { [T in keyof R & string]: Wire<R[T]> };
type CarriedBy<C> = C extends { readonly [CARRIES]: infer P } ? P : never;
type Typed<P, K extends Kept> = {
  [T in keyof P]: P[T] extends { kept: K } ? (T extends "*" ? string : T) : never;
}[keyof P];
/** What a push of type `T` carries on a channel. */
type Push<C, T> = T extends keyof CarriedBy<C> ? CarriedBy<C>[T]
  : CarriedBy<C> extends { "*": infer Other } ? Other
  : never;

/** The types of push that may be stored on the channel of a name. */
export type DurableType<C extends ChannelName> = Typed<CarriedBy<C>, "durable" | "both"> & string;
/** The types of push that may be sent without storing them. */
export type EphemeralType<C extends ChannelName> = Typed<CarriedBy<C>, "ephemeral" | "both"> & string;
/** `data` of a push. */
export type PushData<C extends ChannelName, T> = Push<C, T> extends { data: infer D } ? D : never;
/** Its further top-level fields; undefined when it has none. */
export type PushExtra<C extends ChannelName, T> = Push<C, T> extends { extra: infer E extends object | undefined } ? E
  : never;
/** The same as an argument that is left out when the push has none. */
export type ExtraArgument<C extends ChannelName, T> = undefined extends PushExtra<C, T> ? []
  : [extra: PushExtra<C, T>];

// --- declarations --------------------------------------------------------------------------------------------------

interface ChannelOptions {
  /** What comes on it, and who may read it. */
  about: string;
  /** The variable parts of the name, in order: name → pattern and what it is. */
  parameters?: Record<string, { pattern: string; about: string }>;
  /** Default `durable`. */
  delivery?: Delivery;
  /** Whether POST /notify can send there: the types of its pushes are reserved (protocol/wire/reserved_types.ts). */
  notify?: boolean;
  /**
   * Where its pushes are told apart by their type alone, without the channel: these types are reserved too, or a notification
   * could pass for one.
   */
  byTypeAlone?: string;
  /** Between instances: no client can subscribe. */
  internal?: boolean;
}

/** What whoever serves a channel needs of its declaration. */
export interface DeclaredChannel {
  /** Matches the whole canonical name; the variable parts are its groups. */
  readonly pattern: RegExp;
  readonly delivery: Delivery;
}

/** What the documents tell of it. */
export interface DescribedChannel extends DeclaredChannel, Omit<ChannelOptions, "delivery"> {
  readonly kind: string;
  /** `channel:{channel_id}` */
  readonly address: string;
}

/** One kind of channel, with pushes `R`: called with the variable parts it makes a name. */
interface OwnChannel<R extends PushRules, A extends string[]> extends DescribedChannel {
  (...parts: A): ChannelName<Carries<R>>;
  /** The first variable part of a name of this kind; null: a name of another kind. */
  idOf(name: string): string | null;
}

interface ChannelKind<K extends PushKind, A extends string[]> extends OwnChannel<typeof PUSHES[K], A> {
  /** The key of its pushes in protocol/wire/pushes.ts. */
  readonly kind: K;
}

/**
 * Declares a channel of a feature, beside its pushes, which the feature gives with its rule:
 * `ownChannel<typeof pushes, [id: string]>("dice", (id) => …, { about: … })`.
 * @param kind a word that no other channel has
 */
export function ownChannel<R extends PushRules, A extends string[]>(
  kind: string,
  nameOf: (...parts: A) => string,
  options: ChannelOptions,
): OwnChannel<R, A> {
  const parameters = Object.entries(options.parameters ?? {});
  const pattern = new RegExp(`^${nameOf(...parameters.map(([, { pattern }]) => `(${pattern})`) as A)}$`);
  return Object.assign((...parts: A) => nameOf(...parts), {
    kind,
    delivery: "durable" as const,
    ...options,
    address: nameOf(...parameters.map(([name]) => `{${name}}`) as A),
    pattern,
    idOf: (name: string) => pattern.exec(name)?.[1] ?? null,
  }) as OwnChannel<R, A>;
}

/** One of those below, with its pushes by the same key. */
function channel<K extends PushKind, A extends string[]>(
  kind: K,
  nameOf: (...parts: A) => string,
  options: ChannelOptions,
): ChannelKind<K, A> {
  return ownChannel<typeof PUSHES[K], A>(kind, nameOf, options) as ChannelKind<K, A>;
}

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const TOPIC = "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}";
const user = { user_id: { pattern: UUID, about: "The person; `me` stands for the caller when subscribing" } };

export const channels = {
  broadcast: channel("broadcast", () => "broadcast", {
    about: "Notifications to everybody. Permission `channels.subscribe` (role viewer).",
    notify: true,
  }),
  notify: channel("notify", (name: string) => `notify:${name}`, {
    about: "Notifications to a topic. Permission `channels.subscribe` (role viewer).",
    parameters: { name: { pattern: TOPIC, about: "Letters, digits and `_.-`, at most 64" } },
    notify: true,
  }),
  userNotifications: channel("userNotifications", (userId: string) => `user:${userId}:notifications`, {
    about: "Notifications to one person, for that person.",
    parameters: user,
    notify: true,
  }),
  chat: channel("chat", (channelId: string) => `channel:${channelId}`, {
    about: "What happens in a chat channel, for those who may read it.",
    parameters: { channel_id: { pattern: UUID, about: "The chat channel" } },
    byTypeAlone: "outgoing webhooks name the types that they want, those of notifications and these alike",
  }),
  userChat: channel("userChat", (userId: string) => `user:${userId}:chat`, {
    about: "A person's own devices: read state, settings, drafts.",
    parameters: user,
  }),
  dashboard: channel("dashboard", () => "dashboard", {
    about: "Live figures. Permission `dashboard.read` (role viewer).",
    delivery: "signal",
    byTypeAlone: "readers of event streams listen for `metrics`, whatever else the stream carries",
  }),
  presence: channel("presence", () => "presence", {
    about: "Who is online and with which status. Permissions `channels.subscribe` and `users.read` (role viewer).",
  }),
  moderation: channel("moderation", () => "moderation", {
    about: "The moderators' queue: reports and flagged messages. Permission `chat.moderate`.",
  }),
  transfers: channel("transfers", () => "transfers", {
    about: "Progress of imports and exports. Permission `chat.import` or `chat.export`.",
  }),
  agents: channel("agents", () => "agents", {
    about: "Agents that come and go. Permissions `channels.subscribe` and `agents.read` (role admin).",
  }),
  control: channel("control", () => "_control", {
    about: "Revocations and permission changes, read by every instance.",
    internal: true,
  }),
};

/** `user:<id>:chat` or `user:me:chat`. */
export function isUserChat(name: string): boolean {
  return /^user:[^:]+:chat$/.test(name);
}

/** A name to which POST /notify can send by itself: `broadcast` or `notify:<name>`; null: another one. */
export function notifyChannel(name: string): NotificationChannel | null {
  const named = channels.broadcast.pattern.test(name) || channels.notify.pattern.test(name);
  return named ? name as NotificationChannel : null;
}
/** A name on which notifications of any type travel: `broadcast`, `notify:<name>` and people's own. */
export type NotificationChannel = ReturnType<typeof channels.broadcast>;

export const NOTIFY_NAME = new RegExp(`^${TOPIC}$`);
/** The longest channel name a client may send. */
export const MAX_CHANNEL_NAME = 128;

/** Replaces `me` in `user:me:notifications` by the caller's id; other names come back unchanged. */
export function resolveMe(name: string, userId: string | null): string {
  return userId ? name.replace(/^user:me:/, `user:${userId}:`) : name;
}
