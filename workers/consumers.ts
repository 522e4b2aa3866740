// Runs the consumers of features (features/define.ts) over the event log. Invariants:
//  - each consumer sees every committed event at least once, in commit order (txid, id), never one that an earlier, still
//    running transaction could precede;
//  - one instance at a time reads for a consumer: a lease in event_consumers, renewed in time, that runs out when the
//    instance dies. `handle` opens transactions of its own, so no transaction is held open around it;
//  - a consumer that fails or is slow holds up only itself; one that fails is tried again with growing pauses;
//  - consumers at the same position share one reading of the log, and the same parsed events: they do not change them.
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
  /** There may be new events: looks within 50 ms instead of within 2 s. Cheap; for `db.onCommitted`. */
  kick(): void;
  /** Ends after the batches that run now; without a limit of its own. */
  stop(): Promise<void>;
}

const BATCH = 500;
const POLL_MS = 2_000;
const KICK_MS = 50;
/** Rounds may take this share of the time: under load they come less often and carry more. */
const WORK_SHARE = 0.25;
const MAX_KICK_MS = 500;
const LEASE_SECONDS = 60;
/** A lease is renewed when this much of it is over. */
const RENEW_MS = 25_000;
/** A round waits so long for its consumers; who is slower goes on beside the next rounds. */
const PATIENCE_MS = 250;
const MAX_BACKOFF_MS = 60_000;

/** Starts all consumers. A consumer seen for the first time begins with the events committed after this moment. */
export function startConsumers<App>(app: App & { db: Db; log: Logger }, consumers: Consumer<App>[]): Consumers {
  const reader = new Reader(app, consumers);
  return { kick: () => reader.kick(), stop: () => reader.stop() };
}

interface Position {
  txid: string;
  eventId: number;
}

/** One consumer and where it stands. */
interface Member<App> {
  consumer: Consumer<App>;
  /** Undefined: another instance reads for it, as far as is known here. */
  position: Position | undefined;
  /** When the lease is to be renewed or asked for again. */
  leaseDue: number;
  busy: Promise<void> | undefined;
  /** Handled up to here, not yet stored. */
  handled: Position | undefined;
  failures: number;
  retryAt: number;
}

interface StoredRow {
  id: number;
  txid: string;
  organization_id: string;
  channel: string;
  type: string;
  body: string;
}

class Reader<App> {
  #instance = crypto.randomUUID();
  #members: Member<App>[];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;
  #running: Promise<void> | undefined;
  #kicked = false;
  #stopped = false;
  #failures = 0;
  /** When the next round may begin, in milliseconds of performance.now(). */
  #notBefore = 0;

  constructor(private readonly app: App & { db: Db; log: Logger }, consumers: Consumer<App>[]) {
    this.#members = consumers.map((consumer) => ({
      consumer,
      position: undefined,
      leaseDue: 0,
      busy: undefined,
      handled: undefined,
      failures: 0,
      retryAt: 0,
    }));
    if (consumers.length) this.#schedule(0);
  }

  kick(): void {
    this.#kicked = true;
    if (!this.#running && this.#failures === 0) this.#schedule(this.#kickPause());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
    await Promise.all(this.#members.map((member) => member.busy));
    try {
      await this.#store();
      await this.app.db.run(sql`
        update event_consumers set leased_by = null, leased_until = now()
        where leased_by = ${this.#instance}`);
    } catch { /* the lease runs out by itself */ }
  }

  #kickPause(): number {
    return Math.max(KICK_MS, this.#notBefore - performance.now());
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
    let pause = POLL_MS;
    const started = performance.now();
    try {
      let more: boolean;
      do {
        this.#kicked = false;
        more = await this.#round();
      } while (more && !this.#stopped);
      this.#failures = 0;
      const took = performance.now() - started;
      this.#notBefore = performance.now() + Math.min(MAX_KICK_MS, took / WORK_SHARE - took);
      if (this.#kicked) pause = this.#kickPause();
      const retry = Math.min(...this.#members.map((member) => member.retryAt || Infinity));
      pause = Math.min(pause, Math.max(KICK_MS, retry - performance.now()));
    } catch (error) {
      // The database is away: nobody can go on.
      this.#failures++;
      pause = backoff(this.#failures);
      this.app.log.warn("The event log could not be read and is tried again", { retry_ms: Math.round(pause), error });
    }
    this.#schedule(pause);
  }

  /** One reading of the log for everybody who is free; true when there may be more to read at once. */
  async #round(): Promise<boolean> {
    await this.#store();
    await this.#lease();
    const now = performance.now();
    const free = this.#members.filter((member) => member.position && !member.busy && member.retryAt <= now);
    const byPosition = Map.groupBy(free, ({ position }) => `${position!.txid} ${position!.eventId}`);
    let full = false;
    const started: Promise<void>[] = [];
    for (const members of byPosition.values()) {
      const rows = await this.#read(members[0]!.position!);
      if (rows.length === 0) continue;
      full ||= rows.length === BATCH;
      const events = rows.map((row): ConsumedEvent => ({
        id: row.id,
        organizationId: row.organization_id,
        channel: row.channel,
        type: row.type,
        push: JSON.parse(row.body),
      }));
      const last = rows.at(-1)!;
      for (const member of members) {
        member.busy = this.#handle(member, events, { txid: last.txid, eventId: last.id });
        started.push(member.busy);
      }
    }
    if (started.length === 0) return false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((done) => timer = setTimeout(done, PATIENCE_MS));
    await Promise.race([Promise.all(started), patience]);
    clearTimeout(timer);
    await this.#store();
    return full;
  }

  #read(position: Position): Promise<StoredRow[]> {
    return this.app.db.rows<StoredRow>(sql`
      select e.id, e.txid::text as txid, e.type, e.body, c.organization_id, c.channel
      from events e join event_channels c on c.id = e.channel_id
      where (e.txid, e.id) > (${position.txid}::xid8, ${position.eventId}::int8)
        and e.txid < pg_snapshot_xmin(pg_current_snapshot())
      order by e.txid, e.id limit ${BATCH}`);
  }

  /** Never throws. */
  async #handle(member: Member<App>, events: ConsumedEvent[], last: Position): Promise<void> {
    const { consumer } = member;
    try {
      await consumer.handle(this.app, events);
      member.position = member.handled = last;
      member.failures = member.retryAt = 0;
    } catch (error) {
      member.failures++;
      const pause = backoff(member.failures);
      member.retryAt = performance.now() + pause;
      this.app.log.warn("An event consumer failed and will try again", {
        consumer: consumer.name,
        failures: member.failures,
        retry_ms: Math.round(pause),
        error,
      });
    } finally {
      member.busy = undefined;
      // Events may have come while it was busy beside the rounds.
      if (!this.#running) this.kick();
    }
  }

  /** Stores how far consumers have come. Who is not named in the answer has lost its lease to another instance. */
  async #store(): Promise<void> {
    const done = this.#members.filter((member) => member.handled);
    if (done.length === 0) return;
    const rows = await this.app.db.rows<{ name: string }>(sql`
      update event_consumers c set txid = n.txid::xid8, event_id = n.event_id
      from unnest(${done.map((m) => m.consumer.name)}::text[], ${done.map((m) => m.handled!.txid)}::text[],
        ${done.map((m) => m.handled!.eventId)}::int8[]) as n (name, txid, event_id)
      where c.name = n.name and c.leased_by = ${this.#instance} returning c.name`);
    const kept = new Set(rows.map((row) => row.name));
    for (const member of done) {
      member.handled = undefined;
      if (!kept.has(member.consumer.name)) member.position = undefined;
    }
  }

  /** Renews own leases in time and takes those that nobody holds; one look for all of them. */
  async #lease(): Promise<void> {
    const now = performance.now();
    const due = this.#members.filter((member) => member.leaseDue <= now);
    if (due.length === 0) return;
    const { db } = this.app;
    const names = due.map((member) => member.consumer.name);
    if (due.some((member) => !member.position)) {
      await db.run(sql`
        insert into event_consumers (name, txid, event_id)
        select name, pg_snapshot_xmin(pg_current_snapshot()), 0 from unnest(${names}::text[]) as n (name)
        where not exists (select 1 from event_consumers c where c.name = n.name)
        on conflict (name) do nothing`);
    }
    const rows = await db.rows<{ name: string; txid: string; event_id: number }>(sql`
      update event_consumers set leased_by = ${this.#instance},
        leased_until = now() + make_interval(secs => ${LEASE_SECONDS})
      where name in (
        select name from event_consumers
        where name = any(${names}::text[])
          and (leased_by is null or leased_by = ${this.#instance} or leased_until < now())
        for update skip locked)
      returning name, txid::text as txid, event_id`);
    const held = new Map(rows.map((row) => [row.name, row]));
    for (const member of due) {
      const row = held.get(member.consumer.name);
      member.leaseDue = now + (row ? RENEW_MS : POLL_MS);
      if (!row) member.position = undefined;
      else member.position ??= { txid: row.txid, eventId: row.event_id };
    }
  }
}

function backoff(failures: number): number {
  return Math.min(MAX_BACKOFF_MS, 500 * 2 ** Math.min(failures, 10)) * (0.75 + Math.random() / 2);
}
