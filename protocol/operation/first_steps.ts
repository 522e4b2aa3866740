// The first steps of a new organisation: `GET/PUT /organization/first-steps`.
import { z } from "zod";

export const firstStepId = z.enum(["people", "message", "notification", "mail", "backup"]);
export type FirstStepId = z.infer<typeof firstStepId>;

export const firstSteps = z.object({
  items: z.array(z.object({
    id: firstStepId,
    done: z.boolean(),
    command: z.string().optional().meta({
      description: "For what is done on the server's command line: as it is typed there.",
    }),
  })),
  hidden: z.boolean().meta({ description: "The caller has put the list away." }),
});
export type FirstSteps = z.infer<typeof firstSteps>;

export const firstStepsBody = z.object({ hidden: z.boolean() });
