// All features, in one explicit list: their permissions, channels, frames, consumers and jobs come from here.
import { accountsFeature } from "./accounts/mod.ts";
import { agentsFeature } from "./agents/mod.ts";
import { analyticsFeature } from "./analytics/mod.ts";
import { auditFeature } from "./audit/mod.ts";
import { chatFeature } from "./chat/mod.ts";
import type { Feature } from "./define.ts";
import { firstStepsFeature } from "./first_steps/mod.ts";
import { healthFeature } from "./health/mod.ts";
import { mediaFeature } from "./media/mod.ts";
import { moderationFeature } from "./moderation/mod.ts";
import { notificationsFeature } from "./notifications/mod.ts";
import { transferFeature } from "./transfer/mod.ts";

export const features: readonly Feature[] = [
  accountsFeature,
  auditFeature,
  healthFeature,
  notificationsFeature,
  mediaFeature,
  agentsFeature,
  chatFeature,
  moderationFeature,
  analyticsFeature,
  transferFeature,
  firstStepsFeature,
];
