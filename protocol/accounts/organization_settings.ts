// What an organisation decides for its people: one section per subject, each a strict object whose fields all have defaults.
// Stored are only sections that somebody has set, so a new field is right for organisations from before it.
import { z } from "zod";
import { timestamp } from "../common.ts";
import { featureSettings, maintenanceSettings } from "../operation/feature_settings.ts";
import { role } from "./roles.ts";
import { sessionSettings } from "./session_settings.ts";

const secondFactorSection = z.strictObject({
  roles: z.array(role).max(10).default([]).meta({
    description: "People of these roles may do nothing without a second factor but set one up",
  }),
  grace_days: z.int().min(0).max(90).default(0).meta({
    description: "For so many days after a role was added, or an account was made, it works without",
  }),
  since: z.union([z.partialRecord(role, timestamp), timestamp]).nullable().default(null).meta({
    description:
      "When each role was added, or one time for all of them, as it was once stored; kept by the server, whatever is sent",
  }),
});
export type SecondFactorSection = z.infer<typeof secondFactorSection>;

/** A name of hosts, as it stands behind the @ of an address. */
const domain = z.string().trim().toLowerCase().max(253)
  .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, "a domain such as example.org");

/** Who may register by themselves, where PULPO_REGISTRATION is `open`. */
const signUp = z.strictObject({
  domains: z.array(domain).max(50).default([]).meta({
    description: "Only addresses of these domains, and they are confirmed by mail; empty: any address",
  }),
  approval: z.boolean().default(false).meta({ description: "An administrator lets everybody in who registers" }),
});

/** Every section by its name. */
const sections = {
  sign_up: signUp,
  second_factor: secondFactorSection,
  sessions: sessionSettings,
  features: featureSettings,
  maintenance: maintenanceSettings,
};

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
