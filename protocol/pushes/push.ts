// How a push is declared: what it says, whether it is stored, the schema of its `data` and of further top-level fields, and
// an example, which a test holds against the schema. The declarations of an area stand in the file beside this one that has
// its name; protocol/wire/pushes.ts puts them together. A push carries nothing that its schema does not name.
import type { z } from "zod";

/** `durable`: stored, with offset and epoch. `ephemeral`: who is not connected misses it. `both`: as its sender says. */
export type Kept = "durable" | "ephemeral" | "both";

export interface PushRule<
  D extends z.ZodType = z.ZodType,
  E extends z.ZodObject | undefined = z.ZodObject | undefined,
  K extends Kept = Kept,
> {
  /** One sentence: when it comes. */
  readonly about: string;
  readonly kept: K;
  readonly data: D;
  /** Fields beside `type`, `data` and `timestamp`; undefined: none. */
  readonly extra: E;
  readonly example: { data: z.output<D>; extra?: E extends z.ZodObject ? z.output<E> : undefined };
}

/** The pushes of one kind of channel, by type; `*` stands for every other type. */
export type PushRules = Record<string, PushRule>;

/** A push that is stored with the rows it tells of (`tx.emit`). */
export function durable<D extends z.ZodType>(
  about: string,
  data: D,
  example: NoInfer<z.output<D>>,
): PushRule<D, undefined, "durable"> {
  return { about, kept: "durable", data, extra: undefined, example: { data: example } };
}

/** A push that is worth nothing a minute later (`publishEphemeral`, `publishLocal`). */
export function ephemeral<D extends z.ZodType>(
  about: string,
  data: D,
  example: NoInfer<z.output<D>>,
): PushRule<D, undefined, "ephemeral"> {
  return { about, kept: "ephemeral", data, extra: undefined, example: { data: example } };
}

/** The `data` of pushes by type: of all, or of those that are kept in one way. */
export type PushesData<R extends PushRules, K extends Kept = Kept> = {
  [T in keyof R as R[T]["kept"] extends K ? T : never]: z.output<R[T]["data"]>;
};

/** The types that are stored. */
export function durableTypes<R extends PushRules>(rules: R): (keyof PushesData<R, "durable"> & string)[] {
  return Object.keys(rules).filter((type) => rules[type]!.kept === "durable") as ReturnType<typeof durableTypes<R>>;
}
