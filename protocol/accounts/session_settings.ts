// How long people stay signed in: a section of an organisation's settings.
import { z } from "zod";

export const sessionSettings = z.strictObject({
  max_days: z.number().int().min(1).max(365).nullable().default(null).meta({
    description: "A session ends that many days after the sign-in, used or not; null: as long as it is used",
  }),
  idle_hours: z.number().int().min(1).max(168).nullable().default(null).meta({
    description: "It ends when no request came and no page was open for that long; null: after seven days",
  }),
});
export type SessionSettings = z.infer<typeof sessionSettings>;
