// Which parts of the product an organisation uses, and whether it is closed for maintenance: sections of its settings.
import { z } from "zod";

const part = (description: string) => z.boolean().default(true).meta({ description });

export const featureSettings = z.strictObject({
  chat: part("Channels, messages, search, files in messages"),
  moderation: part("Reports, filter, measures against people"),
  statistics: part("Figures, alerts, retention"),
  webhooks: part("Incoming and outgoing webhooks"),
  notifications: part("Sending notifications by people and programs; what the server itself tells goes on"),
  transfer: part("Imports and exports of the organisation"),
});
export type FeatureSettings = z.infer<typeof featureSettings>;

export const maintenanceSettings = z.strictObject({
  on: z.boolean().default(false).meta({ description: "Only administrators may come in (owners turn it on and off)" }),
  text: z.string().trim().max(500).default("").meta({ description: "What people read meanwhile" }),
});
export type MaintenanceSettings = z.infer<typeof maintenanceSettings>;
