// Rolling. How often, is counted since the start of this instance.
import { authorize } from "../../kernel/actor.ts";
import { perApp } from "../../kernel/per_app.ts";
import { diceChannel } from "../../protocol/dice/channel.ts";
import type { Roll } from "../../protocol/dice/dice.ts";
import type { App, Ctx } from "../context.ts";

export const rollsOf = perApp((_app: App) => ({ count: 0 }));

/** Rolls a die and tells everybody who looks. Needs `dice.roll`. */
export function roll({ app, actor }: Ctx, sides: number): Promise<Roll> {
  authorize(actor, "dice.roll");
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  const rolled = { by: actor.username, sides, value: 1 + random! % sides };
  rollsOf(app).count++;
  app.realtime.signal(actor.organizationId, diceChannel(), "rolled", rolled);
  return Promise.resolve(rolled);
}
