import assert from "node:assert/strict";
import { type AlertProgress, nextState } from "./alert_state.ts";

/** One value a minute; answers `minute turn` of each turn. */
function turns(rule: Parameters<typeof nextState>[0], values: (number | null)[]): string[] {
  let state: AlertProgress = { firing: false, pendingSince: null };
  return values.flatMap((value, minute) => {
    const next = nextState(rule, state, value, new Date(minute * 60_000));
    state = next;
    return next.turn ? [`${minute} ${next.turn}`] : [];
  });
}
const above = { metric: "reports_pending", direction: "above", value: 10, for_minutes: 2 } as const;

Deno.test("alerts: after so many minutes without a break, once, and over in the same way", () => {
  assert.deepEqual(turns(above, [11, 12, 10, 11, 12, 13, 14, 50, 9, 11, 9, 8, 7, 6]), ["5 fired", "12 resolved"]);
  assert.deepEqual(turns({ ...above, for_minutes: 0 }, [10, 11, 11, 10]), ["1 fired", "3 resolved"]);
});

Deno.test("alerts: below, and a value that is not known changes nothing", () => {
  const below = { ...above, metric: "active_users", direction: "below", value: 1 } as const;
  assert.deepEqual(turns(below, [0, null, 0, null, null, 1, 1, null, 1]), ["2 fired", "8 resolved"]);
});

Deno.test("alerts: restless measures are back only 10 % within the limit", () => {
  const memory = { metric: "memory_mb", direction: "above", value: 100, for_minutes: 0 } as const;
  assert.deepEqual(turns(memory, [101, 99, 95, 91, 90, 99]), ["0 fired", "4 resolved"]);
});
