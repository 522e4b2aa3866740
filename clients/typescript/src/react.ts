/**
 * React hooks (React 18 or newer).
 *
 * - `useWebSocket(handler, options)`: pushes of channels, connection state, sending.
 * - `useNotifications(options)`: the inbox with its unread count, kept current by pushes.
 *
 * Options are read when `url`, `channels` or `enabled` change; providers and handlers may be new functions on every
 * render, the newest one is called.
 */
// @ts-types="@types/react"
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { PulpoClient } from "./client.ts";
import { PulpoConnection } from "./connection.ts";
import type { ConnectionState, PulpoConnectionOptions } from "./connection_types.ts";
import type { PulpoError } from "./errors.ts";
import type { ClientFrame, InboxItem, Preferences, Push } from "./types.ts";

export interface UseWebSocketOptions extends PulpoConnectionOptions {
  /** A connection to share; then the options about connecting are not used and it stays open on unmount. */
  connection?: PulpoConnection;
  /** Default: `["broadcast"]`. */
  channels?: string[];
  /** False: no connection. Default true. */
  enabled?: boolean;
  onGap?: (channel: string) => void;
  onError?: (error: PulpoError) => void;
}

export interface UseWebSocket {
  isConnected: boolean;
  state: ConnectionState;
  /** The newest push. For every single one use the handler: React may skip states in between. */
  lastEvent: Push | null;
  /** See `PulpoConnection.send`. */
  send(frame: ClientFrame): Promise<unknown>;
  connection: PulpoConnection | null;
}

/** Always the newest value, without being a dependency. */
function useLatest<T>(value: T): { readonly current: T } {
  const ref = useRef(value);
  ref.current = value;
  return ref;
}

/** Reads channels while the component is mounted; `handler` gets each push once and in order. */
export function useWebSocket(handler: (push: Push) => void, options: UseWebSocketOptions = {}): UseWebSocket {
  const latest = useLatest({ handler, options });
  const [state, setState] = useState<ConnectionState>("idle");
  const [lastEvent, setLastEvent] = useState<Push | null>(null);
  const [connection, setConnection] = useState<PulpoConnection | null>(null);
  const enabled = options.enabled ?? true;
  const channelKey = JSON.stringify(options.channels ?? ["broadcast"]);
  const shared = options.connection;

  useEffect(() => {
    if (!enabled) return;
    const { token, ticket } = latest.current.options;
    const active = shared ??
      new PulpoConnection({
        ...latest.current.options,
        channels: [],
        ...(typeof token === "function" ? { token: () => callLatest(latest.current.options.token, token) } : {}),
        ...(ticket ? { ticket: () => (latest.current.options.ticket ?? ticket)() } : {}),
      });
    const stops = [
      active.on("state", setState),
      active.on("gap", (channel) => latest.current.options.onGap?.(channel)),
      active.on("error", (error) => latest.current.options.onError?.(error)),
    ];
    setConnection(active);
    const subscription = active.subscribe(JSON.parse(channelKey) as string[], (push) => {
      setLastEvent(push);
      latest.current.handler(push);
    });
    setState(active.state);
    return () => {
      subscription.unsubscribe();
      for (const stop of stops) stop();
      if (!shared) active.close();
      setConnection(null);
      setState("idle");
    };
  }, [enabled, channelKey, shared, options.url]);

  const send = useCallback(
    (frame: ClientFrame) => {
      return connection ? connection.send(frame) : Promise.reject(new Error("useWebSocket: not connected yet"));
    },
    [connection],
  );
  return { isConnected: state === "connected", state, lastEvent, send, connection };
}

function callLatest(newest: PulpoConnectionOptions["token"], first: () => string | Promise<string>) {
  return typeof newest === "function" ? newest() : (newest ?? first());
}

/** What an inbox holds: broadcasts and what was sent to the person. `notify:<name>` channels are for `useWebSocket`. */
const INBOX_CHANNELS = ["user:me:notifications", "broadcast"];

export interface UseNotificationsOptions extends Omit<UseWebSocketOptions, "channels"> {
  /** Notifications to load at the start and to keep at most. Default 50, at most 200. */
  limit?: number;
  /** Called for each notification that arrives live, for a toast. */
  onNotification?: (item: InboxItem) => void;
}

export interface UseNotifications {
  /** Newest first. */
  items: InboxItem[];
  unreadCount: number;
  markRead(id: string): Promise<void>;
  markAllRead(): Promise<void>;
  /** Fetches the inbox again. */
  reload(): Promise<void>;
  isConnected: boolean;
  state: ConnectionState;
  /** False until the inbox has been loaded once. */
  isLoaded: boolean;
  error: PulpoError | null;
}

interface Inbox {
  items: InboxItem[];
  unread: number;
  loaded: boolean;
}

/** The server counts no further. */
const MAX_UNREAD = 1000;

/** The caller's inbox. After a gap or a reconnect that could not recover everything it is fetched again by itself. */
export function useNotifications(options: UseNotificationsOptions = {}): UseNotifications {
  const latest = useLatest(options);
  const [inbox, setInbox] = useState<Inbox>({ items: [], unread: 0, loaded: false });
  const [error, setError] = useState<PulpoError | null>(null);
  const limit = options.limit ?? 50;
  const enabled = options.enabled ?? true;
  /** Pushes that arrive while the inbox is being fetched, per fetch: applied on top of the page. */
  const journals = useRef(new Set<Push[]>());
  /** The person's choice of types that the inbox leaves out. */
  const preferences = useRef<Preferences | null>(null);

  const client = useMemo(
    () =>
      new PulpoClient({
        url: options.url?.replace(/^ws/, "http"),
        ...(options.token ? { token: () => callLatest(latest.current.token, () => "") } : {}),
      }),
    [options.url, Boolean(options.token)],
  );

  const reload = useCallback(async () => {
    const journal: Push[] = [];
    journals.current.add(journal);
    try {
      const [page, chosen] = await Promise.all([client.notifications({ limit }), client.preferences()]);
      preferences.current = chosen;
      const loaded: Inbox = { items: page.items, unread: page.unread_count, loaded: true };
      const shown = journal.filter((push) => isShown(push, chosen));
      setInbox(shown.reduce((inbox, push) => applyPush(inbox, push, limit), loaded));
      setError(null);
    } catch (failure) {
      setError(failure as PulpoError);
    } finally {
      journals.current.delete(journal);
    }
  }, [client, limit]);

  const socket = useWebSocket(
    (push) => {
      for (const journal of journals.current) journal.push(push);
      if (!isShown(push, preferences.current)) return;
      setInbox((old) => applyPush(old, push, limit));
      const item = toItem(push);
      if (item) latest.current.onNotification?.(item);
    },
    {
      ...options,
      channels: INBOX_CHANNELS,
      onGap: (channel) => {
        void reload();
        options.onGap?.(channel);
      },
    },
  );

  // Loaded once subscribed, so that nothing can fall between the page and the first push.
  useEffect(() => {
    if (enabled && socket.isConnected) void reload();
  }, [enabled, socket.isConnected, reload]);

  const markRead = useCallback(
    async (id: string) => {
      const unread = await client.markRead(id);
      setInbox((old) => markItems(old, (item) => item.id === id, unread));
    },
    [client],
  );
  const markAllRead = useCallback(async () => {
    const unread = await client.markAllRead();
    setInbox((old) => markItems(old, () => true, unread));
  }, [client]);

  return {
    items: inbox.items,
    unreadCount: inbox.unread,
    isLoaded: inbox.loaded,
    markRead,
    markAllRead,
    reload,
    isConnected: socket.isConnected,
    state: socket.state,
    error,
  };
}

function isShown(push: Push, preferences: Preferences | null): boolean {
  if (push.type === "notification_read" || !preferences) return true;
  return (preferences.types[push.type] ?? preferences.default) !== "none";
}

/** The inbox item of a notification's push; undefined for pushes that are not stored notifications. */
function toItem(push: Push): InboxItem | undefined {
  const { id, type, message, data, channel, timestamp } = push;
  if (id === undefined || message === undefined || push.offset === undefined) {
    return undefined;
  }
  const sender = (push.sender as InboxItem["sender"] | undefined) ?? { id: null, name: "" };
  return { id, type, message, data, channel, sender, created_at: timestamp, read_at: null };
}

function addItem(old: Inbox, item: InboxItem, limit: number): Inbox {
  if (old.items.some(({ id }) => id === item.id)) return old;
  return { ...old, items: [item, ...old.items].slice(0, limit), unread: Math.min(old.unread + 1, MAX_UNREAD) };
}

function applyPush(old: Inbox, push: Push, limit: number): Inbox {
  if (push.type === "notification_read") {
    const { ids, unread_count } = push.data as { ids: string[] | "all"; unread_count: number };
    return markItems(old, ({ id }) => ids === "all" || ids.includes(id), unread_count);
  }
  const item = toItem(push);
  return item ? addItem(old, item, limit) : old;
}

function markItems(old: Inbox, isRead: (item: InboxItem) => boolean, unread: number): Inbox {
  const now = new Date().toISOString();
  const items = old.items.map((item) => (item.read_at === null && isRead(item) ? { ...item, read_at: now } : item));
  return { ...old, items, unread };
}
