import assert from "node:assert/strict";
import { createLogger } from "./log.ts";
import { StopList } from "./stop_list.ts";

const forever = () => new Promise<void>(() => {});

function logged() {
  // deno-lint-ignore no-explicit-any
  const lines: any[] = [];
  const log = createLogger({ format: "json", level: "debug", write: (line) => lines.push(JSON.parse(line)) });
  return { lines, log, parts: (message: RegExp) => lines.filter((l) => message.test(l.message)).map((l) => l.part) };
}

Deno.test("stop: the last part first, and one that fails is named and does not keep the others", async () => {
  const { log, parts } = logged(), order: string[] = [];
  const down = new StopList();
  down.add("database", () => order.push("database"));
  down.add("jobs", () => Promise.reject(new Error("no")));
  down.add("http", () => {
    order.push("http");
    throw new Error("no");
  });
  down.add("hub", () => order.push("hub"));
  await Promise.all([down.run(log), down.run(log)]);
  assert.deepEqual(order, ["hub", "http", "database"]);
  assert.deepEqual(parts(/not stop cleanly/), ["http", "jobs"]);
});

Deno.test("stop: a part added again under its name has its new place", async () => {
  const { log } = logged(), order: string[] = [];
  const down = new StopList();
  for (const name of ["hub", "http", "hub"]) down.add(name, () => order.push(`${name} ${order.length}`));
  await down.run(log);
  assert.deepEqual(order, ["hub 0", "http 1"]);
});

Deno.test("stop: what hangs gets all but what those behind it are owed, and the last one has its share", async () => {
  const { log, parts } = logged(), told = new Map<string, number>();
  const down = new StopList();
  const part = (name: string, owed: number, stop: () => unknown) =>
    down.add(name, (ms) => {
      told.set(name, Math.round(ms));
      return stop();
    }, owed);
  part("database", 200, () => {});
  part("jobs", 100, forever);
  part("http", 50, forever);
  await down.run(log, 500);
  assert.deepEqual(parts(/not stop in time/), ["http", "jobs"]);
  assert.ok(told.get("http")! <= 180 && told.get("http")! > 150, `${told.get("http")}`);
  assert.ok(told.get("jobs")! <= 90, `${told.get("jobs")}`);
  assert.ok(told.get("database")! > 90, `${told.get("database")}`);
});

Deno.test("stop: in a hurry every part gets what it is owed", async () => {
  const { log, parts } = logged();
  const down = new StopList();
  let closed = false;
  down.add("database", () => closed = true, 1000);
  down.add("jobs", forever, 10);
  const stopping = down.run(log, 3_600_000);
  await new Promise((resolve) => setTimeout(resolve));
  down.hurry();
  await stopping;
  assert.ok(closed);
  assert.deepEqual(parts(/not stop in time/), ["jobs"]);
});
