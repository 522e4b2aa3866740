// The texts of Linux's /proc (proc(5)) taken apart.

/** Ticks since the start of the system. */
export interface CpuTimes {
  busy: number;
  total: number;
}

/** @param stat the text of /proc/stat: `cpu  user nice system idle iowait irq softirq steal guest guest_nice` */
export function cpuOf(stat: string): CpuTimes {
  const all = stat.slice(0, stat.indexOf("\n")).trim().split(/\s+/).slice(1, 9).map(Number);
  const total = all.reduce((sum, ticks) => sum + ticks, 0);
  return { total, busy: total - (all[3] ?? 0) - (all[4] ?? 0) };
}

/** @param meminfo the text of /proc/meminfo @returns bytes that programs could not have */
export function memoryUsedOf(meminfo: string): number {
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(meminfo)?.[1] ?? 0);
  return Math.max(0, kilobytes("MemTotal") - kilobytes("MemAvailable")) * 1024;
}

/** @param loadavg the text of /proc/loadavg @returns the average of one minute */
export function loadOf(loadavg: string): number {
  return Number(loadavg.split(" ")[0]) || 0;
}

export interface NetworkBytes {
  received: number;
  sent: number;
}

/** @param dev the text of /proc/net/dev @returns the bytes of all interfaces but the machine's own */
export function networkOf(dev: string): NetworkBytes {
  const sum = { received: 0, sent: 0 };
  for (const line of dev.split("\n").slice(2)) {
    const [name, rest] = line.split(":");
    if (!rest || name!.trim() === "lo") continue;
    const fields = rest.trim().split(/\s+/).map(Number);
    sum.received += fields[0] ?? 0;
    sum.sent += fields[8] ?? 0;
  }
  return sum;
}
