import assert from "node:assert/strict";
import { ConfigError, loadConfig } from "./config.ts";

const load = (env: Record<string, string>, toml?: string, warn?: (text: string) => void) =>
  loadConfig({ flags: {}, env, toml, warn }).oidc;

Deno.test("providers: from the environment and from the file, the environment wins", () => {
  const env = {
    PULPO_OIDC_MY_IDP_ISSUER: "https://id.example.org/realms/a",
    PULPO_OIDC_MY_IDP_CLIENT_ID: "pulpo",
    PULPO_OIDC_MY_IDP_CLIENT_SECRET: "secret",
    PULPO_OIDC_MY_IDP_DOMAINS: "@Example.org, example.com",
    PULPO_OIDC_MY_IDP_ROLE_MAP: "cn=bosses,dc=x=admin",
    PULPO_OIDC_B_LABEL: "Bee",
  };
  const strange: string[] = [];
  assert.throws(() => load({ ...env, PULPO_OIDC_MY_IDP_ROLE_MAP: "bosses=owner" }), /pairs of value=role/);
  const [b, mine] = load(
    { ...env, PULPO_OIDC_MY_IDP_ROLE_MAP: "bosses=admin,*=viewer" },
    '[oidc.b]\nissuer = "http://127.0.0.1:9/"\nclient_id = "x"\nlabel = "Not this"\nsign_up = true\n',
    (text) => strange.push(text),
  );
  assert.deepEqual([b!.id, b!.label, b!.signUp, b!.clientSecret, b!.scopes], [
    "b",
    "Bee",
    true,
    undefined,
    "openid email profile",
  ]);
  assert.deepEqual([mine!.id, mine!.label, mine!.domains], ["my-idp", "My-idp", ["example.org", "example.com"]]);
  assert.deepEqual(mine!.roleMap, [{ value: "bosses", role: "admin" }, { value: "*", role: "viewer" }]);
  assert.deepEqual(strange, [], "the names are known");
});

Deno.test("providers: what is wrong is told, all at once, and without secrets", () => {
  const problems = (env: Record<string, string>, toml?: string) => {
    try {
      load(env, toml);
    } catch (error) {
      if (error instanceof ConfigError) return error.message;
      throw error;
    }
    return "";
  };
  const text = problems({ PULPO_OIDC_A_ISSUER: "http://id.example.org", PULPO_OIDC_A_CLIENT_SECRET: "hush" });
  assert.match(text, /PULPO_OIDC_A_ISSUER = http:\/\/id\.example\.org: expected the issuer's address/);
  assert.match(text, /PULPO_OIDC_A_CLIENT_ID = \(absent\)/);
  assert.doesNotMatch(text, /hush/);
  const good = { PULPO_OIDC_A_ISSUER: "https://id.example.org", PULPO_OIDC_A_CLIENT_ID: "x" };
  assert.match(problems({ ...good, PULPO_OIDC_A_CLIENT_SECRT: "x" }), /the name PULPO_OIDC_A_CLIENT_SECRET/);
  assert.match(problems({}, "oidc = 1"), /tables such as/);
  assert.match(problems({}, '[oidc.a]\nissuer = "https://x"\nclient_id = "x"\ncolour = "red"'), /oidc\.a\.colour/);
});
