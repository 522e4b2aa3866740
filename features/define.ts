// What a feature tells the rest of the product. features/mod.ts lists all features; nothing registers itself.
import type { z } from "zod";
import type { Actor, Role } from "../kernel/actor.ts";
import type { AppError } from "../kernel/errors.ts";
import type { Queryable, Tx } from "../db/sql.ts";
import type { Handshake } from "../kernel/handshake.ts";
import type { BinaryFrame } from "../protocol/wire/binary.ts";
import type { Card } from "../protocol/chat/cards.ts";
import type { ControlEvent } from "../protocol/wire/control.ts";
import type { PushRules } from "../protocol/pushes/push.ts";
import type { DeclaredChannel, DescribedChannel } from "../protocol/wire/channels.ts";
import type { FrameEntry } from "../protocol/wire/frame_list.ts";
import type { FeatureFigures } from "../protocol/operation/process.ts";
import type { FeatureRoutes } from "../routes/feature_routes.ts";
import type { App, Ctx, NewOrganization, NewPerson } from "./context.ts";

/**
 * `channel` is its declaration; matched against the canonical name, after `me` was resolved. `pushes` belong to one that the feature
 * declares itself (`ownChannel`); those of protocol/wire/channels.ts have theirs in protocol/wire/pushes.ts.
 */
export type ChannelRule =
  & ReadRule
  & ({ channel: DeclaredChannel; pushes?: undefined } | { channel: DescribedChannel; pushes: PushRules });

/** Who may read a channel, and what new readers get. */
interface ReadRule {
  /**
   * What the actor's own rights say, without asking anybody. Throws AppError (`forbidden`) when the actor may not subscribe.
   * Called again when the actor has lost a right.
   */
  authorize(ctx: Ctx, match: RegExpMatchArray): void;
  /**
   * What stored rows say, for the channels of many readers at a time in a constant number of statements. Answers for each
   * undefined or why not (`forbidden`, `not_found`). Called again when an actor has lost a right, and at the control event
   * `channel_changed`, which whoever changes such a row emits. More rights never let an actor read less.
   */
  authorizeMany?(app: App, asks: readonly ChannelAsk[]): Promise<(AppError | undefined)[]>;
  /** Members that count for presence, if the channel has any: those online among them are shown. */
  presence?: "organization";
  /** What a new reader gets at once, for channels that tell a state. */
  greeting?(ctx: Ctx): { type: string; data: unknown; extra?: Record<string, unknown> };
}

/** An actor who would read the channel of this name. */
export interface ChannelAsk {
  actor: Actor;
  match: RegExpMatchArray;
}

export interface FrameRule<S extends z.ZodType = z.ZodType> {
  schema: S;
  /** The field that stands in this variant of the type and in no other one (`typing {channel_id}`, `typing {to}`). */
  variant?: string;
  /**
   * `ordered` (when nothing is said): worked on after the frames before it. `fast`: waits for other fast frames only, so that it
   * never waits for a COMMIT; at most 32 KiB. For what is worth nothing a second later.
   */
  lane?: "ordered" | "fast";
  /**
   * Average of one connection, twice as many at once, a frame for every 16 KiB begun; beyond that it is refused
   * (`rate_limited`). Absent: it counts with all other frames of the connection.
   */
  framesPerSecond?: number;
  /** For the documents, of a frame that does not stand in protocol/wire/frame_list.ts. */
  shown?: Pick<FrameEntry, "about" | "example">;
  /** Returns the `data` of the ack, which frames with an `id` get. */
  handle(ctx: Ctx, input: z.infer<S>): Promise<unknown>;
}

/** Takes one kind of binary frames of connections that have signed in (protocol/wire/binary.ts). */
export interface BinaryRule {
  /** 0 to 255; each kind belongs to one feature. */
  kind: number;
  /** The largest frame, header included; a larger one closes the connection (1009). */
  maxBytes: number;
  /** Average of one connection, twice as many at once; beyond that it is closed (4429). */
  framesPerSecond: number;
  /** Never waits for frames that are texts; frames of one connection come one at a time, in order. Throws AppError. */
  handle(ctx: Ctx, frame: BinaryFrame): Promise<void> | void;
}

/** An event as consumers see it. */
export interface ConsumedEvent {
  id: number;
  organizationId: string;
  channel: string;
  type: string;
  /** The push without channel, offset and epoch. */
  push: Record<string, unknown>;
}

/** Reads the event log in commit order behind the scenes, in batches, at least once, on one instance at a time. */
export interface Consumer {
  /** Stored with its position; never rename. */
  name: string;
  handle(app: App, events: ConsumedEvent[]): Promise<void>;
}

export interface JobRule<T extends object = object> {
  /** `area.verb`, stored; never rename. */
  name: string;
  /** Tries after the first one, with exponential back-off; then the job is a dead letter. */
  retryLimit: number;
  retryDelaySeconds?: number;
  /** Five-field cron in UTC for a job that runs by itself. */
  cron?: string;
  handle(app: App, data: T, job: { id: string; attempt: number; lastAttempt: boolean }): Promise<void>;
}

/** Takes the posts to incoming webhooks whose channel it knows. */
export interface HookTarget {
  /** Matched against the webhook's channel. */
  channel: DeclaredChannel;
  /** Throws AppError when the actor may not make a webhook for this channel. */
  authorize(ctx: Ctx, match: RegExpMatchArray): Promise<void>;
  /** Returns when it is stored. Throws AppError (`not_found`, `channel_archived`, `message_blocked`). */
  post(
    app: App,
    organizationId: string,
    match: RegExpMatchArray,
    post: { hookId: string; senderName: string; content: string; cards: Card[] },
  ): Promise<void>;
}

/** One figure of /metrics. */
export interface Gauge {
  /** `pulpo_…`, with its unit; unique over all features. */
  name: string;
  help: string;
  value: number;
}

export interface Feature {
  name: string;
  /** Loads its endpoints: `() => import("../../routes/….ts").then(…)`. Only where a server starts. */
  routes?: () => Promise<FeatureRoutes>;
  /** Permission → the lowest role that holds it. */
  permissions: Record<string, Role>;
  channels?: ChannelRule[];
  /** By type; several where the type has variants. */
  frames?: Record<string, FrameRule | FrameRule[]>;
  binary?: BinaryRule[];
  /** Ways to sign in on a socket, by the name that routes/operation/realtime.ts gives a path. Each call makes one for one socket. */
  handshakes?: Record<string, (app: App, ip: string | null) => Handshake>;
  consumers?: Consumer[];
  // deno-lint-ignore no-explicit-any
  jobs?: JobRule<any>[];
  hookTargets?: HookTarget[];
  /**
   * Begins what runs by itself on every instance (timers, listeners); the server listens then, jobs do not run yet. Returns
   * what ends it, called when no request, consumer or job is left. @param ms (of the returned function) what it may take
   */
  start?(app: App): (ms: number) => Promise<void> | void;
  /** What an administrator's Prometheus reads at /metrics, as it is now on this instance. */
  gauges?(app: App): Gauge[] | Promise<Gauge[]>;
  /** Figures of the organisation on its live dashboard that only this feature knows. Quick: asked every 5 s. */
  figures?(app: App, organizationId: string): Partial<FeatureFigures>;
  /** Applies a change of rights on every instance, within a second of its COMMIT. Quick; may come twice. */
  onControl?(app: App, event: ControlEvent): void;
  /** Writes what waits in memory, before the database closes; commands without a server call it, too. */
  close?(app: App): Promise<void>;
  /** Adds what every new organisation has, in the transaction that makes it and its owner. */
  furnish?(app: App, tx: Tx, organization: NewOrganization): Promise<void>;
  /** Adds what every new person has, in the transaction that lets them in. */
  welcome?(app: App, tx: Tx, person: NewPerson): Promise<void>;
  /** Takes a person out of all places of this feature, in the transaction that deletes the account, while it is there. */
  leave?(app: App, tx: Tx, person: { organizationId: string; userId: string }): Promise<void>;
  /** Brings the people of a group to the places that have let it in, and out of them; in the transaction that changes it. */
  regroup?(ctx: Ctx, tx: Tx, groupId: string): Promise<void>;
  /** Those of the ids that are places of this feature into which the actor may put people. */
  invitable?(app: App, db: Queryable, actor: Actor, ids: readonly string[]): Promise<string[]>;
  /** Ids of the people whom this one meets somewhere, without the one who asks. */
  acquaintances?(app: App, db: Queryable, person: { organizationId: string; userId: string }): Promise<string[]>;
  /** Which of these media the feature's rows refer to: they are not removed. Called inside transactions. */
  mediaUsers?: MediaUsers;
}

/** Answers those of `ids` that are in use. */
export type MediaUsers = (db: Queryable, organizationId: string, ids: string[]) => Promise<string[]>;

export function defineFeature(feature: Feature): Feature {
  return feature;
}

/** Keeps the type of one frame rule while features list rules of many types. */
export function frame<S extends z.ZodType>(rule: FrameRule<S>): FrameRule {
  return rule as unknown as FrameRule;
}
