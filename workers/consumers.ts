// Runs the consumers of features (features/define.ts) over the event log. Invariants:
//  - each consumer sees every committed event at least once, in commit order (txid, id), never one that an earlier, still
//    running transaction could precede;
//  - one instance at a time reads for a consumer: a lease in event_consumers, renewed per batch, that runs out when the
//    instance dies. `handle` opens transactions of its own, so no transaction is held open around it;
//  - a consumer that fails is tried again with growing pauses and holds up only itself.
import type { Logger } from "../kernel/log.ts";
import { type Db, sql } from "../db/sql.ts";

/** The same shape as in features/define.ts. */
export interface ConsumedEvent {
  id: number;
  organizationId: string;
  channel: string;
  type: string;
  /** The push without channel, offset and epoch. */
  push: Record<string, unknown>;
}

export interface Consumer<App> {
  /** Stored with its position; never rename. */
  name: string;
  handle(app: App, events: ConsumedEvent[]): Promise<void>;
}

export interface Consumers {
  /** There may be new events: looks within 50 ms instead of within 2 s. Cheap; call it from `onCommitted`. */
  kick(): void;
  /** Ends after the batches that run now, at most `timeoutMs` later. */
  stop(timeoutMs?: number): Promise<void>;
}

const BATCH = 500;
const POLL_MS = 2_000;
const KICK_MS = 50;
const LEASE_SECONDS = 60;
const MAX_BACKOFF_MS = 60_000;

/** Starts all consumers. A consumer seen for the first time begins with the events committed after this moment. */
export function startConsumers<App>(app: App & { db: Db; log: Logger }, consumers: Consumer<App>[]): Consumers {
  const runners = consumers.map((consumer) => new Runner(app, consumer));
  return {
    kick: () => runners.forEach((runner) => runner.kick()),
    async stop(timeoutMs = 8_000) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const patience = new Promise<void>((done) => timer = setTimeout(done, timeoutMs));
      await Promise.race([Promise.all(runners.map((runner) => runner.stop())), patience]);
      clearTimeout(timer);
    },
  };
}

interface StoredRow {
  id: number;
  txid: string;
  organization_id: string;
  channel: string;
  type: string;
  body: string;
}

class Runner<App> {
  #instance = crypto.randomUUID();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;
  #running: Promise<void> | undefined;
  #kicked = false;
  #stopped = false;
  #failures = 0;

  constructor(private readonly app: App & { db: Db; log: Logger }, private readonly consumer: Consumer<App>) {
    this.#schedule(0);
  }

  kick(): void {
    this.#kicked = true;
    if (!this.#running && this.#failures === 0) this.#schedule(KICK_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
    await this.app.db.run(sql`
      update event_consumers set leased_by = null, leased_until = now()
      where name = ${this.consumer.name} and leased_by = ${this.#instance}`).catch(() => {});
  }

  /** Keeps an earlier appointment. */
  #schedule(afterMs: number): void {
    const due = performance.now() + afterMs;
    if (this.#stopped || due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#due = Infinity;
      this.#running ??= this.#work().finally(() => this.#running = undefined);
    }, afterMs);
  }

  async #work(): Promise<void> {
    this.#kicked = false;
    let pause = POLL_MS;
    try {
      while (!this.#stopped && await this.#batch()) { /* as long as there are full batches */ }
      this.#failures = 0;
      if (this.#kicked) pause = KICK_MS;
    } catch (error) {
      this.#failures++;
      pause = Math.min(MAX_BACKOFF_MS, 500 * 2 ** Math.min(this.#failures, 10)) * (0.75 + Math.random() / 2);
      this.app.log.warn("An event consumer failed and will try again", {
        consumer: this.consumer.name,
        failures: this.#failures,
        retry_ms: Math.round(pause),
        error,
      });
    }
    this.#schedule(pause);
  }

  /** Reads and handles one batch; true when there may be more. */
  async #batch(): Promise<boolean> {
    const { db } = this.app;
    const position = await this.#lease();
    if (!position) return false;
    const rows = await db.rows<StoredRow>(sql`
      select e.id, e.txid::text as txid, e.type, e.body, c.organization_id, c.channel
      from events e join event_channels c on c.id = e.channel_id
      where (e.txid, e.id) > (${position.txid}::xid8, ${position.event_id}::int8)
        and e.txid < pg_snapshot_xmin(pg_current_snapshot())
      order by e.txid, e.id limit ${BATCH}`);
    if (rows.length === 0) return false;
    await this.consumer.handle(
      this.app,
      rows.map((row) => ({
        id: row.id,
        organizationId: row.organization_id,
        channel: row.channel,
        type: row.type,
        push: JSON.parse(row.body),
      })),
    );
    const last = rows.at(-1)!;
    // If the lease ran out meanwhile, another instance handles these again and the position is its business.
    await db.run(sql`
      update event_consumers set txid = ${last.txid}::xid8, event_id = ${last.id}
      where name = ${this.consumer.name} and leased_by = ${this.#instance}`);
    return rows.length === BATCH;
  }

  /** The position, if this instance is the one that reads. */
  async #lease(): Promise<{ txid: string; event_id: number } | undefined> {
    const { db } = this.app;
    const { name } = this.consumer;
    const until = sql`now() + make_interval(secs => ${LEASE_SECONDS})`;
    // Renewed only when half of it is over: idle polling then writes nothing.
    const held = await db.maybe<{ txid: string; event_id: number; mine: boolean; fresh: boolean }>(sql`
      select txid::text as txid, event_id, leased_by is not distinct from ${this.#instance}::uuid as mine,
        coalesce(leased_until > now() + make_interval(secs => ${LEASE_SECONDS / 2}), false) as fresh
      from event_consumers where name = ${name}`);
    if (held?.mine && held.fresh) return held;
    if (!held) {
      await db.run(sql`
        insert into event_consumers (name, txid, event_id)
        values (${name}, pg_snapshot_xmin(pg_current_snapshot()), 0) on conflict (name) do nothing`);
    }
    return await db.maybe<{ txid: string; event_id: number }>(sql`
      update event_consumers set leased_by = ${this.#instance}, leased_until = ${until}
      where name = (
        select name from event_consumers
        where name = ${name} and (leased_by is null or leased_by = ${this.#instance} or leased_until < now())
        for update skip locked)
      returning txid::text as txid, event_id`);
  }
}
