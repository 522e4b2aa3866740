// bcrypt off the event loop, one job at a time (a hash at cost 12 takes 60 to 250 ms). Messages: see passwords.ts.
import { bcrypt, bcryptVerify } from "hash-wasm";
import type { WorkerAnswer } from "../kernel/worker_queue.ts";
import type { PasswordJob } from "./passwords.ts";

const scope = self as unknown as DedicatedWorkerGlobalScope;

scope.onmessage = async ({ data: job }: MessageEvent<PasswordJob & { id: number }>) => {
  let answer: WorkerAnswer<string | boolean>;
  try {
    answer = { id: job.id, ok: true, result: await run(job) };
  } catch (error) {
    answer = { id: job.id, ok: false, error: error instanceof Error ? error.message : String(error) };
  }
  scope.postMessage(answer);
};

function run(job: PasswordJob): Promise<string | boolean> {
  if (job.kind === "verify") return bcryptVerify({ password: job.password, hash: job.hash });
  const salt = crypto.getRandomValues(new Uint8Array(16));
  return bcrypt({ password: job.password, salt, costFactor: job.cost, outputType: "encoded" });
}
