// Search over a large company's messages, and opening its largest channel, over HTTP with PostgreSQL; permission filter
// included. Each kind of query is asked by people who read everything and by people who read five channels of 200.
import { available, startPostgres } from "../tools/services.ts";
import { HttpConnection, httpRequest, percentile } from "./http_load.ts";
import { launchPulpo, signIn } from "./pulpo.ts";
import type { Figure } from "./report.ts";
import { type Company, fillCompany } from "./search_data.ts";

export interface SearchSettings {
  messages: number;
  /** Requests of each kind and reader. */
  rounds: number;
}

/** Kind → queries, taken in turn; each must find something unless it says so. */
const QUERIES: Record<string, string[]> = {
  "word in 20 % of the messages": ["q=deployment", "q=deployments"],
  "three common words": ["q=deployment servidor cliente"],
  "common word, newest first": ["q=servidor&sort=recent"],
  "word in 20 % of the oldest third": ["q=legado"],
  "rare word": ["q=zarzaparrilla", "q=facturaciones"],
  "no such word": ["q=xyzzyplugh"],
  "part of a word": ["q=zaparri"],
  "phrase": ['q="blue green"', 'q="deployment servidor"'],
  "beginning of a word": ["q=factur*", "q=reun*"],
  "from:, a common word": ["q=from:@p1 deployment"],
  "in:, a common word": ["q=in:#bench-60 deployment"],
  "dates, a common word": ["q=deployment after:2026-01 before:2026-06"],
  "has:file": ["q=has:file", "q=has:file servidor"],
  "negation": ["q=deployment -servidor -from:@p2", "q=-deployment"],
};

const PEOPLE = 8;

/** @returns undefined when PostgreSQL is not installed */
export async function benchSearch(
  folder: string,
  settings: SearchSettings,
  progress: (text: string) => void,
): Promise<Figure[] | undefined> {
  if (!available().postgres) {
    progress("PostgreSQL is not installed: search is left out");
    return undefined;
  }
  const postgres = await startPostgres({ shared_buffers: "1GB" });
  await Deno.mkdir(`${folder}/search`);
  const pulpo = await launchPulpo(`${folder}/search`, [], {
    DATABASE_URL: postgres.url,
    PULPO_SECRET: "bench".repeat(8),
    PULPO_RATE_LIMIT_PER_MINUTE: "1000000",
  });
  try {
    await signIn(pulpo.port); // the organisation is there
    progress(`search: writing ${settings.messages.toLocaleString("en-US")} messages`);
    const from = performance.now();
    const company = await fillCompany(postgres.url, settings.messages, PEOPLE);
    progress(`search: written in ${Math.round((performance.now() - from) / 1000)} s`);
    const connection = await HttpConnection.open(pulpo.port);
    const figures = await searches(connection, company, settings, progress);
    figures.push(...await openings(connection, company, settings));
    connection.close();
    return figures;
  } finally {
    await pulpo.stop();
    await postgres.close();
  }
}

async function timed(
  connection: HttpConnection,
  path: string,
  headers: Record<string, string>,
): Promise<[number, string]> {
  const from = performance.now();
  const reply = await connection.send(httpRequest("GET", `/api/v1${path}`, headers));
  const ms = performance.now() - from;
  if (reply.status !== 200) throw new Error(`GET ${path} was answered ${reply.status}: ${reply.body.slice(0, 300)}`);
  return [ms, reply.body];
}

async function searches(
  connection: HttpConnection,
  company: Company,
  { messages, rounds }: SearchSettings,
  progress: (text: string) => void,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  const everything: number[] = [];
  for (const [kind, queries] of Object.entries(QUERIES)) {
    for (const [readers, label] of [[company.all, "all channels"], [company.few, "5 channels"]] as const) {
      const times: number[] = [];
      let found = "";
      for (let i = -2; i < rounds; i++) {
        const query = queries[(i + 2) % queries.length]!.replaceAll(" ", "%20").replaceAll("#", "%23").replaceAll(
          '"',
          "%22",
        );
        const [ms, body] = await timed(connection, `/messages/search?${query}`, readers[(i + 2) % readers.length]!);
        if (i < 0) {
          const { count, more } = JSON.parse(body).total;
          found += ` ${count}${more ? "+" : ""}`;
        } else times.push(ms);
      }
      times.sort((a, b) => a - b);
      everything.push(...times);
      const p50 = percentile(times, 0.5), p95 = percentile(times, 0.95);
      progress(`  ${kind}, ${label}: p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, found${found}`);
      const row = `Search in ${messages.toLocaleString("en-US")}: ${kind}, ${label}`;
      figures.push({ row: `${row}: p50`, system: "pulpo", value: p50, unit: "ms" });
      figures.push({ row: `${row}: p95`, system: "pulpo", value: p95, unit: "ms", goal: { value: 200, atMost: true } });
    }
  }
  everything.sort((a, b) => a - b);
  figures.push({
    row: `Search in ${messages.toLocaleString("en-US")}: all kinds: p95`,
    system: "pulpo",
    value: percentile(everything, 0.95),
    unit: "ms",
    goal: { value: 200, atMost: true },
  });
  return figures;
}

/** The newest page of the largest channel, pages further up, and a jump into its middle. */
async function openings(connection: HttpConnection, company: Company, { messages, rounds }: SearchSettings) {
  const path = `/channels/${company.channelIds[0]}/messages?limit=50`;
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const headers = company.all[i % company.all.length]!;
    const [ms, body] = await timed(connection, path, headers);
    const oldest = JSON.parse(body).items.at(-1).id;
    const [more] = await timed(connection, `${path}&before=${oldest}`, headers);
    const [middle] = await timed(
      connection,
      `${path}&at=${new Date(Date.now() - 365 * 86_400_000).toISOString()}`,
      headers,
    );
    times.push(ms, more, middle);
  }
  times.sort((a, b) => a - b);
  const row = `Opening a channel of ${Math.round(messages / 10).toLocaleString("en-US")} messages`;
  return [
    { row: `${row}: p50`, system: "pulpo" as const, value: percentile(times, 0.5), unit: "ms" },
    {
      row: `${row}: p95`,
      system: "pulpo" as const,
      value: percentile(times, 0.95),
      unit: "ms",
      goal: { value: 100, atMost: true },
    },
  ];
}
