// What an organisation decides for its people: one section per subject, each a strict object whose fields all have defaults.
// Stored are only sections that somebody has set, so a new field is right for organisations from before it.
import { z } from "zod";

/** Every section by its name. */
const sections = {};

export const organizationSettings = z.object(sections).meta({ id: "OrganizationSettings" });
export type OrganizationSettings = z.infer<typeof organizationSettings>;
/** Sections that are given replace the stored ones as a whole; absent ones stay. */
export const organizationSettingsBody = z.strictObject(sections).partial();
export type OrganizationSettingsInput = z.infer<typeof organizationSettingsBody>;

/** What is stored, made whole: what is absent, or not understood any more, has its default. */
export function readSettings(stored: Readonly<Record<string, unknown>>): OrganizationSettings {
  const whole = Object.entries<z.ZodType>(sections).map(([name, section]) => {
    const read = section.safeParse(stored[name] ?? {});
    return [name, read.success ? read.data : section.parse({})];
  });
  return Object.fromEntries(whole) as OrganizationSettings;
}
