// A real OpenID provider (npm oidc-provider) on this machine, and a browser as small as it can be that signs in there.
import assert from "node:assert/strict";
import type { Server } from "node:http";
import Provider from "oidc-provider";
import type { TestApp } from "./test_app.ts";

export interface ProviderPerson {
  email?: string;
  email_verified?: boolean | string;
  name?: string;
  preferred_username?: string;
  groups?: string[];
}

export interface TestProvider extends AsyncDisposable {
  /** By the name that is typed at the provider. */
  people: Record<string, ProviderPerson>;
  close(): Promise<void>;
}

/** A port that nothing listens on. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

/** Settings of a provider at this port. */
export function providerEnv(name: string, port: number, more: Record<string, string> = {}): Record<string, string> {
  const fields = { ISSUER: `http://127.0.0.1:${port}`, CLIENT_ID: "pulpo", CLIENT_SECRET: "s3cret", ...more };
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [`PULPO_OIDC_${name}_${field}`, value]));
}

/** Listens at the port; knows the server at `url` as its client, under these names of the provider. */
export async function startProvider(port: number, url: string, names: string[]): Promise<TestProvider> {
  const people: TestProvider["people"] = {};
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [{
      client_id: "pulpo",
      client_secret: "s3cret",
      redirect_uris: names.map((name) => `${url}/api/v1/auth/oauth/${name}/callback`),
      grant_types: ["authorization_code"],
      response_types: ["code"],
    }],
    pkce: { required: () => true },
    claims: {
      openid: ["sub", "groups"],
      email: ["email", "email_verified"],
      profile: ["name", "preferred_username"],
    },
    findAccount: (_ctx: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ["a key for tests"] },
    ttl: { Session: 3600, Grant: 3600, Interaction: 3600, AccessToken: 600, IdToken: 600 },
  });
  const server = await new Promise<Server>((done) => {
    const listening: Server = provider.listen(port, "127.0.0.1", () => done(listening));
  });
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { people, close, [Symbol.asyncDispose]: close };
}

/** Keeps cookies per server and follows nothing by itself. */
export class SmallBrowser {
  #jars = new Map<string, Map<string, string>>();

  async get(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(url);
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar);
    const headers = new Headers(init.headers);
    if (jar.size) headers.set("cookie", [...jar].map((pair) => pair.join("=")).join("; "));
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const text of response.headers.getSetCookie()) {
      const [name, value] = text.split(";")[0]!.split(/=(.*)/s) as [string, string];
      if (value === "" || /max-age=0/i.test(text)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  cookie(origin: string, name: string): string | undefined {
    return this.#jars.get(origin)?.get(name);
  }

  /** Types the name at the provider and agrees. @returns the address that the provider leads back to */
  async signInAt(begun: Response, login: string, home: string): Promise<string> {
    assert.equal(begun.status, 303, await begun.clone().text());
    let url = new URL(begun.headers.get("location")!);
    await begun.body?.cancel();
    let page = await this.get(url);
    for (let step = 0; step < 12; step++) {
      const to = page.headers.get("location");
      if (to) {
        await page.body?.cancel();
        url = new URL(to, url);
        if (url.origin === home) return url.href;
        page = await this.get(url);
        continue;
      }
      const html = await page.text();
      const action = /<form[^>]+action="([^"]+)"/.exec(html)?.[1];
      const prompt = /name="prompt" value="(\w+)"/.exec(html)?.[1];
      assert.ok(action && prompt, `no form of the provider: ${page.status} ${html.slice(0, 300)}`);
      page = await this.get(new URL(action, url), {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams(prompt === "login" ? { prompt, login, password: "x" } : { prompt }),
      });
    }
    throw new Error("the provider did not lead back");
  }

  /** The whole way: from the button to the answer of the callback. */
  async signIn(t: TestApp, provider: string, login: string, returnTo = "/chat"): Promise<Response> {
    const start = `${t.url}/api/v1/auth/oauth/${provider}/start?return_to=${encodeURIComponent(returnTo)}`;
    return await this.get(await this.signInAt(await this.get(start), login, t.url));
  }
}
