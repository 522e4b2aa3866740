// The composition root: builds every part in order, connects them, and takes them down in reverse. Nothing is started by
// import. Order: secret → database → migrations → keys → bus and hub → features' App → jobs and consumers → HTTP.
import { openDatabase } from "../db/open.ts";
import { pruneEvents } from "../db/event_log.ts";
import type { App } from "../features/context.ts";
import { loginSweep } from "../features/accounts/mod.ts";
import { startDashboards } from "../features/health/mod.ts";
import { features } from "../features/mod.ts";
import type { Config } from "../kernel/config.ts";
import { deriveKeys } from "../kernel/keys.ts";
import { LoadMeter } from "../kernel/load.ts";
import type { Logger } from "../kernel/log.ts";
import { buildPermissionTable } from "../kernel/permissions.ts";
import { createRateLimits } from "../kernel/rate_limit.ts";
import type { Broker } from "../realtime/broker.ts";
import { Hub } from "../realtime/hub.ts";
import { MemoryBroker } from "../realtime/memory_broker.ts";
import { realtimePort } from "../realtime/port.ts";
import { RedisBroker } from "../realtime/redis_broker.ts";
import { acceptStream } from "../realtime/sse.ts";
import { UpstashBroker } from "../realtime/upstash_broker.ts";
import { acceptWebSocket } from "../realtime/websocket.ts";
import { API_BASE, createHttpApp } from "../routes/app.ts";
import { consoleRoutes } from "../routes/console.ts";
import { Metrics, openApiInfo, processRoutes } from "../routes/process.ts";
import { type RealtimeEdge, realtimeRoutes } from "../routes/realtime.ts";
import { followControlEvents } from "./control.ts";
import { createGateway } from "./gateway.ts";
import { checkSecret, loadSecret } from "./secret.ts";
