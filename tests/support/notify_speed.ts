// Acknowledged durable single notifications per second on the embedded database, through the action. Not a test: figures
// depend on the machine. deno run -A tests/support/notify_speed.ts [callers] [seconds] [embedded|server]
import { notify } from "../../features/notifications/mod.ts";
import { note, openNotificationApp } from "./notification_app.ts";
import type { DbKind } from "./test_db.ts";

const callers = Number(Deno.args[0] ?? 50), seconds = Number(Deno.args[1] ?? 5);
await using it = await openNotificationApp((Deno.args[2] ?? "embedded") as DbKind);
const ctx = await it.addUser(await it.addOrganization());
let done = 0;
const times: number[] = [];
const end = performance.now() + seconds * 1000;
const began = performance.now();
await Promise.all(Array.from({ length: callers }, async () => {
  while (performance.now() < end) {
    const start = performance.now();
    await notify(ctx, note({ data: { reserva_id: `R-${done}`, personas: 2 } }));
    times.push(performance.now() - start);
    done++;
  }
}));
const took = (performance.now() - began) / 1000;
times.sort((a, b) => a - b);
const at = (p: number) => times[Math.floor(times.length * p)]!.toFixed(1);
console.log(`${callers} callers: ${Math.round(done / took)} notifications/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
Deno.exit(0);
