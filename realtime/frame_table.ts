// Who takes which text frame of a client: the protocol's own (core_frames.ts) and those of features. Invariants
// (frame_table_test.ts): each frame has one taker; two who claim the same one stop the start; a type with variants takes frames
// in which exactly one of the fields stands that tell them apart.
import { AppError } from "../kernel/errors.ts";
import type { Connection } from "./connection.ts";

/** Answers `ack` with this data when the frame asked for an answer. */
export type Reply = (data: unknown) => void;

export interface FrameTaker {
  type: string;
  /** The field that stands in this variant of the type and in no other one; absent: the type has no variants. */
  variant?: string;
  /** `ordered`: after all such frames before it. `fast`: waits for other fast frames only. */
  lane: "ordered" | "fast";
  /** Average of one connection, twice as many at once; absent: it counts with all others. */
  framesPerSecond?: number;
  /** Of a whole frame; absent: 32 Ki in the fast lane, otherwise what a message may hold. */
  maxCharacters?: number;
  /** Who is named when two claim one frame. */
  owner: string;
  /** @throws AppError */
  take(connection: Connection, frame: Record<string, unknown>, reply: Reply): Promise<void> | void;
}

export class FrameTable {
  private readonly byType = new Map<string, FrameTaker[]>();

  /** @throws Error when two claim the same frame. */
  constructor(takers: readonly FrameTaker[]) {
    for (const taker of takers) {
      const others = this.byType.get(taker.type) ?? [];
      for (const other of others) {
        if (taker.variant !== undefined && other.variant !== undefined && taker.variant !== other.variant) continue;
        throw new Error(
          `The frame ${nameOf(taker)} of ${taker.owner} cannot be told from ${nameOf(other)} of ${other.owner}: ` +
            "variants of one type each name a field of their own.",
        );
      }
      this.byType.set(taker.type, [...others, taker]);
    }
  }

  /** @throws AppError `unknown_type`, `validation_failed` */
  find(frame: Record<string, unknown>): FrameTaker {
    const type = String(frame.type), takers = this.byType.get(type);
    if (!takers) throw new AppError("unknown_type", `This server does not know the frame type "${type}".`);
    if (takers[0]!.variant === undefined) return takers[0]!;
    const meant = takers.filter(({ variant }) => frame[variant!] !== undefined && frame[variant!] !== null);
    if (meant.length === 1) return meant[0]!;
    const fields = takers.map(({ variant }) => variant).join(", ");
    const rule = takers.length === 1 ? `${fields} is needed` : `exactly one of ${fields} is needed`;
    throw new AppError("validation_failed", `${type}: ${rule}.`);
  }
}

function nameOf({ type, variant }: FrameTaker): string {
  return variant === undefined ? type : `${type} {${variant}}`;
}

/** What a zod schema is to whoever checks a frame. */
export interface FrameSchema<T> {
  safeParse(frame: unknown):
    | { success: true; data: T }
    | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } };
}

/** @throws AppError `validation_failed` with the first thing that is wrong */
export function checkFrame<T>(schema: FrameSchema<T>, frame: Record<string, unknown>): T {
  const input = schema.safeParse(frame);
  if (input.success) return input.data;
  const [issue] = input.error.issues;
  throw new AppError("validation_failed", `${issue!.path.join(".") || String(frame.type)}: ${issue!.message}`);
}
