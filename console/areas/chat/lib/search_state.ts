// One search of the panel: asked a moment after the last key, the answer of an older one never shown over a newer one,
// pages added at the end. Recent searches stay in this browser.
import { useEffect, useRef, useState } from "preact/hooks";
import type { FoundMessage, SearchPage } from "../../../../protocol/chat/search.ts";
import { get } from "../../../lib/api.ts";
import { readJson, writeStored } from "../../../lib/storage.ts";

export type SearchSort = "relevance" | "recent";

export interface SearchState {
  items: FoundMessage[];
  total: SearchPage["total"] | null;
  notes: SearchPage["notes"];
  /** The query that the answer belongs to. */
  answered: string;
  loading: boolean;
  error: unknown;
  hasMore: boolean;
  loadingMore: boolean;
  more(): void;
  retry(): void;
}

const WAIT_MS = 250;

interface Found extends Pick<SearchState, "items" | "total" | "notes" | "answered"> {
  next: string | null;
}

const NONE: Found = { items: [], total: null, notes: [], answered: "", next: null };

/** @param query trimmed; empty: nothing is asked */
export function useSearch(query: string, sort: SearchSort, channelId: string | null): SearchState {
  const [found, setFound] = useState<typeof NONE & Pick<SearchState, "items" | "total" | "notes">>(NONE);
  const [loading, setLoading] = useState(false);
  const [loadingMore, setLoadingMore] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const current = useRef<AbortController | null>(null);
  const first = useRef(true);
  const ask = (abort: AbortController, cursor?: string) =>
    get<SearchPage>("/messages/search", {
      q: query,
      sort,
      channel_id: channelId,
      cursor,
      tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
    }, abort.signal);

  useEffect(() => {
    const abort = new AbortController();
    current.current = abort;
    setError(null);
    setLoadingMore(false);
    if (!query) {
      setFound(NONE);
      setLoading(false);
      return;
    }
    setLoading(true);
    const timer = setTimeout(async () => {
      try {
        const page = await ask(abort);
        if (abort.signal.aborted) return;
        setFound({ ...page, answered: query, next: page.next_cursor });
      } catch (failure) {
        if (abort.signal.aborted) return;
        setFound(NONE);
        setError(failure);
      }
      setLoading(false);
    }, first.current ? 0 : WAIT_MS);
    first.current = false;
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [query, sort, channelId, round]);

  return {
    items: found.items,
    total: found.total,
    notes: found.notes,
    answered: found.answered,
    loading,
    error,
    hasMore: found.next !== null && !loading,
    loadingMore,
    more: async () => {
      const abort = current.current;
      if (!abort || !found.next || loadingMore) return;
      setLoadingMore(true);
      try {
        const page = await ask(abort, found.next);
        if (abort.signal.aborted) return;
        const seen = new Set(found.items.map((item) => item.id));
        const items = [...found.items, ...page.items.filter((item) => !seen.has(item.id))];
        setFound({ ...found, items, next: page.next_cursor });
      } catch (failure) {
        if (!abort.signal.aborted) setError(failure);
      }
      if (!abort.signal.aborted) setLoadingMore(false);
    },
    retry: () => setRound(round + 1),
  };
}

const RECENT = "chat.searches";
const MAX_RECENT = 8;

export function recentSearches(): string[] {
  const list = readJson<unknown>(RECENT, []);
  return Array.isArray(list) ? list.filter((q) => typeof q === "string").slice(0, MAX_RECENT) : [];
}

/** Remembers a search that led somewhere; the newest comes first. */
export function rememberSearch(query: string): void {
  const list = [query, ...recentSearches().filter((q) => q.toLowerCase() !== query.toLowerCase())];
  writeStored(RECENT, JSON.stringify(list.slice(0, MAX_RECENT)));
}

export function forgetSearches(): void {
  writeStored(RECENT, null);
}
