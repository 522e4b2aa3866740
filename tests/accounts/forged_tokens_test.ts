// A provider that answers whatever a test wants: id tokens with a wrong nonce, audience, issuer, signature or time, metadata of
// somebody else, answers that never end. Nothing of it signs anybody in.
import assert from "node:assert/strict";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { freePort, providerEnv, SmallBrowser } from "../support/oidc_provider.ts";
import { createTestApp } from "../support/test_app.ts";

interface Forgery {
  claims?: Record<string, unknown>;
  /** Signed with a key that the provider does not publish. */
  foreignKey?: boolean;
  /** `alg: none`. */
  unsigned?: boolean;
  /** What the provider calls itself. */
  issuer?: string;
  status?: number;
}

/** @param port where it listens: its issuer */
async function startForger(port: number) {
  const issuer = `http://127.0.0.1:${port}`;
  const own = await generateKeyPair("RS256"), foreign = await generateKeyPair("RS256");
  const jwk = { ...await exportJWK(own.publicKey), kid: "k", alg: "RS256", use: "sig" };
  const state = { forgery: {} as Forgery, nonce: "" };
  const idToken = async () => {
    const now = Math.floor(Date.now() / 1000);
    const { claims, foreignKey, unsigned } = state.forgery;
    const all = {
      iss: issuer,
      aud: "pulpo",
      sub: "ana",
      nonce: state.nonce,
      iat: now,
      exp: now + 300,
      email: "owner@example.org",
      email_verified: true,
      ...claims,
    };
    if (unsigned) return new UnsecuredJWT(all).encode();
    return await new SignJWT(all).setProtectedHeader({ alg: "RS256", kid: "k" })
      .sign((foreignKey ? foreign : own).privateKey);
  };
  const server = Deno.serve({ port, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/.well-known/openid-configuration") {
      return Response.json({
        issuer: state.forgery.issuer ?? issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
      });
    }
    if (pathname === "/jwks") return Response.json({ keys: [jwk] });
    await request.body?.cancel();
    if (state.forgery.status) return new Response("no", { status: state.forgery.status });
    return Response.json({ access_token: "a", token_type: "Bearer", expires_in: 60, id_token: await idToken() });
  });
  return { state, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("providers: an id token that is not right signs nobody in", async (t) => {
  const port = freePort();
  await using forger = await startForger(port);
  await using app = await createTestApp({ env: providerEnv("MAIN", port) });
  const owner = await app.owner();
  const signIn = async (forgery: Forgery) => {
    const browser = new SmallBrowser();
    const begun = await browser.get(`${app.url}/api/v1/auth/oauth/main/start`);
    const asked = new URL(begun.headers.get("location")!).searchParams;
    Object.assign(forger.state, { forgery, nonce: asked.get("nonce") });
    const back = new URLSearchParams({ code: "c", state: asked.get("state")! });
    const answer = await browser.get(`${app.url}/api/v1/auth/oauth/main/callback?${back}`);
    const code = answer.status === 303 ? "in" : (await answer.json()).code;
    const me = await browser.get(`${app.url}/api/v1/auth/me`);
    return { code, me: me.status, user: await me.json() };
  };
  const now = Math.floor(Date.now() / 1000);
  const wrong: [string, Forgery, string?][] = [
    ["another nonce", { claims: { nonce: "n".repeat(43) } }],
    ["no nonce", { claims: { nonce: undefined } }],
    ["for somebody else", { claims: { aud: "another" } }],
    ["of another issuer", { claims: { iss: "https://evil.example" } }],
    ["ended", { claims: { iat: now - 7200, exp: now - 3600 } }],
    ["of nobody", { claims: { sub: undefined } }],
    ["signed by somebody else", { foreignKey: true }],
    ["not signed", { unsigned: true }],
    ["a refused code", { status: 400 }],
    ["a server in trouble", { status: 500 }, "provider_unavailable"],
  ];
  for (const [name, forgery, code = "provider_failed"] of wrong) {
    await t.step(name, async () => {
      const outcome = await signIn(forgery);
      assert.deepEqual([outcome.code, outcome.me], [code, 401]);
    });
  }
  await t.step("and the right one signs in", async () => {
    assert.equal((await signIn({})).user.id, owner.id);
  });
});

Deno.test("providers: metadata of another issuer is no provider", async () => {
  const port = freePort();
  await using forger = await startForger(port);
  forger.state.forgery = { issuer: "http://127.0.0.1:1" };
  await using app = await createTestApp({ env: providerEnv("MAIN", port) });
  const refused = await new SmallBrowser().get(`${app.url}/api/v1/auth/oauth/main/start`);
  assert.deepEqual([refused.status, (await refused.json()).code], [503, "provider_unavailable"]);
});
