// Dice on the wire: how to roll, and what is told of it.
import { z } from "zod";
import { ephemeral } from "../pushes/push.ts";
import { frameId } from "../wire/frames.ts";

const sides = z.number().int().min(2).max(100).default(6);

export const rollBody = z.strictObject({ sides });
export const rollFrame = z.object({ type: z.literal("roll"), id: frameId, sides });

export const roll = z.object({
  by: z.string().meta({ description: "Username" }),
  sides: z.number().int(),
  value: z.number().int().meta({ description: "1 to `sides`" }),
}).meta({ id: "Roll" });
export type Roll = z.infer<typeof roll>;
export const ROLL_EXAMPLE: Roll = { by: "ana", sides: 6, value: 4 };

export const dicePushes = { rolled: ephemeral("Somebody has rolled.", roll, ROLL_EXAMPLE) };
