// Is everything that this instance needs there? Asked in parallel, each within 2 s, and kept for a moment, so that a
// storm of probes costs nothing. The database decides over `down`; a bus that is away only makes `degraded`, since the
// event log repairs what it does not bring.
import { perApp } from "../../kernel/per_app.ts";
import type { Health } from "../../protocol/operation/process.ts";
import { VERSION } from "../../kernel/version.ts";
import type { App } from "../context.ts";

const KEEP_MS = 500;
const lastOf = perApp((app: App) => ({ at: performance.now(), answer: probe(app) }));

/** The state of this instance and of what it depends on. */
export function checkHealth(app: App): Promise<Health> {
  const now = performance.now();
  const last = lastOf(app);
  if (now - last.at >= KEEP_MS) Object.assign(last, { at: now, answer: probe(app) });
  return last.answer;
}

async function probe(app: App): Promise<Health> {
  const [answer, bus, storage] = await Promise.all([
    timed(() => app.db.ping(), app.db.kind),
    app.realtime.busStatus(),
    timed(() => app.storage.check(), app.storage.kind),
  ]);
  const database = answer.status === "ok" && app.db.state === "read_only"
    ? { ...answer, status: "degraded" as const }
    : answer;
  const websocket = {
    status: app.realtime.accepting() ? "ok" as const : "down" as const,
    transports: app.config.wsPort ? ["native" as const, "ws" as const] : ["native" as const],
  };
  const status = database.status === "down" || websocket.status === "down" || storage.status === "down"
    ? "down"
    : bus.status === "ok" && database.status === "ok"
    ? "ok"
    : "degraded";
  return {
    status,
    version: VERSION,
    uptime_seconds: Math.round(app.uptimeSeconds()),
    timestamp: app.now().toISOString(),
    services: { database, bus: round(bus), storage, websocket },
  };
}

async function timed(work: () => Promise<unknown>, kind: string): Promise<Service> {
  const start = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const late = new Promise((_, reject) => timer = setTimeout(() => reject(new Error("no answer in 2 s")), 2000));
    await Promise.race([work(), late]);
    return round({ status: "ok", latency_ms: performance.now() - start, kind });
  } catch {
    return { status: "down", kind };
  } finally {
    clearTimeout(timer);
  }
}

type Service = Health["services"]["database"];

function round(service: Service): Service {
  return service.latency_ms === undefined
    ? service
    : { ...service, latency_ms: Math.round(service.latency_ms * 100) / 100 };
}
