// Dice: everybody of an organisation rolls them, everybody sees what came.
import { authorize } from "../../kernel/actor.ts";
import { diceChannel } from "../../protocol/dice/channel.ts";
import { dicePushes, rollFrame } from "../../protocol/dice/dice.ts";
import { defineFeature, frame } from "../define.ts";
import { roll, rollsOf } from "./roll.ts";

export { roll };

export const diceFeature = defineFeature({
  name: "dice",
  routes: () => import("../../routes/dice/mod.ts").then((m) => m.routes),
  permissions: { "dice.roll": "member" },
  channels: [{
    channel: diceChannel,
    pushes: dicePushes,
    authorize: ({ actor }) => authorize(actor, "dice.roll"),
  }],
  frames: {
    roll: frame({
      schema: rollFrame,
      shown: { about: "Rolls a die. Answer: `ack` with what came.", example: { type: "roll", id: 1, sides: 20 } },
      handle: (ctx, { sides }) => roll(ctx, sides),
    }),
  },
  gauges: (app) => [{ name: "pulpo_dice_rolls", help: "Rolls since the start", value: rollsOf(app).count }],
});
