// Answers the realtime side's three questions from the features (realtime/gateway.ts).
import type { AllowedChannel, Gateway, Peer } from "../realtime/gateway.ts";
import { authenticate, refreshActor } from "../features/accounts/mod.ts";
import { refreshAgent } from "../features/agents/mod.ts";
import type { App, Ctx } from "../features/context.ts";
import type { BinaryRule, ChannelAsk, Feature } from "../features/define.ts";
import type { Actor } from "../kernel/actor.ts";
import { AppError, toAppError } from "../kernel/errors.ts";
import { ReadBatch } from "../kernel/read_batch.ts";

/** Channels of readers that are looked up in one statement. */
const MAX_ASKS = 1000;

type HandshakeTable = NonNullable<Feature["handshakes"]>;

export function createGateway(app: App, features: readonly Feature[]): Gateway {
  const rules = features.flatMap((feature) => feature.channels ?? []).map((rule) => ({
    rule,
    rows: rule.authorizeMany && new ReadBatch<ChannelAsk, undefined>({
      read: (asks) => rule.authorizeMany!(app, asks),
      maxWeight: MAX_ASKS,
      maxRunning: 2,
    }),
  }));
  const frames = new Map(features.flatMap((feature) => Object.entries(feature.frames ?? {})));
  const handshakes = Object.assign({}, ...features.map((feature) => feature.handshakes)) as HandshakeTable;
  const binary = new Map<number, BinaryRule>();
  for (const rule of features.flatMap((feature) => feature.binary ?? [])) {
    if (binary.has(rule.kind)) throw new Error(`Two features take binary frames of the kind ${rule.kind}.`);
    binary.set(rule.kind, rule);
  }
  const ctxOf = (actor: Actor, peer: Peer): Ctx => ({
    app,
    actor,
    requestId: peer.connectionId,
    ip: peer.ip,
    userAgent: peer.userAgent,
    log: app.log.child({ connection_id: peer.connectionId }),
  });

  /** @throws AppError `unknown_channel`, `forbidden`, `not_found` */
  async function allowed(ctx: Ctx, name: string): Promise<AllowedChannel> {
    for (const { rule, rows } of rules) {
      const match = rule.channel.pattern.exec(name);
      if (!match) continue;
      rule.authorize(ctx, match);
      await rows?.ask({ actor: ctx.actor, match });
      return {
        channel: name,
        delivery: rule.channel.delivery,
        presence: rule.presence !== undefined,
        ...(rule.greeting ? { greeting: () => rule.greeting!(ctx) } : {}),
      };
    }
    throw new AppError("unknown_channel", "There is no channel of this name.");
  }

  return {
    authenticate: (token) => authenticate(app, token, { tickets: true }),
    handshake: (name, peer) => handshakes[name]!(app, peer.ip),
    refresh: (actor) => actor.kind === "agent" ? refreshAgent(app, actor) : refreshActor(app, actor),
    async authorizeChannels(actor, names, peer) {
      const ctx = ctxOf(actor, peer);
      return await Promise.all(names.map((name) => allowed(ctx, name).catch(toAppError)));
    },
    async handleFrame(actor, frame, peer) {
      const rule = frames.get(String(frame.type));
      if (!rule) throw new AppError("unknown_type", `This server does not know the frame type "${frame.type}".`);
      const input = rule.schema.safeParse(frame);
      if (!input.success) {
        const [issue] = input.error.issues;
        throw new AppError("validation_failed", `${issue!.path.join(".") || frame.type}: ${issue!.message}`);
      }
      return await rule.handle(ctxOf(actor, peer), input.data);
    },
    binaryBounds: (kind) => binary.get(kind),
    handleBinary: (actor, frame, peer) => binary.get(frame.kind)!.handle(ctxOf(actor, peer), frame),
  };
}
