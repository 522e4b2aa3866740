// The React hooks, rendered by React itself, against a real server.
import assert from "node:assert/strict";
import { createElement, useEffect } from "react";
import { create } from "react-test-renderer";
import { PulpoClient, PulpoConnection, type Push } from "../../clients/typescript/src/mod.ts";
import {
  type UseNotifications,
  useNotifications,
  type UseNotificationsOptions,
  type UseWebSocket,
  useWebSocket,
  type UseWebSocketOptions,
} from "../../clients/typescript/src/react.ts";
import { CutProxy } from "../support/cut_proxy.ts";
import { createTestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const BACKOFF = { base: 20, cap: 200 };

/** Renders a hook; `current` is what it returned last, `set` renders it with other props. */
async function render<P extends object, R>(hook: (props: P) => R, props: P) {
  const results: R[] = [];
  let isMounted = false;
  const Probe = (given: P) => {
    useEffect(() => {
      isMounted = true;
      return () => void (isMounted = false);
    }, []);
    results.push(hook(given));
    return null;
  };
  const root = create(createElement(Probe, props));
  await until(() => isMounted);
  return {
    current: () => results.at(-1)!,
    async set(next: P) {
      const before = results.length;
      root.update(createElement(Probe, next));
      await until(() => results.length > before);
    },
    async [Symbol.asyncDispose]() {
      root.unmount();
      await until(() => !isMounted);
    },
  };
}

Deno.test("React hooks", async (t) => {
  await using server = await createTestApp();
  const { url } = server;
  const owner = await server.owner();
  const token = owner.access;
  const client = new PulpoClient({ url, token });

  await t.step("useWebSocket: state, handler, last event, send", async () => {
    const seen: Push[] = [];
    const useIt = (props: UseWebSocketOptions) => useWebSocket((push) => seen.push(push), props);
    await using hook = await render<UseWebSocketOptions, UseWebSocket>(useIt, { url, token, backoff: BACKOFF });
    assert.equal(hook.current().isConnected, false);
    await until(() => hook.current().isConnected);
    assert.equal(hook.current().state, "connected");
    assert.equal(hook.current().lastEvent, null);
    await client.notify({ type: "reserva_creada", message: "Nueva reserva", data: { id: "r1" } });
    await until(() => seen.length === 1);
    assert.deepEqual([seen[0]!.type, seen[0]!.message, seen[0]!.data], ["reserva_creada", "Nueva reserva", {
      id: "r1",
    }]);
    assert.equal(hook.current().lastEvent?.id, seen[0]!.id);
    await hook.current().send({ type: "ping" });
  });

  await t.step("useWebSocket: a newer handler is used without a new connection; other channels are", async () => {
    const seen: string[] = [];
    const useIt = ({ label, ...options }: UseWebSocketOptions & { label: string }) =>
      useWebSocket((push) => seen.push(`${label} ${push.message}`), options);
    const options = { url, token, backoff: BACKOFF };
    await using hook = await render(useIt, { ...options, label: "old", channels: ["notify:one"] });
    await until(() => hook.current().isConnected);
    const { connection } = hook.current();
    await hook.set({ ...options, label: "new", channels: ["notify:one"] });
    assert.equal(hook.current().connection, connection);
    await client.notify({ type: "test", message: "1", channel: "notify:one" });
    await until(() => seen.length === 1);
    await hook.set({ ...options, label: "new", channels: ["notify:two"] });
    await until(() => hook.current().isConnected && hook.current().connection !== connection);
    await client.notify({ type: "test", message: "2", channel: "notify:one" });
    await client.notify({ type: "test", message: "3", channel: "notify:two" });
    await until(() => seen.length === 2);
    assert.deepEqual(seen, ["new 1", "new 3"]);
  });

  await t.step("useWebSocket: a cut connection is told and loses nothing", async () => {
    await using proxy = new CutProxy(url);
    const seen: (string | undefined)[] = [];
    const useIt = (props: UseWebSocketOptions) => useWebSocket((push) => seen.push(push.message), props);
    const options = { url: proxy.url, token, backoff: BACKOFF, channels: ["notify:cut"] };
    await using hook = await render<UseWebSocketOptions, UseWebSocket>(useIt, options);
    await until(() => hook.current().isConnected);
    proxy.accepting = false;
    proxy.cut();
    await until(() => !hook.current().isConnected);
    await client.notifyBatch(["a", "b", "c"].map((message) => ({ type: "test", message, channel: "notify:cut" })));
    proxy.accepting = true;
    await until(() => seen.length === 3);
    assert.deepEqual(seen, ["a", "b", "c"]);
  });

  await t.step("useWebSocket: a shared connection stays, enabled: false connects nowhere", async () => {
    using shared = Object.assign(new PulpoConnection({ url, token }), {
      [Symbol.dispose](this: PulpoConnection) {
        this.close();
      },
    });
    {
      const useIt = (props: UseWebSocketOptions) => useWebSocket(() => {}, props);
      await using hook = await render<UseWebSocketOptions, UseWebSocket>(useIt, { connection: shared });
      await until(() => hook.current().isConnected);
      await hook.set({ connection: shared, enabled: false });
      await until(() => hook.current().state === "idle");
    }
    assert.equal(shared.state, "connected");
    assert.deepEqual(shared.positions, {});
  });

  await t.step("useNotifications: inbox, live items, reading, preferences", async () => {
    await client.markAllRead();
    const earlier = await client.notify({ type: "test", message: "earlier" });
    const live: string[] = [];
    const options: UseNotificationsOptions = { url, token, onNotification: (item) => live.push(item.message) };
    await using hook = await render<UseNotificationsOptions, UseNotifications>(useNotifications, options);
    await until(() => hook.current().isLoaded);
    assert.equal(hook.current().error, null);
    assert.equal(hook.current().items[0]?.id, earlier.id);
    assert.equal(hook.current().unreadCount, 1);

    await client.notify({ type: "test", message: "to all" });
    await client.notify({ type: "test", message: "to me", user_ids: [owner.id] });
    await client.notify({ type: "test", message: "a topic", channel: "notify:topic" });
    await until(() => hook.current().items.length >= 3);
    assert.deepEqual(hook.current().items.slice(0, 3).map((item) => item.message), ["to me", "to all", "earlier"]);
    assert.deepEqual(live, ["to all", "to me"]);
    assert.equal(hook.current().unreadCount, 3);
    const { items, unread_count } = await client.notifications();
    assert.deepEqual(hook.current().items.map((item) => item.id), items.map((item) => item.id));
    assert.equal(hook.current().unreadCount, unread_count);

    await hook.current().markRead(earlier.id);
    await until(() => hook.current().unreadCount === 2);
    assert.ok(hook.current().items.find((item) => item.id === earlier.id)?.read_at);
    await client.markAllRead(); // as another device does
    await until(() => hook.current().unreadCount === 0);
    assert.ok(hook.current().items.slice(0, 3).every((item) => item.read_at !== null));

    const put = await server.call("PUT", "/notifications/preferences", { token, body: { types: { noise: "none" } } });
    assert.equal(put.status, 200, put.text);
    await hook.current().reload();
    await client.notify({ type: "noise", message: "not shown" });
    await client.notify({ type: "test", message: "shown" });
    await until(() => hook.current().items[0]?.message === "shown");
    assert.ok(hook.current().items.every((item) => item.message !== "not shown"));
    await hook.current().markAllRead();
    await until(() => hook.current().unreadCount === 0);
  });

  await t.step("useNotifications: a refused token is an error, not a crash", async () => {
    const errors: string[] = [];
    const options = { url, token: "pulpo_wrong", onError: (error: { code: string }) => errors.push(error.code) };
    await using hook = await render<UseNotificationsOptions, UseNotifications>(useNotifications, options);
    await until(() => hook.current().state === "closed");
    assert.deepEqual([...new Set(errors)], ["unauthenticated"]);
    assert.equal(hook.current().isConnected, false);
  });
});
