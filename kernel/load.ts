// How busy this process is: event-loop lag from a 20 ms timer (Deno's monitorEventLoopDelay reports nothing useful), CPU of
// all its threads, memory. Read by /health, /metrics and the dashboard.
import process from "node:process";

const TICK_MS = 20;
const WINDOW_MS = 5000;

export interface Load {
  /** CPU time of all threads over wall time since the last window, in percent; above 100 with several threads. */
  cpu_percent: number;
  /** Resident memory in MiB. */
  memory_mb: number;
  /** The longest delay of the event loop in the last window, in milliseconds. */
  event_loop_lag_ms: number;
}

export class LoadMeter {
  private worst = 0;
  private lastWorst = 0;
  private cpuPercent = 0;
  private windowStart = performance.now();
  private cpuStart = process.cpuUsage();
  private due = performance.now() + TICK_MS;
  private readonly timer = setInterval(() => this.tick(), TICK_MS);

  private tick(): void {
    const now = performance.now();
    this.worst = Math.max(this.worst, now - this.due);
    this.due = now + TICK_MS;
    if (now - this.windowStart < WINDOW_MS) return;
    const { user, system } = process.cpuUsage(this.cpuStart);
    this.cpuPercent = (user + system) / 10 / (now - this.windowStart);
    this.cpuStart = process.cpuUsage();
    this.windowStart = now;
    this.lastWorst = this.worst;
    this.worst = 0;
  }

  read(): Load {
    return {
      cpu_percent: Math.round(this.cpuPercent * 10) / 10,
      memory_mb: Math.round(Deno.memoryUsage().rss / 1048576),
      event_loop_lag_ms: Math.round(Math.max(this.worst, this.lastWorst) * 10) / 10,
    };
  }

  close(): void {
    clearInterval(this.timer);
  }
}
