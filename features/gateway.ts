// What the realtime side asks (realtime/gateway.ts), answered from the list of features.
import type { AllowedChannel, Gateway, Peer } from "../realtime/gateway.ts";
import { authenticate, refreshActor } from "./accounts/mod.ts";
import { refreshAgent } from "./agents/mod.ts";
import type { App, Ctx } from "./context.ts";
import type { BinaryRule, ChannelAsk, Feature } from "./define.ts";
import type { Actor } from "../kernel/actor.ts";
import { AppError, toAppError } from "../kernel/errors.ts";
import { coreFrames } from "../realtime/core_frames.ts";
import { checkFrame, FrameTable, type FrameTaker } from "../realtime/frame_table.ts";
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
  const handshakes: HandshakeTable = {};
  /** The types of handshakes → the handshake. */
  const signsIn = new Map<string, string>();
  for (const [name, make] of features.flatMap((feature) => Object.entries(feature.handshakes ?? {}))) {
    if (handshakes[name]) throw new Error(`Two features have a handshake of the name "${name}".`);
    handshakes[name] = make;
    for (const type of make(app, null).types) signsIn.set(type, name);
  }
  const binary = new Map<number, BinaryRule>();
  for (const rule of features.flatMap((feature) => feature.binary ?? [])) {
    if (binary.has(rule.kind)) throw new Error(`Two features take binary frames of the kind ${rule.kind}.`);
    binary.set(rule.kind, rule);
  }
  const ctxOf = (actor: Actor, { connectionId, ip, userAgent, log }: Peer): Ctx => ({
    app,
    actor,
    requestId: connectionId,
    ip,
    userAgent,
    log,
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

  const takersOf = ({ name: owner, frames = {} }: Feature): FrameTaker[] =>
    Object.entries(frames).flatMap(([type, rules]) => {
      // On the socket of such a handshake the frame would never come to the feature.
      const handshake = signsIn.get(type);
      if (handshake) {
        throw new Error(`The frame ${type} of ${owner} is one of the handshake "${handshake}": it needs another type.`);
      }
      return [rules].flat().map(({ variant, lane = "ordered", framesPerSecond, schema, handle }) => ({
        type,
        variant,
        lane,
        framesPerSecond,
        owner,
        async take({ actor, peer }, frame, reply) {
          reply(await handle(ctxOf(actor!, peer), checkFrame(schema, frame)));
        },
      }));
    });

  return {
    authenticate: (token) => authenticate(app, token, { tickets: true }),
    handshake: (name, peer) => handshakes[name]!(app, peer.ip),
    refresh: (actor) => actor.kind === "agent" ? refreshAgent(app, actor) : refreshActor(app, actor),
    async authorizeChannels(actor, names, peer) {
      const ctx = ctxOf(actor, peer);
      return await Promise.all(names.map((name) => allowed(ctx, name).catch(toAppError)));
    },
    frames: new FrameTable([...coreFrames, ...features.flatMap(takersOf)]),
    binaryBounds: (kind) => binary.get(kind),
    handleBinary: (actor, frame, peer) => binary.get(frame.kind)!.handle(ctxOf(actor, peer), frame),
  };
}
