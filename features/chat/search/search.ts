// Search in messages: reads the query, looks up the people and channels it names, finds the newest matches, ranks them
// and shows a page. Only what the caller may read is ever found: filter.ts joins every statement with it.
// Relevance is worked out over the newest MAX_RANKED matches.
import { perApp } from "../../../kernel/per_app.ts";
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { decodeCursor, encodeCursor } from "../../../kernel/cursor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { type Db, type Queryable, sql } from "../../../db/sql.ts";
import {
  type FoundMessage,
  MAX_RANKED,
  type SearchInput,
  type SearchNote,
  type SearchPage,
} from "../../../protocol/chat/search.ts";
import type { App, Ctx } from "../../context.ts";
import { MESSAGE_COLUMNS } from "../messages/store.ts";
import { checkTimeZone } from "./dates.ts";
import { markQuery, type Position, type SearchFilter } from "./filter.ts";
import { cardsText } from "../../../protocol/chat/card_text.ts";
import { showMatches } from "./highlight.ts";
import { type ParsedQuery, parseQuery } from "./query.ts";
import { findScope, type Scope } from "./scope.ts";
import { type Hit, type Hits, newestHits } from "./store.ts";
import { type WordQuery, wordQuery } from "./terms.ts";
import { indexBeforeSearch } from "./words.ts";
import { type MessageRow, toMessages } from "../messages/views.ts";

/** Searches of one person in a minute: enough for typing, too few to read a company's history with it. */
const SEARCHES_PER_MINUTE = 120;
const MAX_SEARCH_MS = 5_000;
/** With fewer matches than this, words that contain the wanted ones count as well. */
const FEW = 5;

const limiterOf = perApp((app: App) =>
  app.limits.limiter({ name: "search", points: SEARCHES_PER_MINUTE, windowSeconds: 60, shared: true })
);

/** @throws AppError forbidden, validation_failed, not_found (`channel_id`), rate_limited, timeout */
export async function searchMessages(ctx: Ctx, input: SearchInput): Promise<SearchPage> {
  const { app, actor } = ctx;
  authorize(actor, "chat.read");
  const userId = requireUser(actor);
  checkTimeZone(input.tz);
  const now = app.now();
  const query = parseQuery(input.q, input.tz, now);
  const cursor = input.cursor === undefined ? undefined : readCursor(input.cursor);
  await limiterOf(app).consume(userId, "You search very often. Wait a moment.");
  await indexBeforeSearch(app.db);
  return await withinTime(app.db, async (db) => {
    const scope = await findScope(db, ctx, query, userId, now);
    if (input.channel_id) {
      if (!scope.channels.has(input.channel_id)) throw notFound("channel");
      const id = input.channel_id;
      scope.channelIds = !scope.channelIds || scope.channelIds.includes(id) ? [id] : [];
    }
    const found = await find(db, ctx, { input, query, scope, cursor, now });
    return await toAnswer(db, ctx, input, query, scope, found);
  });
}

/** On a server the statements end with the time; embedded the caller does not wait any longer. */
async function withinTime<T>(db: Db, body: (db: Queryable) => Promise<T>): Promise<T> {
  try {
    if (db.kind === "server") {
      return await db.withTx(body, {
        begin: "begin read only; set local jit = off; set local work_mem = '32MB'",
        timeoutMs: MAX_SEARCH_MS,
      });
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new AppError("timeout", "")), MAX_SEARCH_MS);
    });
    const work = body(db);
    work.catch(() => {});
    return await Promise.race([work, late]).finally(() => clearTimeout(timer));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "timeout") throw error;
    throw new AppError(
      "timeout",
      "The search took too long. Narrow it down: a further word, a channel (in:), a person (from:) or a date (after:).",
      { cause: error },
    );
  }
}

/** Where the next page begins. `top`: newest message of the first page, so that new ones do not move the pages. */
interface Cursor {
  sort: "r" | "t";
  offset: number;
  place: Position;
  count: number;
  more: boolean;
  partOf: boolean;
}

function readCursor(text: string): Cursor {
  const [sort, offset, at, id, count, flags] = decodeCursor(text, 6);
  const wrong = () =>
    new AppError("validation_failed", "The cursor is not one that this server gave out.", {
      errors: [{ path: "cursor", message: "not a valid cursor" }],
    });
  const natural = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value);
  if ((sort !== "r" && sort !== "t") || !natural(offset) || !natural(at) || !natural(count) || !natural(flags)) {
    throw wrong();
  }
  if (offset < 0 || offset > MAX_RANKED || Math.abs(at) > 2e17 || count < 0 || count > MAX_RANKED) throw wrong();
  if (typeof id !== "string" || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw wrong();
  return { sort, offset, place: { at, id }, count, more: (flags & 1) === 1, partOf: (flags & 2) === 2 };
}

function writeCursor({ sort, offset, place, count, more, partOf }: Cursor): string {
  return encodeCursor([sort, offset, place.at, place.id, count, (more ? 1 : 0) + (partOf ? 2 : 0)]);
}

interface Search {
  input: SearchInput;
  query: ParsedQuery;
  scope: Scope;
  cursor: Cursor | undefined;
  now: Date;
}

interface Found {
  page: Hit[];
  next: Cursor | undefined;
  total: SearchPage["total"];
  words: WordQuery;
  partOf: boolean;
}

async function find(db: Queryable, ctx: Ctx, search: Search): Promise<Found> {
  const { input, query, scope, cursor } = search;
  const { organizationId } = ctx.actor;
  let partOf = cursor?.partOf ?? false;
  let words = await wordQuery(db, organizationId, query.terms, partOf);
  if (words.match === null && nothingElse(query)) {
    throw new AppError("validation_failed", "There is no word in this search.", {
      errors: [{ path: "q", message: "a word, a phrase or an operator is needed" }],
    });
  }
  const ranked = (cursor?.sort ?? (input.sort === "relevance" ? "r" : "t")) === "r" && words.wanted !== null;
  const want = cursor && !ranked ? input.limit + 1 : MAX_RANKED + 1;
  const filter = filterOf(ctx, search, words);
  // A ranked page looks at the same matches as the first: those from its newest one on.
  filter.below = cursor && (ranked ? { at: cursor.place.at + 1, id: cursor.place.id } : cursor.place);
  let hits: Hits = scope.impossible ? { rows: [] } : await newestHits(db, filter, want);
  if (!cursor && hits.rows.length < FEW && !scope.impossible && words.wanted !== null) {
    const wider = await wordQuery(db, organizationId, query.terms, true);
    if (wider.match !== words.match) {
      const more = await newestHits(db, filterOf(ctx, search, wider), want);
      if (more.rows.length > hits.rows.length) [hits, words, partOf] = [more, wider, true];
    }
  }
  const counted = Math.min(hits.rows.length, MAX_RANKED);
  const total = cursor
    ? { count: cursor.count, more: cursor.more }
    : { count: counted, more: hits.rows.length > MAX_RANKED || hits.resume !== undefined };
  const rest = { count: total.count, more: total.more, partOf };
  if (ranked) {
    const newest = hits.rows[0];
    const order = hits.rows.slice(0, MAX_RANKED).sort((a, b) =>
      b.rank - a.rank || b.at - a.at || (a.id < b.id ? 1 : -1)
    );
    const offset = cursor?.offset ?? 0, end = offset + input.limit;
    const next = newest && end < order.length
      ? { sort: "r" as const, offset: end, place: cursor?.place ?? { at: newest.at, id: newest.id }, ...rest }
      : undefined;
    return { page: order.slice(offset, end), next, total, words, partOf };
  }
  const page = hits.rows.slice(0, input.limit);
  const last = page.at(-1);
  const place = hits.rows.length > input.limit ? last && { at: last.at, id: last.id } : hits.resume;
  return { page, next: place && { sort: "t", offset: 0, place, ...rest }, total, words, partOf };
}

const nothingElse = (query: ParsedQuery) =>
  query.from.length + query.in.length + query.flags.length + query.dates.length === 0 &&
  !query.terms.some((term) => term.mode === "literal");

function filterOf(ctx: Ctx, { query, scope, now }: Search, words: WordQuery): SearchFilter {
  const marks = markQuery(query.flags, scope.from);
  const parts = [...(words.match === null ? [] : [words.match]), ...marks.parts];
  const readable = scope.channelIds
    ? scope.channelIds.map((id) => scope.channels.get(id)!)
    : [...scope.channels.values()];
  return {
    organizationId: ctx.actor.organizationId,
    userId: requireUser(ctx.actor),
    now,
    channelIds: scope.channelIds,
    readable: {
      channels: readable.length,
      messages: readable.reduce((sum, c) => sum + c.messages, 0),
      largest: readable.reduce((most, c) => Math.max(most, c.messages), 0),
    },
    match: parts.join(" & ") || null,
    indexable: words.indexable || marks.indexable,
    wanted: words.wanted,
    literals: query.terms.filter((term) => term.mode === "literal"),
    from: scope.from,
    notFrom: scope.notFrom,
    dates: query.dates,
    flags: query.flags,
  };
}

async function toAnswer(
  db: Queryable,
  ctx: Ctx,
  input: SearchInput,
  query: ParsedQuery,
  scope: Scope,
  found: Found,
): Promise<SearchPage> {
  const { organizationId } = ctx.actor;
  const rows = await db.rows<MessageRow>(sql`
    select ${MESSAGE_COLUMNS} from messages x
    where x.id = any(${found.page.map((hit) => hit.id)}::uuid[]) and x.organization_id = ${organizationId}
      and x.deleted_at is null`);
  const [messages, shown] = await Promise.all([
    toMessages(db, organizationId, rows),
    showMatches(
      db,
      rows.map((row) => ({ content: row.content, more: cardsText(row.props.cards) })),
      query.terms,
      found.words.anyWord,
    ),
  ]);
  const byId = new Map(messages.map((message, i) => [message.id, { message, ...shown[i]! }]));
  const items = found.page.flatMap((hit): FoundMessage[] => {
    const it = byId.get(hit.id), channel = scope.channels.get(hit.channel_id);
    if (!it || !channel) return []; // deleted, or the right to read it taken away, since it was found
    const { message, highlights, excerpt } = it;
    const score = Math.round(hit.rank * 1e6) / 1e6;
    return [{
      ...message,
      channel: { id: channel.id, name: channel.name, type: channel.type },
      highlights,
      excerpt,
      score,
    }];
  });
  return {
    items,
    next_cursor: found.next ? writeCursor(found.next) : null,
    total: found.total,
    notes: [...scope.notes, ...notesOf(input, found)],
  };
}

function notesOf(input: SearchInput, found: Found): SearchNote[] {
  const notes: SearchNote[] = found.words.leftOut.map(({ start, end }) => ({
    start,
    end,
    code: "common_words",
    message: "So common that it was left out. Put it in quotation marks to insist on it.",
  }));
  if (found.partOf) {
    notes.push({
      start: 0,
      end: input.q.length,
      code: "parts_of_words",
      message: "Few messages have these words, so words that contain them count as well.",
    });
  }
  return notes;
}
