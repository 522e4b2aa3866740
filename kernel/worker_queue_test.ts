// The queue in front of a Web Worker, over workers that do what each row says.
import assert from "node:assert/strict";
import { WorkerQueue, type WorkerQueueOptions } from "./worker_queue.ts";

/** What the worker of the rows understands: `echo` answers, the others do what their names say. */
interface Job {
  do: "echo" | "hang" | "die" | "refuse" | "twice";
  text?: string;
}

/** Answers say which worker it was, by how many jobs it has had. */
const SCRIPT = `
  let jobs = 0;
  self.onmessage = ({ data: { id, do: what, text } }) => {
    jobs++;
    const answer = { id, ok: true, result: text + " " + jobs };
    if (what === "hang") for (;;);
    if (what === "die") throw new Error("out of memory");
    if (what === "refuse") return self.postMessage({ id, ok: false, error: "no " + text, blame: "yours" });
    if (what === "twice") self.postMessage({ ...answer, id: id - 1, result: "late" });
    self.postMessage(answer);
    if (what === "twice") self.postMessage({ ...answer, result: "again" });
  };`;

type Options = Partial<WorkerQueueOptions<string, { blame: string }, string>>;

function make(options: Options = {}) {
  let started = 0;
  const log: string[] = [];
  const queue = new WorkerQueue<Job, string, { blame: string }>({
    name: "test",
    start() {
      started++;
      return new Worker(`data:text/javascript,${encodeURIComponent(SCRIPT)}`, { type: "module" });
    },
    maxWaiting: 8,
    hangsAfterMs: 10_000,
    log: { error: (text: string) => log.push(text) } as unknown as WorkerQueueOptions<string, unknown, string>["log"],
    full: (lane, waiting, lanes) => new Error(`full: ${lane} ${waiting} ${lanes}`),
    failed: ({ kind }) => new Error(kind),
    ...options,
  });
  return { queue, log, started: () => started };
}

/** Each job's outcome, told at once or later. */
async function outcomes(queue: WorkerQueue<Job, string, { blame: string }>, jobs: [lane: string, job: Job][]) {
  const all = jobs.map(([lane, job]) => {
    try {
      return queue.run(job, lane).catch((error: Error) => error.message);
    } catch (error) {
      return (error as Error).message;
    }
  });
  return await Promise.all(all);
}

const echo = (text: string): [string, Job] => ["a", { do: "echo", text }];
const a = (job: Job): [string, Job] => ["a", job];
const b = (job: Job): [string, Job] => ["b", job];

const rows: { name: string; options?: Options; jobs: [string, Job][]; expected: string[]; started?: number }[] = [
  { name: "one after the other, by one worker", jobs: [echo("x"), echo("y")], expected: ["x 1", "y 2"] },
  {
    name: "a worker that hangs fails its job; the waiting ones get another",
    options: { hangsAfterMs: 300 },
    jobs: [a({ do: "hang" }), echo("x"), echo("y")],
    expected: ["late", "x 1", "y 2"],
    started: 2,
  },
  {
    name: "a worker that dies fails its job; the waiting ones get another",
    jobs: [echo("x"), a({ do: "die" }), echo("y")],
    expected: ["x 1", "dead", "y 1"],
    started: 2,
  },
  {
    name: "full: whoever comes is refused at once, in that lane only",
    options: { maxWaiting: 1 },
    jobs: [echo("x"), echo("y"), echo("z"), b({ do: "echo", text: "other" })],
    expected: ["x 1", "y 2", "full: a 1 1", "other 3"],
  },
  {
    name: "lanes take turns",
    jobs: [echo("1"), echo("2"), echo("3"), b({ do: "echo", text: "4" }), b({ do: "echo", text: "5" })],
    expected: ["1 1", "2 2", "3 4", "4 3", "5 5"],
  },
  {
    name: "an answer that comes late, or twice, is nobody's",
    jobs: [echo("x"), a({ do: "twice", text: "y" }), echo("z")],
    expected: ["x 1", "y 2", "z 3"],
  },
  {
    name: "a refusal is the job's own; without words of the client it is a mistake of the program",
    jobs: [a({ do: "refuse", text: "x" }), echo("y")],
    expected: ["test worker: no x", "y 2"],
  },
  {
    name: "the client words refusals",
    options: { refused: ({ error, blame }) => new Error(`${blame}: ${error}`) },
    jobs: [a({ do: "refuse", text: "x" })],
    expected: ["yours: no x"],
  },
  {
    name: "a worker that is spent is replaced",
    options: { spent: (answer) => answer.ok && answer.result.startsWith("large") },
    jobs: [echo("large"), echo("x"), echo("y")],
    expected: ["large 1", "x 1", "y 2"],
    started: 2,
  },
  {
    name: "one that remembers is not replaced: all that waits fails with it",
    options: { restarts: false },
    jobs: [echo("x"), a({ do: "die" }), echo("y")],
    expected: ["x 1", "dead", "dead"],
  },
];

for (const { name, options, jobs, expected, started = 1 } of rows) {
  Deno.test(`worker queue: ${name}`, async () => {
    const made = make(options);
    assert.deepEqual(await outcomes(made.queue, jobs), expected);
    assert.equal(made.started(), started);
    assert.equal(made.log.length, started > 1 && !options?.spent ? 1 : 0);
    made.queue.close();
  });
}

Deno.test("worker queue: a worker without work is ended, and the next job starts one", async () => {
  const { queue, started } = make({ idleMs: 20 });
  assert.equal(await queue.run({ do: "echo", text: "x" }, "a"), "x 1");
  // The timer of the queue does not keep a process alive, so the test waits by one of its own.
  await new Promise((done) => setTimeout(done, 100));
  assert.equal(await queue.run({ do: "echo", text: "y" }, "a"), "y 1");
  assert.equal(started(), 2);
  queue.close();
});

Deno.test("worker queue: closing refuses what runs, what waits and what comes", async () => {
  const { queue } = make();
  const asked = outcomes(queue, [a({ do: "hang" }), echo("x")]);
  queue.close();
  for (const outcome of await asked) assert.match(outcome, /stopping/);
  assert.throws(() => queue.run({ do: "echo", text: "y" }, "a"), /stopping/);
});
