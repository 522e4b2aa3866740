// Memory of connections that do nothing.
import { pause } from "./http_load.ts";
import { residentBytes } from "./processes.ts";
import type { Pulpo } from "./pulpo.ts";
import { openReaders } from "./readers.ts";
import type { Figure } from "./report.ts";

/** @param own on the second listener @throws Error when connections were closed, or so many files cannot be open. */
export async function benchIdle(
  pulpo: Pulpo,
  settings: { idle: number; seconds: number },
  progress: (text: string) => void,
  own = false,
): Promise<Figure[]> {
  const where = own ? ", own listener" : "";
  progress(`${settings.idle} idle connections${where}`);
  const open = (count: number) =>
    openReaders({
      kind: "ws",
      port: own ? pulpo.wsPort : pulpo.port,
      path: "/ws?channels=broadcast",
      headers: pulpo.token,
      count,
      readyOnData: true,
      bufferBytes: 4096,
    });
  const warm = await open(Math.min(100, settings.idle));
  const before = await residentBytes(pulpo.pid);
  const readers = await open(settings.idle);
  // A few seconds of quiet: what the handshakes left behind is collected, what a connection needs stays.
  await pause(settings.seconds * 1000);
  const after = await residentBytes(pulpo.pid);
  const lost = readers.lost();
  await readers.close();
  await warm.close();
  if (lost.closed) throw new Error(`${lost.closed} idle connections were closed (code ${lost.code})`);
  return [{
    row: `Memory per idle connection${where}, at ${settings.idle.toLocaleString("en-US")}`,
    system: "pulpo",
    value: (after - before) / settings.idle / 1000,
    unit: "KB",
    goal: { value: 30, atMost: true },
  }];
}

/** @throws Error when this system does not let one process hold that many open files. */
export async function requireFiles(count: number): Promise<void> {
  if (Deno.build.os === "windows") return;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", "ulimit -n"] }).output();
  const limit = new TextDecoder().decode(stdout).trim();
  if (limit !== "unlimited" && Number(limit) < count) {
    throw new Error(`open files are limited to ${limit}, this needs ${count}: run "ulimit -n 20000" first`);
  }
}
