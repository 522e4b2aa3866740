// The notifications feature on a real database with real keys, limits, hub and mailer, but without HTTP: tests see what was
// published on the bus and which jobs were asked for, and run jobs and consumers at the moment of their choice.
import { createLogger, silentLogger } from "../../kernel/log.ts";
import type { Actor, Role } from "../../kernel/actor.ts";
import { type Config, loadConfig } from "../../kernel/config.ts";
import { newId } from "../../kernel/ids.ts";
import { deriveKeys } from "../../kernel/keys.ts";
import { permissionsOf } from "../../kernel/permissions.ts";
import type { EnqueueOptions } from "../../kernel/ports.ts";
import { createRateLimits } from "../../kernel/rate_limit.ts";
import { StopList } from "../../kernel/stop_list.ts";
import { buildApp } from "../../server/build_app.ts";
import { sql } from "../../db/sql.ts";
import type { App, Ctx } from "../../features/context.ts";
import type { ConsumedEvent, Consumer } from "../../features/define.ts";
import { auditFeature } from "../../features/audit/mod.ts";
import { notificationsFeature } from "../../features/notifications/mod.ts";
import { Hub } from "../../realtime/hub.ts";
import { MemoryBroker } from "../../realtime/memory_broker.ts";
import { realtimePort } from "../../realtime/port.ts";
import type { BusMessage } from "../../realtime/broker.ts";
import { type DbKind, openTestDb, type TestDb } from "./test_db.ts";

export interface Push {
  type: string;
  channel: string;
  organizationId: string;
  offset: number;
  data: unknown;
  id?: string;
  message?: string;
}

export interface AskedJob {
  name: string;
  // deno-lint-ignore no-explicit-any
  data: any;
  options: EnqueueOptions;
}

class RecordingBroker extends MemoryBroker {
  readonly pushes: Push[] = [];
  override publish(messages: readonly BusMessage[]): void {
    for (const { organizationId, channel, offset, body } of messages) {
      if (!channel.startsWith("_")) this.pushes.push({ organizationId, channel, offset, ...JSON.parse(body) });
    }
  }
}

export interface NotificationApp extends AsyncDisposable {
  app: App;
  database: TestDb;
  pushes: Push[];
  jobs: AskedJob[];
  /** Moves the clock. */
  clock: { now: Date };
  addOrganization(name?: string): Promise<string>;
  addUser(organizationId: string, options?: { role?: Role; email?: string; locale?: string }): Promise<Ctx>;
  /** Hands the consumer all events that it has not seen, as the runner does. */
  consume(consumer: Consumer): Promise<void>;
  /** Runs the jobs asked for under this name, each once, as its first or last try. */
  runJobs(name: string, attempt?: { attempt?: number; lastAttempt?: boolean }): Promise<void>;
}

export async function openNotificationApp(
  kind: DbKind,
  settings: Record<string, string> = {},
): Promise<NotificationApp> {
  const broker = new RecordingBroker();
  const database = await openTestDb(kind);
  const config: Config = loadConfig({ flags: settings, env: {} });
  const log = Deno.env.get("TEST_LOG") ? createLogger({ format: "pretty", level: "debug" }) : silentLogger;
  const hub = new Hub({
    source: database.eventSource,
    broker,
    log,
    budget: { total: 100, perPerson: 100, perOrganization: 100 },
    maxUnknown: 10,
    reconcileMs: 60_000,
  });
  database.db.onCommitted(hub.publish);
  const jobs: AskedJob[] = [];
  const clock = { now: new Date() };
  const down = new StopList();
  down.add("database", () => database.close());
  down.add("hub", () => hub.close());
  const app = buildApp({
    config,
    log,
    keys: await deriveKeys("a secret of the tests that is long enough"),
    database,
    features: [auditFeature, notificationsFeature],
    realtime: realtimePort(hub),
    jobs: {
      enqueue(name, data, options = {}) {
        jobs.push({ name, data, options });
        return Promise.resolve();
      },
    },
    limits: await createRateLimits({ log }),
    publicUrl: () => "http://pulpo.test:8080",
    now: () => clock.now,
  }, down);
  const seen = new Map<string, number>();
  return {
    app,
    database,
    pushes: broker.pushes,
    jobs,
    clock,
    async addOrganization(name = "Muisca Travel") {
      const id = newId();
      await app.db.run(sql`insert into organizations (id, name) values (${id}, ${name})`);
      return id;
    },
    async addUser(organizationId, { role = "member", email, locale = "en" } = {}) {
      const id = newId(), name = `u${id.slice(-12)}`;
      await app.db.run(sql`
        insert into users (id, organization_id, email, username, display_name, role, locale, created_at)
        values (${id}, ${organizationId}, ${email ?? `${name}@example.org`}, ${name}, ${name}, ${role}, ${locale},
          ${clock.now})`);
      return ctxOf(app, {
        kind: "person",
        organizationId,
        userId: id,
        username: name,
        role,
        permissions: permissionsOf(app.permissionTable, role),
      });
    },
    async consume(consumer) {
      const after = seen.get(consumer.name) ?? 0;
      const rows = await app.db.rows<
        { id: number; organization_id: string; channel: string; type: string; body: string }
      >(
        sql`
          select e.id, c.organization_id, c.channel, e.type, e.body from events e
          join event_channels c on c.id = e.channel_id where e.id > ${after} order by e.id`,
      );
      const events = rows.map((r): ConsumedEvent => ({
        id: r.id,
        organizationId: r.organization_id,
        channel: r.channel,
        type: r.type,
        push: JSON.parse(r.body),
      }));
      await consumer.handle(app, events);
      if (events.length) seen.set(consumer.name, events.at(-1)!.id);
    },
    async runJobs(name, { attempt = 1, lastAttempt = false } = {}) {
      const rule = notificationsFeature.jobs!.find((job) => job.name === name)!;
      const due = jobs.filter((job) => job.name === name);
      for (const job of due) {
        jobs.splice(jobs.indexOf(job), 1);
        try {
          await rule.handle(app, job.data, { id: newId(), attempt, lastAttempt });
        } catch (error) {
          jobs.push(job);
          throw error;
        }
      }
    },
    [Symbol.asyncDispose]: () => down.run(log),
  };
}

export function ctxOf(app: App, actor: Actor): Ctx {
  return { app, actor, requestId: newId(), ip: "127.0.0.1", userAgent: "test", log: app.log };
}

/** An input as the route hands it to the action. */
export function note(more: Record<string, unknown> = {}) {
  return { type: "reserva_creada", message: "Nueva reserva", persist: true, ...more } as {
    type: string;
    message: string;
    persist: boolean;
  };
}
