// /auth/request-otp, /auth/verify-otp and /auth/phone: one-time codes by text message or mail (CONTRACT section 2).
import { z } from "zod";
import { askForPhone, attachPhone, removePhone, requestCode, verifyCode } from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import { cookieSession, tokenPair, user } from "../../protocol/accounts/accounts.ts";
import {
  codeSent,
  phoneBody,
  requestCodeBody,
  verifyCodeBody,
  verifyPhoneBody,
} from "../../protocol/accounts/sign_in_codes.ts";
import { sessionAnswer } from "../http/cookies.ts";
import { pairExample, userExample } from "../http/examples.ts";
import { answer, createRouter, empty, endpoint, jsonBody, type Router } from "../http/helpers.ts";

const PHONE = "+34600111222";
const sentExample = { expires_in: 300, retry_after: 30 };

export function codeRoutes(_app: App): Router {
  const router = createRouter();
  signingIn(router);
  ownNumber(router);
  return router;
}

function signingIn(router: Router): void {
  router.openapi(
    endpoint({
      access: "public",
      errors: [403],
      method: "post",
      path: "/auth/request-otp",
      tags: ["Accounts"],
      summary:
        "Send a six-digit code to a telephone number or an e-mail address; the same answer whether or not it is known",
      request: { body: jsonBody(requestCodeBody, { phone: PHONE }) },
      responses: {
        202: answer(codeSent, "When it is known here, or registration is open, a code is on its way", sentExample),
      },
    }),
    async (c) => c.json(await requestCode(c.var.guest, c.req.valid("json")), 202),
  );
  router.openapi(
    endpoint({
      access: "public",
      errors: [401, 403],
      method: "post",
      path: "/auth/verify-otp",
      tags: ["Accounts"],
      summary: "Sign in with a code; a new number or address makes an account while registration is open",
      request: { body: jsonBody(verifyCodeBody, { phone: PHONE, code: "123456" }) },
      responses: {
        200: answer(
          z.union([tokenPair, cookieSession]),
          "A token pair, or with the header `X-Pulpo-Session: cookie` cookies and a body without tokens",
          pairExample,
        ),
      },
    }),
    async (c) => await sessionAnswer(c, await verifyCode(c.var.guest, c.req.valid("json")), 200),
  );
}

function ownNumber(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      method: "post",
      path: "/auth/phone",
      tags: ["Accounts"],
      summary: "Send a code to a number, to add it to the own account",
      request: { body: jsonBody(phoneBody, { phone: PHONE }) },
      responses: { 202: answer(codeSent, "The code is on its way", sentExample) },
    }),
    async (c) => c.json(await askForPhone(c.var.ctx, c.req.valid("json").phone), 202),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      errors: [409],
      method: "post",
      path: "/auth/phone/verify",
      tags: ["Accounts"],
      summary: "Add the number with the code that was sent to it; it takes the place of an earlier one",
      request: { body: jsonBody(verifyPhoneBody, { phone: PHONE, code: "123456" }) },
      responses: { 200: answer(user, "The caller", { ...userExample, phone: PHONE }) },
    }),
    async (c) => {
      const { phone, code } = c.req.valid("json");
      return c.json(await attachPhone(c.var.ctx, phone, code), 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      errors: [409],
      method: "delete",
      path: "/auth/phone",
      tags: ["Accounts"],
      summary: "Take the number away; refused when it is the last way in",
      responses: { 204: empty("Removed") },
    }),
    async (c) => {
      await removePhone(c.var.ctx);
      return c.body(null, 204);
    },
  );
}
