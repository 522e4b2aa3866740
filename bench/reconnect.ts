// Everybody comes back at once: a server restarts, a thousand people sign in again and subscribe to two hundred channels each, with
// the positions that they know. Then a right is taken from all of them, which ends every subscription. On PostgreSQL, one instance.
import { Pool } from "pg";
import { available, startPostgres } from "../tools/services.ts";
import { pause } from "./http_load.ts";
import { launchPulpo, signIn } from "./pulpo.ts";
import type { Figure } from "./report.ts";

export interface ReconnectSettings {
  people: number;
  channelsEach: number;
}

const DEADLINE_MS = 300_000;
/** Handshakes under way: more than a listener's queue holds would wait for TCP to try again. */
const MAX_OPENING = 100;

interface World {
  tokens: string[];
  /** Names of the channels of each person. */
  channels: string[][];
  epoch: string;
}

/** @returns undefined when PostgreSQL is not installed */
export async function benchReconnect(
  folder: string,
  settings: ReconnectSettings,
  progress: (text: string) => void,
): Promise<Figure[] | undefined> {
  if (!available().postgres) {
    progress("PostgreSQL is not installed: the run of those who come back is left out");
    return undefined;
  }
  const postgres = await startPostgres();
  const shared = { DATABASE_URL: postgres.url, PULPO_SECRET: "bench".repeat(8) };
  const sockets: WebSocket[] = [];
  try {
    const first = await launchPulpo(`${folder}/reconnect`, [], shared);
    await first.stop();
    const world = await withPool(postgres.url, (pool) => fill(pool, settings));
    const pulpo = await launchPulpo(`${folder}/reconnect`, [], shared);
    try {
      progress(`${settings.people} people come back to ${settings.channelsEach} channels each`);
      const before = await statements(postgres.url), from = performance.now();
      const ended = await comeBack(pulpo.port, world, sockets);
      const took = performance.now() - from;
      const each = (await statements(postgres.url) - before) / settings.people;
      progress("a right is taken from all of them");
      const owner = await signIn(pulpo.port);
      const taken = await takeRight(pulpo.port, owner, ended, settings.people * settings.channelsEach);
      const row = `${settings.people.toLocaleString("en-US")} people with ${settings.channelsEach} channels each`;
      return [
        { row: `${row} come back: until all are subscribed`, system: "pulpo", value: took, unit: "ms" },
        { row: `${row} come back: statements per person`, system: "pulpo", value: each, unit: "" },
        { row: `${row} lose a right: until all subscriptions have ended`, system: "pulpo", value: taken, unit: "ms" },
      ];
    } finally {
      for (const socket of sockets) socket.close();
      await pulpo.stop();
    }
  } finally {
    await postgres.close();
  }
}

/** Signs in and subscribes; every tenth channel has a push that was missed. @returns how many subscriptions have ended. */
async function comeBack(port: number, world: World, sockets: WebSocket[]): Promise<() => number> {
  let opening = 0, subscribed = 0, missed = 0, ended = 0;
  let failure: string | undefined;
  const due = world.channels.reduce((sum, names) => sum + Math.ceil(names.length / 10), 0);
  const deadline = performance.now() + DEADLINE_MS;
  const check = () => {
    if (failure) throw new Error(failure);
    if (performance.now() > deadline) throw new Error(`only ${subscribed} people were subscribed in time`);
  };
  for (const [i, token] of world.tokens.entries()) {
    while (opening >= MAX_OPENING) {
      await pause(1);
      check();
    }
    opening++;
    const names = world.channels[i]!;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?token=${token}`);
    sockets.push(socket);
    socket.onopen = () => {
      opening--;
      const since = Object.fromEntries(
        names.map((name, n) => [name, { epoch: world.epoch, offset: n % 10 === 0 ? 1 : 2 }]),
      );
      socket.send(JSON.stringify({ type: "subscribe", id: 1, channels: names, since }));
    };
    socket.onmessage = ({ data }) => {
      const text = String(data);
      if (text.startsWith('{"type":"ack"')) {
        if (text.split('"recovered":true').length !== names.length + 1) {
          failure = `not all recovered: ${text.slice(0, 300)}`;
        }
        subscribed++;
      } else if (text.startsWith('{"type":"error"')) ended++;
      else missed++;
    };
    socket.onclose = ({ code }) => failure ??= `a socket was closed (${code})`;
  }
  while (subscribed < world.tokens.length || missed < due) {
    await pause(2);
    check();
  }
  for (const socket of sockets) socket.onclose = null;
  return () => ended;
}

/** Milliseconds from the call that changes the role until the last reader was told of the last channel. */
async function takeRight(
  port: number,
  owner: Record<string, string>,
  ended: () => number,
  all: number,
): Promise<number> {
  const from = performance.now();
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/organization/roles`, {
    method: "PUT",
    headers: { "Content-Type": "application/json", ...owner },
    body: JSON.stringify({ roles: { member: { add: [], remove: ["chat.read"] } } }),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`the role could not be changed: ${answer.status} ${text}`);
  while (ended() < all) {
    if (performance.now() - from > DEADLINE_MS) throw new Error(`only ${ended()} of ${all} subscriptions have ended`);
    await pause(2);
  }
  return performance.now() - from;
}

/** Transactions so far: outside of writes each statement is one. */
async function statements(databaseUrl: string): Promise<number> {
  await pause(1500); // sessions report once a second
  return await withPool(databaseUrl, async (pool) => {
    const { rows } = await pool.query("select xact_commit from pg_stat_database where datname = current_database()");
    return Number(rows[0].xact_commit);
  });
}

async function withPool<T>(connectionString: string, body: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = new Pool({ connectionString, max: 1 });
  try {
    return await body(pool);
  } finally {
    await pool.end();
  }
}

/** People with an API token each, channels with two pushes each, and who is in which, straight into the database. */
async function fill(pool: Pool, { people, channelsEach }: ReconnectSettings): Promise<World> {
  const tokens = Array.from({ length: people }, (_, i) => `pulpo_bench${String(i).padStart(38, "0")}`);
  const channels = channelsEach * 5;
  await pool.query(
    `with org as (select id from organizations limit 1), people as (
      insert into users (id, organization_id, email, username, display_name, role)
      select gen_random_uuid(), org.id, 'm' || n || '@example.org', 'm' || n, 'Member ' || n, 'member'
      from generate_series(0, $1::int - 1) n, org returning id, username, organization_id
    )
    insert into api_tokens (id, organization_id, user_id, name, prefix, token_hash, scopes)
    select gen_random_uuid(), p.organization_id, p.id, 'bench', 'pulpo_bench',
      encode(sha256(convert_to(t.token, 'UTF8')), 'hex'), array['chat.read', 'channels.subscribe']
    from unnest($2::text[]) with ordinality t (token, n) join people p on p.username = 'm' || (t.n - 1)`,
    [people, tokens],
  );
  await pool.query(
    `insert into channels (id, organization_id, type, name, created_at, updated_at)
    select gen_random_uuid(), org.id, 'private', 'bench ' || lpad(n::text, 6, '0'), now(), now()
    from generate_series(0, $1::int - 1) n, (select id from organizations limit 1) org`,
    [channels],
  );
  await pool.query(
    `insert into channel_members (channel_id, user_id, organization_id, joined_at)
    select c.id, u.id, u.organization_id, now()
    from users u cross join generate_series(0, $1::int - 1) k
    join channels c on c.name = 'bench ' || lpad(((substr(u.username, 2)::int * 37 + k * 5) % $2::int)::text, 6, '0')
    where u.username ~ '^m[0-9]+$'`,
    [channelsEach, channels],
  );
  await pool.query(
    `with logged as (
      insert into event_channels (organization_id, channel, last_offset, epoch)
      select c.organization_id, 'channel:' || c.id, 2, m.value from channels c, meta m
      where m.key = 'epoch' and c.name like 'bench %' returning id
    )
    insert into events (channel_id, "offset", type, body)
    select id, n, 'bench', '{"type":"bench","data":{"text":"' || repeat('x', 150) || '"}}' from logged, generate_series(1, 2) n`,
  );
  await pool.query("analyze");
  const { rows } = await pool.query(
    `select substr(u.username, 2)::int as n, array_agg('channel:' || m.channel_id) as names
    from users u join channel_members m on m.user_id = u.id where u.username ~ '^m[0-9]+$' group by u.username order by 1`,
  );
  const epoch = (await pool.query("select value from meta where key = 'epoch'")).rows[0].value;
  return { tokens, channels: rows.map((row) => row.names), epoch };
}
