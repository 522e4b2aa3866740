// Reads that belong together: what is asked for in the same moment is asked of the database in one statement, whoever asks.
// Invariants (read_batch_test.ts):
//  - an answer comes from a read that began after its question was asked, so it is never older than the question;
//  - at most `maxRunning` reads run at a time, each with at most `maxWeight`; what comes meanwhile waits and goes together,
//    so that a thousand readers who come back at once leave the database to others, too;
//  - a read that fails fails for those who asked in it, and for nobody else.
// The queue has no bound of its own: each of those who ask waits for the answers, so it holds what they may ask at a time.

export interface ReadBatchOptions<Ask, Answer> {
  /** Answers all, in order; an Error is thrown to the one who asked. */
  read(asks: Ask[]): Promise<(Answer | Error)[]>;
  /** The most weight in one read. A single heavier question is asked alone. */
  maxWeight: number;
  /** How much of a read a question takes. Default 1. */
  weight?(ask: Ask): number;
  maxRunning: number;
}

interface Waiting<Ask, Answer> {
  ask: Ask;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export class ReadBatch<Ask, Answer> {
  private waiting: Waiting<Ask, Answer>[] = [];
  private running = 0;
  private scheduled = false;

  constructor(private readonly options: ReadBatchOptions<Ask, Answer>) {}

  /** @throws what `read` threw, or answered to this question */
  ask(ask: Ask): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ ask, resolve, reject });
      if (this.scheduled) return;
      this.scheduled = true;
      // After everything that runs in this moment has asked.
      queueMicrotask(() => {
        this.scheduled = false;
        this.start();
      });
    });
  }

  private start(): void {
    while (this.waiting.length > 0 && this.running < this.options.maxRunning) {
      this.running++;
      void this.read(this.take()).finally(() => {
        this.running--;
        this.start();
      });
    }
  }

  private take(): Waiting<Ask, Answer>[] {
    const { maxWeight, weight = () => 1 } = this.options;
    let taken = 0, count = 0;
    for (const { ask } of this.waiting) {
      taken += weight(ask);
      if (count > 0 && taken > maxWeight) break;
      count++;
    }
    return this.waiting.splice(0, count);
  }

  private async read(group: Waiting<Ask, Answer>[]): Promise<void> {
    try {
      const answers = await this.options.read(group.map(({ ask }) => ask));
      group.forEach(({ resolve, reject }, i) => {
        const answer = answers[i];
        if (answer instanceof Error) reject(answer);
        else resolve(answer as Answer);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
