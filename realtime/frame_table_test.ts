import assert from "node:assert/strict";
import { AppError } from "../kernel/errors.ts";
import { coreFrames } from "./core_frames.ts";
import { FrameTable, type FrameTaker } from "./frame_table.ts";

const taker = (type: string, variant?: string, owner = variant ?? "one"): FrameTaker => ({
  type,
  ...(variant ? { variant } : {}),
  lane: "ordered",
  owner,
  take() {},
});

Deno.test("variants of a type are told apart by their field; both, neither and null are none", () => {
  const table = new FrameTable([taker("typing", "channel_id"), taker("typing", "to"), taker("read", "channel_id")]);
  assert.equal(table.find({ type: "typing", channel_id: "x" }).owner, "channel_id");
  assert.equal(table.find({ type: "typing", to: "x", channel_id: null }).owner, "to");
  assert.equal(table.find({ type: "typing", to: "" }).owner, "to", "what stands in it is for its schema to say");
  const refused = (frame: Record<string, unknown>, code: string, detail: RegExp) =>
    assert.throws(() => table.find(frame), (e) => e instanceof AppError && e.code === code && detail.test(e.detail));
  refused({ type: "typing" }, "validation_failed", /^typing: exactly one of channel_id, to is needed\.$/);
  refused({ type: "typing", to: "x", channel_id: "y" }, "validation_failed", /exactly one/);
  refused({ type: "typing", to: null, channel_id: null }, "validation_failed", /exactly one/);
  refused({ type: "read" }, "validation_failed", /^read: channel_id is needed\.$/);
  refused({ type: "constructor" }, "unknown_type", /constructor/);
});

Deno.test("two who claim the same frame stop the start, and both are named", () => {
  const clash = (...takers: FrameTaker[]) =>
    assert.throws(
      () => new FrameTable([...coreFrames, ...takers]),
      (error: Error) => /cannot be told/.test(error.message),
    );
  clash(taker("typing"), taker("typing"));
  clash(taker("typing", "to"), taker("typing", "to"));
  clash(taker("typing", "to"), taker("typing"));
  clash(taker("typing"), taker("typing", "to"));
  clash(taker("subscribe", "to"));
  assert.throws(
    () => new FrameTable([taker("typing", "to", "chat"), taker("typing", "to", "messenger")]),
    /The frame typing \{to\} of messenger cannot be told from typing \{to\} of chat/,
  );
  new FrameTable([...coreFrames, taker("typing", "to"), taker("typing", "channel_id"), taker("typing2")]);
});
