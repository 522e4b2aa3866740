// Words of a search as PostgreSQL's tsquery. The database reads the words itself (search.term in 0008_search.sql), so
// that a query and a message are taken apart by the same rules; here only its own output is put together.
import { type Queryable, sql } from "../../../db/sql.ts";
import { hasUnspaced } from "../../../protocol/operation/scripts.ts";
import { accentVariants, type Term } from "./query.ts";

export interface WordQuery {
  /** All words, negations included; null: the search has none. */
  match: string | null;
  /** Some word must be there: the index can find it. */
  indexable: boolean;
  /** The wanted words, for ranking. */
  wanted: string | null;
  /** Any form of any wanted word, for highlighting; not of scripts without spaces, in which letters are compared. */
  anyWord: string | null;
  /** Words so common that they were left out, because there are others. */
  leftOut: Term[];
}

interface TermRow {
  position: number;
  query: string | null;
  is_stop: boolean;
}

/** @param partOf words that contain the wanted ones count as well */
export async function wordQuery(
  db: Queryable,
  organizationId: string,
  terms: readonly Term[],
  partOf: boolean,
): Promise<WordQuery> {
  const words = terms.filter((term) => term.mode !== "literal");
  if (words.length === 0) return { match: null, indexable: false, wanted: null, anyWord: null, leftOut: [] };
  const rows = await db.rows<TermRow>(sql`
    select k.position::int as position, t.query::text as query, t.is_stop
    from unnest(${words.map((t) => t.mode)}::text[], ${words.map((t) => t.text)}::text[],
      ${words.map((t) => t.mode === "word" ? accentVariants(t.text).join(" ") : "")}::text[])
      with ordinality as k (mode, word, variants, position)
    cross join lateral search.term(k.mode, k.word, string_to_array(k.variants, ' '),
      case when ${partOf} and k.mode = 'word' then ${organizationId}::uuid end) t
    order by k.position`);
  const found = rows.filter((row) => row.query !== null).map((row) => ({ ...row, term: words[row.position - 1]! }));
  const telling = found.some((row) => !row.is_stop && !row.term.negated);
  const leftOut = found.filter((row) => telling && row.is_stop && !row.term.negated);
  const used = found.filter((row) => !leftOut.includes(row));
  const wanted = used.filter((row) => !row.term.negated);
  const all = (list: typeof used, sign: string) => list.map((row) => `(${row.query})`).join(sign) || null;
  return {
    match: used.map((row) => row.term.negated ? `!(${row.query})` : `(${row.query})`).join(" & ") || null,
    indexable: wanted.length > 0,
    wanted: all(wanted, " & "),
    anyWord: all(
      wanted.filter((row) => row.term.mode === "word" && !row.query!.includes("<") && !hasUnspaced(row.term.text)),
      " | ",
    ),
    leftOut: leftOut.map((row) => row.term),
  };
}
