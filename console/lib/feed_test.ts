import assert from "node:assert/strict";
import type { Push } from "../../protocol/wire/frames.ts";
import { appendItems, EMPTY_FEED, filterItems, percentile, ratePerMinute, toItem } from "./feed.ts";

const T0 = Date.parse("2026-01-15T10:00:30.000Z");

function push(offset: number | undefined, type = "test", message = "hello", at = T0): Push {
  const position = offset === undefined ? {} : { offset, epoch: "e" };
  return {
    type,
    message,
    data: { city: "Bogotá" },
    channel: "broadcast",
    timestamp: new Date(at).toISOString(),
    ...position,
  };
}
const item = (offset: number | undefined, type?: string, message?: string, at?: number) =>
  toItem(push(offset, type, message, at), false, T0 + 40, 0);

Deno.test("items: key, latency with clock difference, replayed ones have none", () => {
  assert.equal(item(7).key, "broadcast:e:7");
  assert.notEqual(item(undefined).key, item(undefined).key);
  assert.equal(toItem(push(1), false, T0 - 970, 1000).latency, 30);
  assert.equal(toItem(push(1), false, T0 - 50, 0).latency, 0);
  assert.equal(toItem(push(1), true, T0, 0).latency, null);
});

Deno.test("the cap drops the oldest and counts them; statistics keep counting", () => {
  const feed = appendItems(EMPTY_FEED, Array.from({ length: 12 }, (_, i) => item(i, i % 2 ? "a" : "b")), 10);
  assert.deepEqual([feed.items.length, feed.dropped, feed.total], [10, 2, 12]);
  assert.equal(feed.items[0]!.push.offset, 2);
  assert.deepEqual([...feed.byType], [["b", 6], ["a", 6]]);
  assert.equal(feed.latencies.length, 12);
  assert.equal(appendItems(feed, []), feed);
});

Deno.test("what was missed goes to its place in time, without turning the order of a channel", () => {
  const at = (offset: number, channel: string, seconds: number) =>
    toItem({ ...push(offset, "t", `${channel}${offset}`, T0 + seconds * 1000), channel }, true, T0, 0);
  const feed = appendItems(EMPTY_FEED, [at(1, "a", 0), at(2, "a", 9), at(3, "a", 8)]);
  const merged = appendItems(feed, [at(1, "b", 4), at(2, "b", 20)]);
  assert.deepEqual(merged.items.map((i) => i.message), ["a1", "b1", "a2", "a3", "b2"]);
});

Deno.test("filters: type, channel and words without accents and case", () => {
  const items = [item(1, "reserva_creada", "Pedro Núñez"), item(2, "tour_creado", "Islas")];
  const find = (text: string, types: string[] = [], channel = "") =>
    filterItems(items, { text, types: new Set(types), channel }).map((i) => i.push.offset);
  assert.deepEqual(find("nunez"), [1]);
  assert.deepEqual(find("BOGOTA islas"), [2]);
  assert.deepEqual(find("", ["tour_creado"]), [2]);
  assert.deepEqual(find("", [], "notify:x"), []);
  assert.equal(filterItems(items, { text: " ", types: new Set(), channel: "" }), items);
});

Deno.test("rate per minute covers quiet minutes too", () => {
  const feed = appendItems(EMPTY_FEED, [item(1), item(2, "t", "m", T0 - 60_000), item(3)]);
  const [times, counts] = ratePerMinute(feed, T0, 3);
  assert.deepEqual(counts, [0, 1, 2]);
  assert.equal(times[2]! - times[1]!, 60);
});

Deno.test("percentile", () => {
  assert.equal(percentile([], 0.5), null);
  assert.equal(percentile([5, 1, 3], 0.5), 3);
  assert.equal(percentile([1, 2, 3, 4], 0.95), 4);
});
