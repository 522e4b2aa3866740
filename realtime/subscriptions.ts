// What one connection reads: checked by the features, brought to its position by the hub (recovery.ts), ended when it is no
// longer allowed. Invariant: a channel is read once on a connection, by its canonical name.
import type { Actor } from "../kernel/actor.ts";
import { AppError, toAppError } from "../kernel/errors.ts";
import { CLOSE } from "../protocol/errors.ts";
import { resolveMe } from "../protocol/wire/channels.ts";
import type { Position, SubscribeAck } from "../protocol/wire/frames.ts";
import type { Connection } from "./connection.ts";
import { Encoded, ephemeral } from "./encoded.ts";
import type { AllowedChannel } from "./gateway.ts";
import type { LiveFeed } from "./live_feed.ts";
import type { Prepared } from "./recovery.ts";
import { needsWebSocket, RelayFeed } from "./relay.ts";
import type { Topic } from "./topic.ts";

interface Subscription {
  topic: Topic | LiveFeed | undefined;
  cancelled: boolean;
}

export class Subscriptions {
  private readonly byChannel = new Map<string, Subscription>();

  constructor(private readonly connection: Connection) {}

  get size(): number {
    return this.byChannel.size;
  }

  has(channel: string): boolean {
    return this.byChannel.has(channel);
  }

  channels(): string[] {
    return [...this.byChannel.keys()];
  }

  /** Checks and prepares all channels, hands the answer to `acknowledge`, then sends what was missed and goes live. */
  async add(
    names: readonly string[],
    since: Record<string, Position> | undefined,
    wantsPresence: boolean,
    acknowledge: (ack: SubscribeAck) => void,
  ): Promise<void> {
    const ack: SubscribeAck = { channels: {}, denied: {} };
    const asked = [...new Set(names)];
    const { connection } = this, { gateway, peer, access } = connection;
    const actor = connection.actor!, changes = access.changes;
    const canonical = asked.map((name) => resolveMe(name, actor.userId));
    const answers = await gateway.authorizeChannels(actor, canonical, peer);
    // What was asked may be older than a change that has been told meanwhile.
    const again = access.changes !== changes || connection.actor !== actor;
    const starts = (await Promise.all(
      asked.map((name, i) => this.prepare(name, answers[i]!, again, since?.[name], wantsPresence, ack)),
    )).filter((start) => start !== undefined);
    if (connection.closed) return;
    acknowledge(ack);
    await Promise.all(starts.map((start) => start()));
  }

  private async prepare(
    name: string,
    allowed: AllowedChannel | AppError,
    again: boolean,
    since: Position | undefined,
    wantsPresence: boolean,
    ack: SubscribeAck,
  ): Promise<(() => Promise<void>) | undefined> {
    const { connection, byChannel } = this, { hub } = connection;
    const actor = connection.actor!;
    let subscription: Subscription | undefined, channel = "";
    try {
      if (allowed instanceof AppError) throw allowed;
      channel = allowed.channel;
      const presence = wantsPresence && allowed.presence ? this.presence(actor) : undefined;
      const extra = { ...(channel !== name ? { channel } : {}), ...(presence ? { presence } : {}) };
      const existing = byChannel.get(channel);
      if (existing?.topic) {
        // Already reading it: nothing is missed and nothing is sent twice.
        const { epoch, offset } = existing.topic;
        ack.channels[name] = { epoch, offset, recovered: since !== undefined, ...extra };
        return;
      }
      if (existing) throw new AppError("conflict", "This channel is being subscribed already.");
      const most = connection.options.maxSubscriptions;
      if (byChannel.size >= most) {
        throw new AppError("too_many_subscriptions", `One connection reads at most ${most} channels.`);
      }
      if (allowed.delivery === "relay" && connection.mode === "stream") throw needsWebSocket();
      subscription = { topic: undefined, cancelled: false };
      byChannel.set(channel, subscription);
      if (again) hub.rechecks.add(connection, channel);
      const prepared = await hub.recovery.prepare(actor.organizationId, channel, since, allowed.delivery);
      subscription.topic = prepared.topic;
      ack.channels[name] = { ...prepared.answer, ...extra };
      const mine = subscription;
      if (mine.cancelled || connection.closed) {
        hub.recovery.release(prepared.topic);
        return;
      }
      return () => this.goLive(channel, mine, prepared, allowed.greeting);
    } catch (error) {
      const failure = toAppError(error);
      if (failure.status >= 500) connection.log.error("subscribe failed", { channel: name, error });
      ack.denied[name] = failure.code;
      if (subscription) byChannel.delete(channel);
    }
  }

  private async goLive(
    channel: string,
    subscription: Subscription,
    prepared: Prepared,
    greeting: AllowedChannel["greeting"],
  ): Promise<void> {
    const { connection } = this;
    const wanted = () => !subscription.cancelled && !connection.closed;
    try {
      await connection.hub.recovery.join(connection, prepared, wanted, greeting !== undefined);
      const state = await greeting?.();
      const { topic } = prepared;
      if (state && wanted()) connection.push(topic, new Encoded(ephemeral(topic.organizationId, channel, state)));
    } catch (error) {
      connection.log.warn("recovery failed; the reader resumes on a new connection", { channel, error: String(error) });
      connection.close(CLOSE.restarting, "recovery failed; reconnect and resume");
    }
  }

  private presence({ organizationId }: Actor): { count: number; users: string[] } {
    const users = this.connection.hub.presence.onlineUsers(organizationId);
    return { count: users.length, users: users.slice(0, 200) };
  }

  /** @returns false when the channel was not subscribed. */
  remove(channel: string): boolean {
    const subscription = this.byChannel.get(channel);
    if (!subscription) return false;
    this.byChannel.delete(channel);
    subscription.cancelled = true;
    if (subscription.topic) {
      subscription.topic.leave(this.connection);
      this.connection.hub.recovery.release(subscription.topic);
    }
    return true;
  }

  /** The viewer has the frames of this relay up to `seq`; of other channels nothing is kept. */
  acknowledge(channel: string, seq: number): void {
    const topic = this.byChannel.get(channel)?.topic;
    if (topic instanceof RelayFeed) topic.acknowledge(this.connection, seq);
  }

  reads(topic: Topic): boolean {
    return this.byChannel.get(topic.channel)?.topic === topic;
  }
}
