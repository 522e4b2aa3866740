// The parts of the product that an organisation may switch off, without schemas: the console reads them too.
import type { FeatureSettings } from "./feature_settings.ts";

export type FeatureName = keyof FeatureSettings;

/**
 * The permissions that are gone with a part that is switched off. Reading notifications and files stays: the server itself
 * tells things.
 */
export const FEATURE_PERMISSIONS: Readonly<Record<FeatureName, readonly string[]>> = {
  chat: [
    "chat.read",
    "chat.send",
    "chat.channels.create",
    "chat.manage",
    "chat.purge",
    "chat.moderate",
    "media.upload",
  ],
  moderation: ["chat.moderate"],
  statistics: ["stats.read", "alerts.manage", "retention.manage"],
  webhooks: ["webhooks.manage"],
  notifications: ["notify.send"],
  transfer: ["chat.import", "chat.export"],
};

export const FEATURE_NAMES = Object.keys(FEATURE_PERMISSIONS) as [FeatureName, ...FeatureName[]];
