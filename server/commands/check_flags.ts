// Flags of a command through the schema of the call that does the same.
import { AppError } from "../../kernel/errors.ts";

/** @throws AppError `validation_failed` that names the flags */
export function checkFlags<T>(
  schema: {
    safeParse(
      value: unknown,
    ): { success: true; data: T } | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } };
  },
  value: unknown,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError(
    "validation_failed",
    parsed.error.issues.map((i) => `--${i.path.join(".")}: ${i.message}`).join("\n"),
  );
}
