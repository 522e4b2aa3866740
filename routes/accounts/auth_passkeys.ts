// /auth/passkeys: registration and sign-in by WebAuthn, and the caller's list.
import { z } from "zod";
import {
  confirmWithPasskey,
  deletePasskey,
  listPasskeys,
  loginWithPasskey,
  passkeyLoginOptions,
  passkeyRegistrationOptions,
  registerPasskey,
  renamePasskey,
  type Site,
} from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import { AppError } from "../../kernel/errors.ts";
import { cookieSession, tokenPair } from "../../protocol/accounts/accounts.ts";
import {
  authenticationBody,
  credentialOptions,
  passkey,
  passkeyBody,
  passkeyPage,
  registrationBody,
} from "../../protocol/accounts/passkeys.ts";
import { sessionAnswer } from "../http/cookies.ts";
import type { HttpContext } from "../http/env.ts";
import { pageOf, pairExample } from "../http/examples.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";

const TAGS = ["Accounts"];
const NEEDS = "second_factor.manage";
const LOCAL = /^(.+\.)?localhost$/;
const ADDRESS = /^[\d.]+$|^\[/;

const passkeyExample = {
  id: "0198c0de-7a11-7000-8000-0000000000c1",
  name: "Ana's phone",
  backed_up: true,
  transports: ["internal", "hybrid"],
  created_at: "2026-01-15T09:30:00.000Z",
  last_used_at: "2026-02-01T17:05:12.345Z",
};
const answered = { id: "mP2v9Q", rawId: "mP2v9Q", type: "public-key", clientExtensionResults: {} };
const registrationExample = {
  ...answered,
  response: { clientDataJSON: "eyJ0eXBlIjoi", attestationObject: "o2NmbXRk", transports: ["internal"] },
  name: "Ana's phone",
};
const authenticationExample = {
  ...answered,
  response: { clientDataJSON: "eyJ0eXBlIjoi", authenticatorData: "SZYN5Yg", signature: "MEUCIQ", userHandle: "MDE5" },
};
const optionsExample = { challenge: "pJ3kq0S7", rpId: "ops.example.org", userVerification: "required" };

/**
 * The name that passkeys belong to and the origin that answers come from: those of PULPO_PUBLIC_URL, or this machine's while
 * somebody tries Pulpo out at http://localhost. Browsers take no addresses of numbers, and https only.
 * @throws AppError `passkeys_unavailable`
 */
function siteOf(c: HttpContext): Site {
  const { publicUrl } = c.var.guest.app.config;
  const url = URL.parse(publicUrl ?? `http://${c.req.header("host") ?? ""}`);
  const local = url !== null && LOCAL.test(url.hostname);
  if (url && (local || (publicUrl && url.protocol === "https:" && !ADDRESS.test(url.hostname)))) {
    return { rpId: url.hostname, origin: url.origin };
  }
  throw new AppError(
    "passkeys_unavailable",
    "Passkeys need an address with a name and https: set PULPO_PUBLIC_URL. On this machine, open http://localhost.",
  );
}

export function passkeyRoutes(_app: App): Router {
  const router = createRouter();
  registration(router);
  signingIn(router);
  confirming(router);
  list(router);
  return router;
}

function registration(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: NEEDS,
      errors: [409],
      method: "post",
      path: "/auth/passkeys/register/options",
      tags: TAGS,
      summary: "Options to make a passkey; needs a sign-in or confirmation of the last ten minutes",
      responses: { 200: answer(credentialOptions, "For navigator.credentials.create", optionsExample) },
    }),
    async (c) => c.json(await passkeyRegistrationOptions(c.var.ctx, () => siteOf(c)), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: NEEDS,
      errors: [409],
      method: "post",
      path: "/auth/passkeys/register/verify",
      tags: TAGS,
      summary: "Keep the passkey that was made; the person is told",
      request: { body: jsonBody(registrationBody, registrationExample) },
      responses: { 201: answer(passkey, "The new passkey", passkeyExample) },
    }),
    async (c) => c.json(await registerPasskey(c.var.ctx, () => siteOf(c), c.req.valid("json")), 201),
  );
}

function signingIn(router: Router): void {
  router.openapi(
    endpoint({
      access: "public",
      errors: [409],
      limit: "passkeys",
      method: "post",
      path: "/auth/passkeys/login/options",
      tags: TAGS,
      summary: "Options to sign in with a passkey, the same for everybody",
      responses: { 200: answer(credentialOptions, "For navigator.credentials.get", optionsExample) },
    }),
    async (c) => c.json(await passkeyLoginOptions(c.var.guest, siteOf(c)), 200),
  );
  router.openapi(
    endpoint({
      access: "public",
      errors: [401, 403, 409],
      method: "post",
      path: "/auth/passkeys/login/verify",
      tags: TAGS,
      summary: "Sign in with the answer of a passkey; it is both steps",
      request: { body: jsonBody(authenticationBody, authenticationExample) },
      responses: { 200: answer(z.union([tokenPair, cookieSession]), "As POST /auth/login", pairExample) },
    }),
    async (c) => await sessionAnswer(c, await loginWithPasskey(c.var.guest, siteOf(c), c.req.valid("json")), 200),
  );
}

function confirming(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: NEEDS,
      errors: [401, 409],
      method: "post",
      path: "/auth/passkeys/confirm",
      tags: TAGS,
      summary: "Confirm with one's own passkey that the session's person is there; good for ten minutes",
      description: "The options are those of `POST /auth/passkeys/login/options`.",
      request: { body: jsonBody(authenticationBody, authenticationExample) },
      responses: { 204: empty("Confirmed") },
    }),
    async (c) => {
      await confirmWithPasskey(c.var.ctx, () => siteOf(c), c.req.valid("json"));
      return c.body(null, 204);
    },
  );
}

function list(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: NEEDS,
      method: "get",
      path: "/auth/passkeys",
      tags: TAGS,
      summary: "The caller's passkeys",
      responses: { 200: answer(passkeyPage, "Passkeys, the oldest first", pageOf(passkeyExample)) },
    }),
    async (c) => c.json(await listPasskeys(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: NEEDS,
      method: "put",
      path: "/auth/passkeys/{id}",
      tags: TAGS,
      summary: "Rename a passkey",
      request: { params: idParam, body: jsonBody(passkeyBody, { name: "Old phone" }) },
      responses: { 200: answer(passkey, "The passkey", passkeyExample) },
    }),
    async (c) => c.json(await renamePasskey(c.var.ctx, c.req.valid("param").id, c.req.valid("json").name), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: NEEDS,
      method: "delete",
      path: "/auth/passkeys/{id}",
      tags: TAGS,
      summary: "Remove a passkey; needs a sign-in or confirmation of the last ten minutes, and the person is told",
      request: { params: idParam },
      responses: { 204: empty("Removed") },
    }),
    async (c) => {
      await deletePasskey(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
}
