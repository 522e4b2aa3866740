// The two workers as the runners see them: questions as promises. A worker that dies fails what was asked.
import { AppError } from "../../../kernel/errors.ts";
import type { Answers, Question, WorkerAnswer, WriteAnswers, WriteQuestion } from "./messages.ts";

class Client<Q extends { kind: string }, A> {
  #worker: Worker;
  #waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  #nextId = 1;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.#worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.ok) waiting?.resolve(data.result);
      // What is wrong with the archive is for people, anything else is a mistake of the program.
      else {waiting?.reject(
          data.archive ? new AppError("unsupported_file", data.error) : new Error(`transfer worker: ${data.error}`),
        );}
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new Error(`transfer worker: ${event.message}`));
    };
    this.#worker.onmessageerror = () => this.#fail(new Error("transfer worker: an answer could not be read"));
  }

  /** @throws AppError `unsupported_file` with a text for people when the archive is not usable */
  ask<One extends Q>(question: One): Promise<One["kind"] extends keyof A ? A[One["kind"]] : never> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as unknown as (value: unknown) => void, reject });
      this.#worker.postMessage({ ...question, id });
    });
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  close(): void {
    this.#worker.terminate();
    this.#fail(new AppError("unavailable", "The work was stopped."));
  }
}

export class ReadWorker extends Client<Question, Answers> {
  constructor() {
    super(new Worker(new URL("./read.ts", import.meta.url), { type: "module", name: "transfer-read" }));
  }
}

export class WriteWorker extends Client<WriteQuestion, WriteAnswers> {
  constructor() {
    super(new Worker(new URL("./write.ts", import.meta.url), { type: "module", name: "transfer-write" }));
  }
}
