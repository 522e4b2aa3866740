// Chat under load. Alone: durable messages per second of twenty people on the embedded database. Together: a thousand members
// of one channel on two instances with PostgreSQL and Redis; each must get each message once and in order.
import { available, startPostgres, startRedis } from "../tools/services.ts";
import { Pool } from "pg";
import { HttpConnection, httpRequest, pause, percentile, ratePerSecond } from "./http_load.ts";
import { launchPulpo, post, type Pulpo, signIn } from "./pulpo.ts";
import { openReaders, type Readers } from "./readers.ts";
import type { Figure } from "./report.ts";
import { stamp } from "./wire.ts";

export interface ChatSettings {
  senders: number;
  /** Of the thousand-member run. */
  members: number;
  /** Messages per second, all senders together. */
  rate: number;
  seconds: number;
}

const api = "/api/v1";
const body = (n: number) => JSON.stringify({ content: `${stamp()} The kitchen is ready for table ${n}.` });

/** Durable messages per second of `senders` people, each on a connection of its own that waits for every answer. */
export async function benchChatSends(pulpo: Pulpo, settings: ChatSettings): Promise<Figure[]> {
  const { port } = pulpo;
  const made = await post(port, `${api}/channels`, pulpo.person, { name: "bench" }, 201);
  const headers: Record<string, string>[] = [];
  for (let i = 0; i < settings.senders; i++) {
    const email = `sender${i}@example.org`, password = "correct horse battery staple";
    await post(port, `${api}/users`, pulpo.person, { email, username: `sender${i}`, password }, 201);
    const own = await signIn(port, email, password);
    await post(port, `${api}/channels/${made.id}/join`, own, {}, 200);
    headers.push(own);
  }
  const times: number[] = [];
  let measuring = false, end = Infinity;
  const send = async (own: Record<string, string>, n: number) => {
    const connection = await HttpConnection.open(port);
    for (let i = 0; performance.now() < end; i++) {
      const from = performance.now();
      const reply = await connection.send(
        httpRequest("POST", `${api}/channels/${made.id}/messages`, own, body(n * 1000 + i)),
      );
      if (reply.status !== 201) throw new Error(`a message was answered ${reply.status}: ${reply.body.slice(0, 300)}`);
      if (measuring) times.push(performance.now() - from);
    }
    connection.close();
  };
  const loops = headers.map(send);
  await pause(settings.seconds * 200);
  measuring = true;
  const perSecond = await ratePerSecond(settings.seconds, () => times.length);
  measuring = false;
  end = 0;
  await Promise.all(loops);
  times.sort((a, b) => a - b);
  const row = `Chat, ${settings.senders} senders, embedded database`;
  return [
    {
      row: `${row}: durable messages/s`,
      system: "pulpo",
      value: perSecond,
      unit: "/s",
      goal: { value: 500 },
    },
    { row: `${row}: p50`, system: "pulpo", value: percentile(times, 0.5), unit: "ms" },
    { row: `${row}: p99`, system: "pulpo", value: percentile(times, 0.99), unit: "ms" },
  ];
}

/** @returns undefined when PostgreSQL or Redis is not installed */
export async function benchChatChannel(
  folder: string,
  settings: ChatSettings,
  progress: (text: string) => void,
): Promise<Figure[] | undefined> {
  if (!available().postgres || !available().redis) {
    progress("PostgreSQL or Redis is not installed: the run over two instances is left out");
    return undefined;
  }
  const postgres = await startPostgres(), redis = await startRedis();
  const shared = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, PULPO_SECRET: "bench".repeat(8) };
  const a = await launchPulpo(`${folder}/chat-a`, [], shared), b = await launchPulpo(`${folder}/chat-b`, [], shared);
  const readers: Readers[] = [];
  try {
    const owner = await signIn(a.port);
    const channel = await post(a.port, `${api}/channels`, owner, { name: "bench" }, 201);
    progress(`${settings.members} members of one channel, ${settings.rate} messages/s, two instances`);
    const members = await addMembers(postgres.url, channel.id, settings.members);
    const half = Math.ceil(settings.members / 2);
    for (const [instance, own] of [[a, members.slice(0, half)], [b, members.slice(half)]] as const) {
      const some = {
        kind: "ws" as const,
        port: instance.port,
        path: `/ws?channels=channel:${channel.id}&batch=1`,
        readyOnData: true,
        checkOrder: true,
        // The members share two cores with the servers: they look rarely. Those that measure look at once, in a thread of
        // their own, where the others do not hold them up.
        readEveryMs: 250,
      };
      const measuring = own.filter((_, i) => i % 50 === 0), rest = own.filter((_, i) => i % 50 !== 0);
      readers.push(
        await openReaders({ ...some, headersEach: measuring, count: measuring.length, sampleEvery: 1 }),
        await openReaders({ ...some, headersEach: rest, count: rest.length, sampleEvery: 0 }),
      );
    }
    return await sendAndCheck([a.port, b.port], channel.id, members, readers, settings);
  } finally {
    for (const some of readers) await some.close();
    await a.stop();
    await b.stop();
    await redis.close();
    await postgres.close();
  }
}

/** @throws Error when a message is lost, repeated or out of order for anybody */
async function sendAndCheck(
  ports: number[],
  channelId: string,
  members: Record<string, string>[],
  readers: Readers[],
  settings: ChatSettings,
): Promise<Figure[]> {
  const senders = settings.senders;
  // Every message counts; times are told of those after the first moment.
  const warmUp = settings.seconds * 0.1;
  const started = performance.now();
  const answers: number[] = [];
  let sent = 0;
  const loop = async (n: number) => {
    const connection = await HttpConnection.open(ports[n % ports.length]!);
    const every = 1000 / (settings.rate / senders);
    for (let i = 0; i * every < (warmUp + settings.seconds) * 1000; i++) {
      const due = started + (i + n / senders) * every;
      if (due > performance.now()) await pause(due - performance.now());
      const from = performance.now();
      const reply = await connection.send(
        httpRequest("POST", `${api}/channels/${channelId}/messages`, members[n]!, body(i)),
      );
      if (reply.status !== 201) throw new Error(`a message was answered ${reply.status}: ${reply.body.slice(0, 300)}`);
      if (from > started + warmUp * 1000) answers.push(performance.now() - from);
      sent++;
    }
    connection.close();
  };
  const dropFirst = async () => {
    await pause(warmUp * 1000);
    for (const some of readers) await some.ages();
  };
  await Promise.all([dropFirst(), ...Array.from({ length: senders }, (_, n) => loop(n))]);
  const seconds = (performance.now() - started) / 1000;
  const expected = sent * settings.members;
  const deadline = performance.now() + 60_000;
  const received = () => readers.reduce((sum, some) => sum + some.messages(), 0);
  while (received() < expected && performance.now() < deadline) await pause(20);
  await pause(500); // whatever would come twice
  const lost = readers.map((some) => some.lost()).find(({ closed }) => closed > 0);
  if (lost) throw new Error(`${lost.closed} members were cut off (code ${lost.code})`);
  if (received() !== expected) {
    const each = readers.map((some) => `${some.messages()} to ${some.count}`).join(", ");
    throw new Error(`${expected} deliveries were due, ${received()} came (${each})`);
  }
  const disorder = readers.reduce((sum, some) => sum + some.disorder(), 0);
  if (disorder) throw new Error(`${disorder} pushes did not follow the one before them`);
  const orders = new Set((await Promise.all(readers.map((some) => some.orders()))).flat());
  if (orders.size !== 1) throw new Error(`members got the messages in ${orders.size} different orders`);
  const ages = (await Promise.all(readers.map((some) => some.ages()))).flat().sort((x, y) => x - y);
  answers.sort((x, y) => x - y);
  const row = `Chat, ${settings.members.toLocaleString("en-US")} members on two instances`;
  return [
    {
      row: `${row}: messages/s`,
      system: "pulpo",
      value: sent / seconds,
      unit: "/s",
      goal: { value: settings.rate * 0.98 },
    },
    { row: `${row}: deliveries/s`, system: "pulpo", value: expected / seconds, unit: "/s" },
    { row: `${row}: sending to screen p50`, system: "pulpo", value: percentile(ages, 0.5) / 1000, unit: "ms" },
    {
      row: `${row}: sending to screen p99`,
      system: "pulpo",
      value: percentile(ages, 0.99) / 1000,
      unit: "ms",
      goal: { value: 100, atMost: true },
    },
    { row: `${row}: answer p50`, system: "pulpo", value: percentile(answers, 0.5), unit: "ms" },
    { row: `${row}: answer p99`, system: "pulpo", value: percentile(answers, 0.99), unit: "ms" },
  ];
}

/** People with an API token each, members of the channel, straight into the database. Answers their headers. */
async function addMembers(databaseUrl: string, channelId: string, count: number): Promise<Record<string, string>[]> {
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  const tokens = Array.from({ length: count }, (_, i) => `pulpo_bench${String(i).padStart(38, "0")}`);
  try {
    await pool.query(
      `with org as (select organization_id as id from channels where id = $1), people as (
        insert into users (id, organization_id, email, username, display_name, role)
        select gen_random_uuid(), org.id, 'm' || n || '@example.org', 'm' || n, 'Member ' || n, 'member'
        from generate_series(0, $2::int - 1) n, org returning id, username, organization_id
      ), joined as (
        insert into channel_members (channel_id, user_id, organization_id, joined_at)
        select $1, id, organization_id, now() from people returning 1
      )
      insert into api_tokens (id, organization_id, user_id, name, prefix, token_hash, scopes)
      select gen_random_uuid(), p.organization_id, p.id, 'bench', 'pulpo_bench',
        encode(sha256(convert_to(t.token, 'UTF8')), 'hex'), array['chat.read', 'chat.send', 'channels.subscribe']
      from unnest($3::text[]) with ordinality t (token, n) join people p on p.username = 'm' || (t.n - 1)`,
      [channelId, count, tokens],
    );
    await pool.query(
      `update channels set member_count = (select count(*) from channel_members where channel_id = $1) where id = $1`,
      [channelId],
    );
  } finally {
    await pool.end();
  }
  return tokens.map((token) => ({ Authorization: `Bearer ${token}` }));
}
