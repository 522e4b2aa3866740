// Shapes of the API as the console reads them. They are the server's own schemas; only types are imported, so that none
// of the validation code gets into the bundle.
import type { ApiToken as Token, Session, User } from "../../protocol/accounts/accounts.ts";
import type { AuditEntry } from "../../protocol/operation/audit.ts";
import type { Delivery, InboxItem, Preferences, Preset } from "../../protocol/notifications/notifications.ts";
import type { DashboardMetrics, Health } from "../../protocol/operation/process.ts";
import type { DeliveryItem, IncomingItem, OutgoingItem } from "../../protocol/notifications/webhooks.ts";

export type { AuditEntry, Delivery, Health, InboxItem, Preferences, Session, User };
export type Role = User["role"];
export type Metrics = DashboardMetrics;
export type WebhookDelivery = DeliveryItem;
export type PresetType = Preset["types"][number];

export const ROLES: readonly Role[] = ["owner", "admin", "moderator", "member", "viewer", "guest"];
export const DELIVERIES: readonly Delivery[] = ["push", "email", "none"];

export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}

export interface InboxPage extends Page<InboxItem> {
  unread_count: number;
}

/** Secrets are in the answer to the creation only. */
export type ApiToken = Token & { token?: string };
export type IncomingWebhook = IncomingItem & { token?: string; url?: string; secret?: string };
export type OutgoingWebhook = OutgoingItem & { secret?: string };
