// What this machine is and how it does, from the system. Deno gives /proc only to processes that may do everything, so the files are
// opened once at the start and read again through their handles: that goes on after the process has given its permissions up.
import { arch, cpus, hostname, totalmem } from "node:os";
import { statfs } from "node:fs/promises";
import type { AgentFigures, Machine } from "../protocol/agents/link.ts";
import { cpuOf, type CpuTimes, loadOf, memoryUsedOf, type NetworkBytes, networkOf } from "./proc.ts";
import { VERSION } from "../kernel/version.ts";

const CHUNK = 64 * 1024;

/** @param dir the folder whose disk counts */
export async function machineOf(dir: string): Promise<Machine> {
  const disk = await statfs(dir);
  return {
    hostname: hostname().slice(0, 253) || "unknown",
    os: Deno.build.os,
    arch: arch() === "x64" ? "x86_64" : arch() === "arm64" ? "aarch64" : arch(),
    version: VERSION,
    cpu_cores: Math.max(1, cpus().length),
    memory_total_bytes: totalmem(),
    disk_total_bytes: disk.blocks * disk.bsize,
  };
}

interface Moment {
  at: number;
  cpu: CpuTimes;
  network: NetworkBytes;
}

/** Reads figures again and again; shares and rates are those since the time before. */
export class Meter {
  private before: Moment;

  private constructor(private readonly files: ProcFiles, private readonly dir: string) {
    this.before = this.moment();
  }

  /** Before the permissions are given up. @throws when the system has no /proc */
  static open(dir: string): Meter {
    return new Meter(new ProcFiles(), dir);
  }

  private moment(): Moment {
    return {
      at: performance.now(),
      cpu: cpuOf(this.files.read("/proc/stat")),
      network: networkOf(this.files.read("/proc/net/dev")),
    };
  }

  async read(): Promise<AgentFigures> {
    const { before } = this, now = this.before = this.moment();
    const seconds = Math.max(0.001, (now.at - before.at) / 1000);
    const busy = now.cpu.busy - before.cpu.busy, total = now.cpu.total - before.cpu.total;
    const rate = (after: number, earlier: number) => Math.max(0, Math.round((after - earlier) * 8 / seconds));
    const disk = await statfs(this.dir);
    return {
      timestamp: new Date().toISOString(),
      cpu_percent: total > 0 ? Math.min(100, Math.max(0, Math.round(1000 * busy / total) / 10)) : 0,
      memory_used_bytes: memoryUsedOf(this.files.read("/proc/meminfo")),
      disk_used_bytes: (disk.blocks - disk.bfree) * disk.bsize,
      load_1: loadOf(this.files.read("/proc/loadavg")),
      network_rx_bps: rate(now.network.received, before.network.received),
      network_tx_bps: rate(now.network.sent, before.network.sent),
    };
  }

  close(): void {
    this.files.close();
  }
}

const PATHS = ["/proc/stat", "/proc/meminfo", "/proc/loadavg", "/proc/net/dev"] as const;

class ProcFiles {
  private readonly files = new Map(PATHS.map((path) => [path, Deno.openSync(path)]));
  private readonly buffer = new Uint8Array(CHUNK);

  read(path: typeof PATHS[number]): string {
    const file = this.files.get(path)!;
    file.seekSync(0, Deno.SeekMode.Start);
    let text = "";
    const decoder = new TextDecoder();
    for (;;) {
      const count = file.readSync(this.buffer);
      if (!count) return text;
      text += decoder.decode(this.buffer.subarray(0, count), { stream: true });
    }
  }

  close(): void {
    for (const file of this.files.values()) file.close();
  }
}
