// /setup: the first owner of a new installation, through the link that the server prints.
import { z } from "zod";
import { completeSetup, setupNeeded } from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import { cookieSession, setupBody, setupState, tokenPair } from "../../protocol/accounts/accounts.ts";
import { sessionAnswer } from "../http/cookies.ts";
import { pairExample } from "../http/examples.ts";
import { answer, createRouter, endpoint, jsonBody, type Router } from "../http/helpers.ts";

export function setupRoutes(app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "public",
      method: "get",
      path: "/setup",
      tags: ["Setup"],
      summary: "Does this server still need its first owner?",
      responses: { 200: answer(setupState, "The state", { needed: true, command: "./pulpo user setup-link" }) },
    }),
    async (c) => {
      // Only as long as nobody owns the server: it may name the data folder.
      const needed = await setupNeeded(app);
      return c.json({ needed, ...(needed ? { command: app.commandLine("user setup-link") } : {}) }, 200);
    },
  );
  router.openapi(
    endpoint({
      access: "public",
      errors: [403, 409],
      method: "post",
      path: "/setup",
      tags: ["Setup"],
      summary: "Create the first owner and organisation, and sign in",
      request: {
        body: jsonBody(setupBody, {
          token: "the text after #token= in the link",
          email: "ana@example.org",
          username: "ana",
          password: "a long pass phrase",
          organization_name: "Casa del Mar",
        }),
      },
      responses: { 201: answer(z.union([tokenPair, cookieSession]), "As signing in", pairExample) },
    }),
    async (c) => await sessionAnswer(c, await completeSetup(c.var.guest, c.req.valid("json")), 201),
  );
  return router;
}
