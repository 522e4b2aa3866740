// Loading of data into pages: first a skeleton, then data or an error with "try again". An answer that comes after the
// page asked for something else is dropped.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, type CallOptions, get } from "./api.ts";
import { link } from "./live/link.ts";
import type { Page } from "./types.ts";

export interface Resource<T> {
  data: T | null;
  error: ApiError | null;
  loading: boolean;
  reload: () => void;
  /** Replaces the data after a change that the server confirmed. */
  update: (change: (data: T) => T) => void;
}

function toApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError("internal", 0, String(error));
}

/** Whether nothing is wrong but that the server, or what stands before it, did not answer. */
export function isAway(error: unknown): boolean {
  return error instanceof ApiError && [0, 502, 503, 504].includes(error.status);
}

/** Tries again by itself when the connection is back: nobody should have to press a button after a restart. */
export function useRetryWhenBack(error: unknown, retry: () => void): void {
  const live = link.value.state === "live";
  useEffect(() => {
    if (live && isAway(error)) retry();
  }, [live]);
}

export function useResource<T>(load: (signal: AbortSignal) => Promise<T>, deps: unknown[]): Resource<T> {
  const [state, setState] = useState<{ data: T | null; error: ApiError | null; loading: boolean }>({
    data: null,
    error: null,
    loading: true,
  });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    setState((old) => ({ ...old, loading: true, error: null }));
    load(abort.signal).then(
      (data) => !abort.signal.aborted && setState({ data, error: null, loading: false }),
      (error) => !abort.signal.aborted && setState((old) => ({ ...old, error: toApiError(error), loading: false })),
    );
    return () => abort.abort();
  }, [...deps, round]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  useRetryWhenBack(state.error, reload);
  return {
    ...state,
    reload,
    update: useCallback(
      (change: (data: T) => T) => setState((old) => old.data === null ? old : { ...old, data: change(old.data) }),
      [],
    ),
  };
}

export interface Pages<T> {
  items: T[] | null;
  error: ApiError | null;
  loading: boolean;
  hasMore: boolean;
  more: () => void;
  reload: () => void;
  update: (change: (items: T[]) => T[]) => void;
}

/** A list read page by page. `onPage` sees each answer (for counters beside the items). */
export function usePages<T, P extends Page<T> = Page<T>>(
  path: string,
  query: NonNullable<CallOptions["query"]>,
  onPage?: (page: P) => void,
): Pages<T> {
  const key = JSON.stringify([path, query]);
  const [state, setState] = useState<
    { items: T[] | null; cursor: string | null; error: ApiError | null; loading: boolean }
  >(
    { items: null, cursor: null, error: null, loading: true },
  );
  const [round, setRound] = useState(0);
  const abort = useRef<AbortController | null>(null);
  const fetchPage = useCallback((cursor: string | null) => {
    abort.current?.abort();
    const mine = abort.current = new AbortController();
    setState((old) => ({ ...old, loading: true, error: null }));
    get<P>(path, { limit: 50, ...query, cursor }, mine.signal).then((page) => {
      if (mine.signal.aborted) return;
      onPage?.(page);
      setState((old) => ({
        items: cursor ? [...(old.items ?? []), ...page.items] : page.items,
        cursor: page.next_cursor ?? null,
        error: null,
        loading: false,
      }));
    }, (error) => {
      if (!mine.signal.aborted) setState((old) => ({ ...old, error: toApiError(error), loading: false }));
    });
  }, [key]);
  useEffect(() => {
    fetchPage(null);
    return () => abort.current?.abort();
  }, [fetchPage, round]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  useRetryWhenBack(state.error, reload);
  return {
    items: state.items,
    error: state.error,
    loading: state.loading,
    hasMore: state.cursor !== null,
    more: () => state.cursor && !state.loading && fetchPage(state.cursor),
    reload,
    update: useCallback(
      (change: (items: T[]) => T[]) => setState((old) => old.items ? { ...old, items: change(old.items) } : old),
      [],
    ),
  };
}
