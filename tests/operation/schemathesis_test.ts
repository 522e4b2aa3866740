// The OpenAPI document against the server, by a program that knows nothing of this one: Schemathesis (Python, installed
// with pip into a new environment) makes requests from the document, good and bad ones, and every answer must be one that
// the document tells of: its status, its content type, its schema, 405 with `Allow` for other methods, never a 5xx.
//
// The server is the example organisation, so that answers hold things; ids of those stand in the document as examples.
// The callers are API tokens with all that their owner may do: they do not end while the run lasts, and signing out with
// one is a 403, so that no call has to be left out for ending the caller. Left out are addresses that answer with a stream
// without end (tests/realtime/realtime_test.ts), and the second address of what stands under the base and at the root.
//
// Not asked: `positive_data_acceptance` and `negative_data_rejection`, which take a schema for all there is to know of an
// input. A cursor, a time in the past or somebody who does not exist are refused (422) though their form is right.
import assert from "node:assert/strict";
import { fillDemo, SMALL_DEMO } from "../../features/demo/mod.ts";
import { DEFAULT_RATE_LIMITS } from "../../kernel/rate_kinds.ts";
import { findProgram } from "../../tools/requirements.ts";
import { createTestApp, PASSWORD, type TestApp } from "../support/test_app.ts";

const VERSION = "4.32.5";
const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "unsupported_method",
];
const LEFT_OUT = String.raw`/(ws|sse)(/|$)|^/(notify|hooks)(/|$)`;
const python = findProgram("python3");

/** @param cwd takes what the program leaves behind */
async function run(program: string, args: string[], cwd: string): Promise<string> {
  const env = { NO_COLOR: "1", PYTHONUNBUFFERED: "1" };
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd, env, stdin: "null" }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.ok(success, `${program.split("/").at(-1)} ${args[0]} ended with findings:\n${text.slice(-20_000)}`);
  return text;
}

async function tokenFor(t: TestApp, access: string): Promise<{ id: string; token: string }> {
  const scopes = (await t.call("GET", "/auth/scopes", { token: access })).body.items;
  const make = (name: string) => t.call("POST", "/auth/tokens", { token: access, body: { name, scopes } });
  assert.equal((await make("one to be ended")).status, 201);
  const made = await make("schemathesis");
  assert.equal(made.status, 201, made.text);
  return made.body;
}

/**
 * The document for one caller: where an address holds an id and the address before it lists things, the id of one of those
 * is the example. Deleting gets the first, everything else the last, so that not all is gone after the first delete.
 */
async function documentFor(t: TestApp, token: string, spared: string[]): Promise<Record<string, unknown>> {
  const { body: document } = await t.call("GET", "//openapi.json", { token });
  const list = async (path: string) => {
    const { body } = await t.call("GET", `/${path}`, { token });
    const items: { id?: string }[] = body?.items ?? [];
    return items.map(({ id }) => id).filter((id): id is string => id !== undefined && !spared.includes(id));
  };
  const [channel] = await list("channels?member=true");
  const users = await list("users");
  let told = 0;
  for (const [path, methods] of Object.entries<Record<string, { parameters?: Parameter[] }>>(document.paths)) {
    const before = /^\/api\/v1\/([^{]+)\/\{id\}/.exec(path)?.[1];
    if (!before) continue;
    const ids = await list(before === "messages" ? `channels/${channel}/messages` : before);
    for (const [method, { parameters = [] }] of Object.entries(methods)) {
      for (const parameter of parameters.filter(({ in: where }) => where === "path")) {
        const known = parameter.name === "id" ? ids : parameter.name === "user_id" ? users : [];
        if (!known.length) continue;
        parameter.example = known.at(method === "delete" ? 0 : -1)!;
        told++;
      }
    }
  }
  assert.ok(told > 30, `only ${told} addresses have an example`);
  return document;
}

interface Parameter {
  name: string;
  in: string;
  example?: string;
}

Deno.test(
  { name: "schemathesis: no answer that the document does not tell of", ignore: python === undefined },
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "pulpo-schemathesis-" });
    try {
      await run(python!, ["-m", "venv", `${folder}/venv`], folder);
      const bin = `${folder}/venv/${Deno.build.os === "windows" ? "Scripts" : "bin"}`;
      const quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
      await run(`${bin}/python`, [...quiet, `schemathesis==${VERSION}`], folder);
      const unlimited = Object.keys(DEFAULT_RATE_LIMITS).map((kind) => `${kind}=0`).join();
      await using t = await createTestApp({
        settings: { registration: "open", "rate-limit-per-minute": "0", "rate-limits": unlimited },
      });
      const owner = await t.owner();
      await fillDemo(t.app, { ...SMALL_DEMO, password: PASSWORD, alone: false });
      const member = { ...(await t.login({ username: "luis", password: PASSWORD })).body };
      const callers = [
        // The coverage of every bound of every field takes minutes: once, by whoever gets furthest.
        { name: "owner", id: owner.id, access: owner.access, phases: "examples,coverage,fuzzing" },
        { name: "member", id: member.user.id, access: member.access_token, phases: "examples,fuzzing" },
      ];
      for (const { name, id, access, phases } of callers) {
        const caller = await tokenFor(t, access);
        const document = await documentFor(t, caller.token, [id, caller.id, owner.id]);
        await Deno.writeTextFile(`${folder}/${name}.json`, JSON.stringify(document));
        const report = await run(`${bin}/schemathesis`, [
          ...["run", `${folder}/${name}.json`, "--url", t.url, "--header", `Authorization: Bearer ${caller.token}`],
          ...["--checks", CHECKS.join(), "--phases", phases, "--exclude-path-regex", LEFT_OUT],
          ...["--max-examples", "3", "--seed", "1", "--generation-deterministic"],
          ...["--suppress-health-check", "all", "--warnings", "off", "--no-shrink"],
        ], folder);
        assert.match(report, /Tested: [12]\d\d/, report.slice(-2000));
        const still = await t.call("GET", "/auth/me", { token: caller.token });
        assert.equal(still.status, 200, `${name}: the caller was somebody to the end`);
      }
      assert.deepEqual(t.logs.filter((line) => line.includes("request failed")), []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
