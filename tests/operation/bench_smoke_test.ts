// The benchmark runs: every part that needs no other program, with few readers for a moment. Its figures mean nothing.
import assert from "node:assert/strict";
import { plainTable, tableOf } from "../../bench/report.ts";
import { runBench } from "../../bench/run.ts";

Deno.test("the benchmark measures every figure of its table", async () => {
  const report = await runBench({ quick: true, rivals: false, progress: () => {} });
  const expected = [
    "Start-up",
    "Memory after start",
    "WebSocket batched, durable",
    "WebSocket, own listener, durable",
    "own listener, compressed",
    "SSE, ephemeral",
    "reads",
    "Relay, through the hub",
    "Stream of",
    "bytes on the bus",
    "Flood of unfinished messages",
    "slowest sign-in of the owner",
    "idle connection",
  ];
  const table = plainTable(tableOf(report.figures));
  for (const text of expected) assert.ok(table.includes(text), `${text} is not in\n${table}`);
  for (const figure of report.figures) {
    assert.ok(Number.isFinite(figure.value), figure.row);
    // A hundred connections, or a small flood, may cost less than what the collector frees meanwhile.
    if (!/idle|memory (above|growth)/.test(figure.row)) assert.ok(figure.value > 0, figure.row);
  }
  assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
});
