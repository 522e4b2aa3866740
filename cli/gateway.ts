// Answers the realtime side's three questions from the features (realtime/gateway.ts).
import type { Gateway, Peer } from "../realtime/gateway.ts";
import { authenticate, refreshActor } from "../features/accounts/mod.ts";
import type { App, Ctx } from "../features/context.ts";
import type { BinaryRule, Feature } from "../features/define.ts";
import type { Actor } from "../kernel/actor.ts";
import { AppError } from "../kernel/errors.ts";

type HandshakeTable = NonNullable<Feature["handshakes"]>;

export function createGateway(app: App, features: readonly Feature[]): Gateway {
  const rules = features.flatMap((feature) => feature.channels ?? []);
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

  return {
    authenticate: (token) => authenticate(app, token, { tickets: true }),
    handshake: (name) => handshakes[name]!(app),
    refresh: (actor) => refreshActor(app, actor),
    async authorizeChannel(actor, name, peer) {
      for (const rule of rules) {
        const match = rule.pattern.exec(name);
        if (!match) continue;
        const ctx = ctxOf(actor, peer);
        await rule.authorize(ctx, match);
        return {
          channel: name,
          delivery: rule.delivery ?? "durable",
          presence: rule.presence !== undefined,
          ...(rule.greeting ? { greeting: () => rule.greeting!(ctx) } : {}),
        };
      }
      throw new AppError("unknown_channel", "There is no channel of this name.");
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
