import assert from "node:assert/strict";
import { type ConfigError, loadConfig } from "./config.ts";

function problems(env: Record<string, string>): string[] {
  try {
    loadConfig({ flags: {}, env });
  } catch (error) {
    return (error as ConfigError).problems.map((p) => `${p.source}: ${p.accepted}`);
  }
  return [];
}

Deno.test("a number that is none names the accepted form, whatever is wrong with it", () => {
  for (const value of ["eighty", "80.5", "-1", "99999", "0x50", "1e3", "8080 8081", "true"]) {
    assert.deepEqual(problems({ PULPO_PORT: value }), ["PULPO_PORT: a whole number from 0 to 65535"], value);
  }
  assert.equal(loadConfig({ flags: {}, env: { PULPO_PORT: " 9000 " } }).port, 9000);
  assert.equal(loadConfig({ flags: {}, env: {}, toml: "port = 9000" }).port, 9000);
  assert.deepEqual(problems({ PULPO_TRUST_PROXY: "maybe" }), [
    "PULPO_TRUST_PROXY: true or false (also 1, 0, yes, no, on, off)",
  ]);
});

Deno.test("a name within two letters of a setting stops the start; others are mentioned", () => {
  for (
    const [name, meant] of [
      ["PULPO_PROT", "PULPO_PORT"],
      ["PULPO_DATADIR", "PULPO_DATA_DIR"],
      ["PULPO_SMTP_ULR", "PULPO_SMTP_URL"],
      ["PULPO_PUBLIC_URLS", "PULPO_PUBLIC_URL"],
      ["PULPO_REGISTRATON", "PULPO_REGISTRATION"],
    ]
  ) {
    assert.deepEqual(problems({ [name!]: "x" }), [`${name}: the name ${meant}; there is no ${name}`]);
  }
  const told: string[] = [];
  const env = {
    PULPO_URL: "x",
    PULPO_TOKEN: "x",
    PULPO_DOMAIN: "x",
    PULPO_SERVICE_HOST: "10.0.0.1",
    PULPO_SERVICE_PORT_HTTP: "80",
    PULPO_PORT_8080_TCP_ADDR: "10.0.0.1",
    PULPO_FAVOURITE_COLOUR: "green",
    HOME: "/root",
  };
  loadConfig({ flags: {}, env, warn: (text) => told.push(text) });
  assert.deepEqual(told, ["PULPO_FAVOURITE_COLOUR is set, but there is no such setting"]);
});
