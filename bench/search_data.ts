// A company's messages for the search benchmark, written straight into the database: 200 channels of very different
// sizes, two years, English and Spanish. How often the words that are searched for occur is fixed (SHARES).
// @ts-types="@types/pg"
import pg from "pg";

const CHANNELS = 200;
/** Share of the messages in the largest channel: 100,000 of a million. */
const LARGEST = 0.1;
const BATCH = 2000;

/** Words and their share of all messages. `legado` is in the oldest third only. */
const SHARES: [string, number][] = [
  ["deployment", 0.2],
  ["servidor", 0.15],
  ["reunión", 0.05],
  ["blue green", 0.01],
  ["facturación", 0.002],
  ["zarzaparrilla", 0.00002],
];
const OLD_WORD: [string, number] = ["legado", 0.2];

const COMMON =
  `the a of to in and is for on with la el de que en y los se por con para una está this that have not please
can we check review tomorrow today thanks equipo cliente pedido código revisar problema solución gracias mañana ahora
release branch merge error build pipeline customer invoice issue ticket update version design meeting call plan`.split(
    /\s+/,
  );

/** Repeatable chance. */
function chance(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** 20,000 words that nobody knows, as many as a company uses. */
function vocabulary(): string[] {
  const random = chance(1);
  const part = () => "bcdfglmnprstv"[Math.floor(random() * 13)]! + "aeiou"[Math.floor(random() * 5)]!;
  return Array.from({ length: 20_000 }, () => Array.from({ length: 2 + Math.floor(random() * 3) }, part).join(""));
}

function texts(count: number, seed: number, old: boolean, words: string[]): string[] {
  const random = chance(seed);
  return Array.from({ length: count }, () => {
    const out: string[] = [];
    for (let k = 4 + Math.floor(random() * 14); k > 0; k--) {
      // Frequent words are frequent, as in any language.
      out.push(
        random() < 0.6
          ? COMMON[Math.floor(random() * random() * COMMON.length)]!
          : words[Math.floor(random() ** 3 * words.length)]!,
      );
    }
    for (const [word, share] of old ? [...SHARES, OLD_WORD] : SHARES) {
      if (random() < share) out.splice(Math.floor(random() * out.length), 0, word);
    }
    return out.join(" ");
  });
}

export interface Company {
  /** Largest first. */
  channelIds: string[];
  /** API tokens' headers: people who are in all channels, and in five of middle size. */
  all: Record<string, string>[];
  few: Record<string, string>[];
}

/**
 * Fills a migrated database that has its first organisation.
 * @param people of each kind
 */
export async function fillCompany(databaseUrl: string, messages: number, people: number): Promise<Company> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2, options: "-c synchronous_commit=off" });
  try {
    const channelIds = await makeChannels(pool);
    const tokens = await makePeople(pool, people);
    // An index that is made once is made ten times as fast.
    await pool.query("drop index search.search_messages_vector");
    const words = vocabulary();
    const batches = Math.ceil(messages / BATCH);
    const counts = new Array<number>(CHANNELS).fill(0);
    let next = 0;
    const worker = async () => {
      while (next < batches) {
        const n = next++;
        const random = chance(1000 + n);
        const at: number[] = [], seq: number[] = [];
        for (let i = 0; i < BATCH; i++) {
          const channel = random() < LARGEST ? 0 : 1 + Math.floor(random() ** 2 * (CHANNELS - 1));
          at.push(channel);
          seq.push(++counts[channel]!);
        }
        await pool.query(
          `insert into messages (id, organization_id, channel_id, seq, root_no, user_id, message_type, content, has_file,
             created_at)
           select (lpad(to_hex((extract(epoch from t.at) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid,
             c.organization_id, c.id, b.seq, b.seq, p.id, 'text', b.content, b.i % 50 = 0, t.at
           from unnest($1::int[], $2::int[], $3::text[]) with ordinality b (channel, seq, content, i)
           join bench_channels bc on bc.n = b.channel join channels c on c.id = bc.id
           join bench_people p on p.n = b.i % $6
           cross join lateral (select now() - interval '730 days' * (1 - ($4::float8 * $5 + b.i) / ($5 * $7::float8)) as at) t
           cross join lateral (select md5(random()::text || b.i) as h) h`,
          [at, seq, texts(BATCH, n, n < batches / 3, words), n, BATCH, 2 * people, batches],
        );
      }
    };
    await Promise.all([worker(), worker()]);
    await pool.query(`update channels c set last_seq = m.seq, root_count = m.seq, last_message_at = now()
      from (select channel_id, max(seq) as seq from messages group by channel_id) m where m.channel_id = c.id`);
    const indexed = async () => {
      while ((await pool.query("select search.index_pending(5000) as n")).rows[0].n > 0) { /* until none are left */ }
    };
    await Promise.all([indexed(), indexed()]);
    await pool.query("set maintenance_work_mem = '512MB'");
    await pool.query(`create index search_messages_vector on search.messages using gin (vector)
      with (fastupdate = on, gin_pending_list_limit = 512)`);
    await pool.query(`insert into search.words (organization_id, word)
      select distinct p.organization_id, w.word from search.words_pending p, unnest(p.words) w (word)
      where length(w.word) >= 4 on conflict do nothing`);
    await pool.query("truncate search.words_pending");
    await pool.query("vacuum analyze");
    await pool.query("checkpoint"); // what the writing left behind is not the searches' business
    return {
      channelIds,
      all: tokens.slice(0, people).map(header),
      few: tokens.slice(people).map(header),
    };
  } finally {
    await pool.end();
  }
}

const header = (token: string) => ({ Authorization: `Bearer ${token}` });

async function makeChannels(pool: pg.Pool): Promise<string[]> {
  await pool.query("create table bench_channels (n int primary key, id uuid not null)");
  const { rows } = await pool.query<{ id: string }>(
    `with made as (
       insert into channels (id, organization_id, type, name, created_at, updated_at)
       select gen_random_uuid(), (select id from organizations limit 1), case when n % 4 = 3 then 'private' else 'public' end,
         'bench-' || n, now() - interval '3 years', now() from generate_series(0, $1::int - 1) n
       returning id, name
     ), kept as (
       insert into bench_channels select substr(name, 7)::int, id from made
     )
     select id from made order by substr(name, 7)::int`,
    [CHANNELS],
  );
  return rows.map((row) => row.id);
}

/** `people` in every channel, as many in five; one API token each. */
async function makePeople(pool: pg.Pool, people: number): Promise<string[]> {
  const tokens = Array.from({ length: 2 * people }, (_, i) => `pulpo_search${String(i).padStart(37, "0")}`);
  await pool.query("create table bench_people (n int primary key, id uuid not null)");
  await pool.query(
    `with made as (
       insert into users (id, organization_id, email, username, display_name, role)
       select gen_random_uuid(), (select id from organizations limit 1), 'p' || n || '@example.org', 'p' || n,
         'Person ' || n, 'member' from generate_series(0, 2 * $1::int - 1) n returning id, organization_id, username
     ), kept as (
       insert into bench_people select substr(username, 2)::int, id from made
     ), joined as (
       insert into channel_members (channel_id, user_id, organization_id, joined_at)
       select bc.id, m.id, m.organization_id, now() from made m, bench_channels bc
       where substr(m.username, 2)::int < $1 or bc.n in (40, 60, 80, 100, 120)
     )
     insert into api_tokens (id, organization_id, user_id, name, prefix, token_hash, scopes)
     select gen_random_uuid(), m.organization_id, m.id, 'bench', 'pulpo_bench',
       encode(sha256(convert_to(t.token, 'UTF8')), 'hex'), array['chat.read']
     from unnest($2::text[]) with ordinality t (token, n) join made m on m.username = 'p' || (t.n - 1)`,
    [people, tokens],
  );
  await pool.query(`update channels c set member_count =
    (select count(*) from channel_members m where m.channel_id = c.id)`);
  return tokens;
}
