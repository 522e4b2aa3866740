// /auth/2fa: the caller's own second factor, and the reset of somebody else's.
import { z } from "zod";
import {
  confirmSession,
  disableSecondFactor,
  enableSecondFactor,
  finishSignIn,
  getSecondFactor,
  renewRecoveryCodes,
  resetSecondFactor,
  setUpSecondFactor,
} from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import { cookieSession, tokenPair } from "../../protocol/accounts/accounts.ts";
import {
  confirmBody,
  enableBody,
  provenBody,
  recoveryCodes,
  secondFactorState,
  secondStepBody,
  totpSetup,
} from "../../protocol/accounts/second_factor.ts";
import { sessionAnswer } from "../http/cookies.ts";
import { pairExample } from "../http/examples.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";

const TAGS = ["Accounts"];
const NEEDS = "second_factor.manage";
const codesExample = { recovery_codes: ["7q4kx-n2v8d", "0m3hz-9t5cb"] };
const provenExample = { password: "a long pass phrase", code: "492039" };

export function secondFactorRoutes(_app: App): Router {
  const router = createRouter();
  state(router);
  secondStep(router);
  changes(router);
  administration(router);
  return router;
}

function state(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: NEEDS,
      method: "get",
      path: "/auth/2fa",
      tags: TAGS,
      summary: "Whether the caller's sign-in asks for a second step",
      responses: {
        200: answer(secondFactorState, "The second factor", {
          enabled: true,
          enabled_at: "2026-01-15T09:30:00.000Z",
          recovery_codes_left: 9,
          has_password: true,
        }),
      },
    }),
    async (c) => c.json(await getSecondFactor(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: NEEDS,
      method: "post",
      path: "/auth/confirm",
      tags: TAGS,
      summary: "Confirm with the password that the session's person is there; good for ten minutes",
      request: { body: jsonBody(confirmBody, { password: "a long pass phrase" }) },
      responses: { 204: empty("Confirmed") },
    }),
    async (c) => {
      await confirmSession(c.var.ctx, c.req.valid("json").password);
      return c.body(null, 204);
    },
  );
}

function secondStep(router: Router): void {
  router.openapi(
    endpoint({
      access: "public",
      errors: [401, 403],
      method: "post",
      path: "/auth/login/second",
      tags: TAGS,
      summary: "The second step of a sign-in through a provider",
      request: {
        body: jsonBody(secondStepBody, { ticket: "0198c0de-7a11-7000-8000-0000000000a1.provider.1…", totp: "492039" }),
      },
      responses: { 200: answer(z.union([tokenPair, cookieSession]), "As POST /auth/login", pairExample) },
    }),
    async (c) => {
      const { ticket, ...given } = c.req.valid("json");
      return await sessionAnswer(c, await finishSignIn(c.var.guest, ticket, given), 200);
    },
  );
}

function changes(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: NEEDS,
      errors: [409],
      method: "post",
      path: "/auth/2fa/setup",
      tags: TAGS,
      summary: "A secret for an authenticator app (TOTP); needs a sign-in or confirmation of the last ten minutes",
      responses: {
        200: answer(totpSetup, "The secret; `enable` makes it count", {
          secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
          otpauth_url: "otpauth://totp/Casa%20del%20Mar:ana%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        }),
      },
    }),
    async (c) => c.json(await setUpSecondFactor(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: NEEDS,
      errors: [409],
      method: "post",
      path: "/auth/2fa/enable",
      tags: TAGS,
      summary: "Switch the second step on with a code of the app; other sessions end",
      request: { body: jsonBody(enableBody, { code: "492039" }) },
      responses: { 200: answer(recoveryCodes, "Recovery codes, each good once", codesExample) },
    }),
    async (c) => {
      const { code } = c.req.valid("json");
      return c.json({ recovery_codes: await enableSecondFactor(c.var.ctx, code) }, 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: NEEDS,
      errors: [409],
      method: "post",
      path: "/auth/2fa/disable",
      tags: TAGS,
      summary: "Switch the second step off; other sessions end",
      request: { body: jsonBody(provenBody, provenExample) },
      responses: { 204: empty("Switched off") },
    }),
    async (c) => {
      await disableSecondFactor(c.var.ctx, c.req.valid("json"));
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: NEEDS,
      errors: [409],
      method: "post",
      path: "/auth/2fa/recovery-codes",
      tags: TAGS,
      summary: "New recovery codes; the old ones stop working",
      request: { body: jsonBody(provenBody, provenExample) },
      responses: { 200: answer(recoveryCodes, "Recovery codes, each good once", codesExample) },
    }),
    async (c) => c.json({ recovery_codes: await renewRecoveryCodes(c.var.ctx, c.req.valid("json")) }, 200),
  );
}

function administration(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      errors: [404, 409],
      method: "delete",
      path: "/users/{id}/2fa",
      tags: ["Users"],
      summary: "Remove a person's second factors (who has lost them); the person is told and signed out everywhere",
      request: { params: idParam },
      responses: { 204: empty("Removed") },
    }),
    async (c) => {
      await resetSecondFactor(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
}
