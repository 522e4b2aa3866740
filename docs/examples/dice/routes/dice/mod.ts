// The endpoints of dice.
import type { App } from "../../features/context.ts";
import { roll } from "../../features/dice/mod.ts";
import { roll as rolled, ROLL_EXAMPLE, rollBody } from "../../protocol/dice/dice.ts";
import type { FeatureRoutes } from "../feature_routes.ts";
import { answer, createRouter, endpoint, jsonBody, type Router } from "../http/helpers.ts";

function diceRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "dice.roll",
      method: "post",
      path: "/dice/rolls",
      tags: ["dice"],
      summary: "Roll a die",
      request: { body: jsonBody(rollBody, { sides: 6 }) },
      responses: { 201: answer(rolled, "What came", ROLL_EXAMPLE) },
    }),
    async (c) => c.json(await roll(c.var.ctx, c.req.valid("json").sides), 201),
  );
  return router;
}

export const routes: FeatureRoutes = { api: [diceRoutes] };
