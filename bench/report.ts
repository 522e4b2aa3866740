// One run's figures as a table on the terminal, as JSON in bench/results/ and as docs/benchmarks.md. Both texts are made
// from the same rows, so that the page never says anything the run did not measure.
import { cpus, totalmem } from "node:os";

export type System = "pulpo" | "nchan" | "node_ws" | "centrifugo";

export interface Figure {
  /** One row of the table. */
  row: string;
  system: System;
  value: number;
  unit: string;
  /** What Pulpo is to reach; `at most` for memory and times. */
  goal?: { value: number; atMost?: boolean };
}

export interface Report {
  version: string;
  date: string;
  quick: boolean;
  machine: {
    cpu: string;
    cores: number;
    memory_gib: number;
    os: string;
    deno: string;
    compiled: boolean;
    load_before: number;
  };
  /** Percent of the processor time that a virtual machine's host gave to others during the run; undefined: not known. */
  stolen?: number;
  settings: Record<string, number>;
  figures: Figure[];
}

export function machine(): Report["machine"] {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: navigator.hardwareConcurrency,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    os: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
    deno: Deno.version.deno,
    compiled: Deno.build.standalone,
    load_before: Math.round((Deno.loadavg()[0] ?? 0) * 100) / 100,
  };
}

/** Seconds of processor time since start, all cores: altogether, and what the host kept from this machine (Linux). */
export function processorTime(): { total: number; stolen: number } | undefined {
  try {
    // user nice system idle iowait irq softirq steal, in hundredths
    const fields = Deno.readTextFileSync("/proc/stat").split("\n", 1)[0]!.trim().split(/\s+/).slice(1, 9).map(Number);
    return { total: fields.reduce((sum, n) => sum + n, 0) / 100, stolen: fields[7]! / 100 };
  } catch {
    return undefined;
  }
}

const NAMES: Record<System, string> = {
  pulpo: "Pulpo",
  nchan: "nginx + nchan",
  node_ws: "Node ws",
  centrifugo: "Centrifugo",
};

function shown({ value, unit }: { value: number; unit: string }): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toLocaleString("en-US", { maximumFractionDigits: digits, minimumFractionDigits: 0 })} ${unit}`;
}

/** Cells of the table: a head and one line per row, in the order in which rows were first measured. */
export function tableOf(figures: Figure[]): string[][] {
  const systems = (Object.keys(NAMES) as System[]).filter((s) => s === "pulpo" || figures.some((f) => f.system === s));
  const rows = [...new Set(figures.map((f) => f.row))];
  const lines = rows.map((row) => {
    const of = (system: System) => figures.find((f) => f.row === row && f.system === system);
    const own = of("pulpo");
    const goal = own?.goal && `${own.goal.atMost ? "<" : ">"} ${shown({ value: own.goal.value, unit: own.unit })}`;
    return [row, ...systems.map((s) => of(s) ? shown(of(s)!) : ""), goal ?? "", reached(own)];
  });
  return [["What", ...systems.map((s) => NAMES[s]), "Goal", "Reached"], ...lines];
}

function reached(figure: Figure | undefined): string {
  if (!figure?.goal) return "";
  const { value, atMost } = figure.goal;
  return (atMost ? figure.value <= value : figure.value >= value) ? "yes" : "NO";
}

export function plainTable(cells: string[][]): string {
  const widths = cells[0]!.map((_, i) => Math.max(...cells.map((line) => line[i]!.length)));
  return cells.map((line) => line.map((c, i) => i ? c.padStart(widths[i]!) : c.padEnd(widths[i]!)).join("  ").trimEnd())
    .join("\n");
}

function markdownTable(cells: string[][]): string {
  const line = (c: string[]) => `| ${c.join(" | ")} |`;
  return [line(cells[0]!), line(cells[0]!.map((_, i) => i ? "---:" : "---")), ...cells.slice(1).map(line)].join("\n");
}

const stolenOf = ({ stolen }: Report) =>
  stolen ? `; the host gave ${stolen.toFixed(0)} % of the processor time to other machines meanwhile` : "";

/** The whole of docs/benchmarks.md. */
export function benchmarkPage(report: Report): string {
  const { machine: m, settings: s } = report;
  return `# Benchmarks

Written by \`deno task bench\` from one run; do not edit. Ratios between the columns mean more than single figures: the
load readers run on the same machine and share its cores with the server.

- Machine: ${m.cpu}, ${m.cores} cores, ${m.memory_gib} GiB, ${m.os}; Deno ${m.deno}, ${
    m.compiled ? "the compiled file" : "run from the sources"
  }; load before the run ${m.load_before}${stolenOf(report)}.
- Version ${report.version}, ${report.date}.

${markdownTable(tableOf(report.figures))}

## Method

- The server is the real one, a process of its own with the embedded database in an empty folder and default settings; readers
  and publishers authenticate with an API token. Everything runs on 127.0.0.1.
- Readers are raw TCP connections in a Web Worker that count messages by a marker byte, without decoding text or JSON. They take
  what has arrived every 50 ms, as a client on another machine would cost the server nothing either; one in fifty reads at once
  and measures ages from the time stamp inside the message.
- Deliveries per second: ${s.readers} readers of one channel, ${s.publishers} publishers that send POST /notify with ${s.batch} notifications each
  for ${s.seconds} s, at most ${s.window} messages on their way. "Durable" notifications are committed to the database before they are sent;
  "ephemeral" ones have \`persist: false\`. Every run checks that each reader got each message exactly once.
- Latency: ${s.rate} single notifications a second to the same readers; from just before the request to the reader having the push.
- Reads and writes: ${s.connections} keep-alive connections, one request at a time on each.
- "Own listener": WebSockets on the second listener (\`PULPO_WS_PORT\`), each message its own frame as on the one port.
  "Compressed": the same with permessage-deflate from ${s.compress_bytes} bytes on; frames are counted there, and no ages measured.
- The rivals get messages of the same size as a Pulpo push (about ${s.push_bytes} bytes), in one process each; nchan takes one message a
  request, Node \`ws\` and Centrifugo a batch. None of them stores anything. Centrifugo uses all cores of the machine.
- Chat on the embedded database: ${s.senders} people with an access token each, one message at a time on a connection each.
- Chat on two instances with PostgreSQL and Redis on the same machine: ${s.members} members on WebSocket connections, half on each
  instance, and ${s.chatRate} messages/s from ${s.senders} of them for ${s.chatSeconds} s. Every run checks that each member got each message once
  and all in one order. Ages are of one reader in fifty, which reads at once; the others take what has come four times a second.
  A tenth of the time before is warm-up: its messages are checked like all others, their times are left out.
- Floods of strangers, each on its own for ${s.seconds} s and longer: ${s.floodSockets} sockets with ${s.floodFrames} frames of 1 MB each, as many
  connections with bodies of 1 MB and with messages that do not end, ${s.floodSilent} connections that say nothing. Meanwhile
  /health/live is asked a hundred times a second and the owner signs in with the password. The load runs on the same cores.
- Memory per idle connection: resident memory of the server with ${s.idle} authenticated WebSocket connections that are subscribed
  to one channel, less that before, divided by their number.
- Start-up: from starting the process to the first 200 of /health/ready.
`;
}
