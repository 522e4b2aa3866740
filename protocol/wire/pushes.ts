// All pushes there are, by kind of channel. What comes from here: the types that `emit` and `publish…` take
// (protocol/wire/channels.ts), the words that POST /notify refuses (protocol/wire/reserved_types.ts), the list of the replay test, the
// document at /asyncapi.json, and the check of every push in tests (`pushProblem`). The console needs none of the schemas: it
// imports types from here and nothing else.
import { z } from "zod";
import { channels, type DescribedChannel } from "./channels.ts";
import { agentsPushes } from "../pushes/agents.ts";
import { channelPushes, userChatPushes } from "../pushes/chat.ts";
import { moderationPushes } from "../pushes/moderation.ts";
import { inboxPushes, notificationPushes } from "../pushes/notifications.ts";
import { controlPushes, dashboardPushes, presencePushes, transferPushes } from "../pushes/process.ts";
import type { PushRule, PushRules } from "../pushes/push.ts";

export const PUSHES = {
  broadcast: notificationPushes,
  notify: notificationPushes,
  userNotifications: inboxPushes,
  chat: channelPushes,
  userChat: userChatPushes,
  dashboard: dashboardPushes,
  presence: presencePushes,
  moderation: moderationPushes,
  transfers: transferPushes,
  agents: agentsPushes,
  control: controlPushes,
} satisfies Record<string, PushRules>;
export type PushKind = keyof typeof PUSHES;

export interface DeclaredPushes {
  channel: DescribedChannel;
  pushes: PushRules;
}

/** All of this file, with their channels. */
export const DECLARED: readonly DeclaredPushes[] = Object.values(channels).map((channel) => (
  { channel, pushes: PUSHES[channel.kind] }
));

/** The declaration of a push; undefined: this channel has no push of the type. */
function pushRule(rules: PushRules, type: string): PushRule | undefined {
  return Object.hasOwn(rules, type) ? rules[type] : rules["*"];
}

/**
 * What is wrong with a push that the server sent, by its declaration: type, kept or not, and fields that the schema does not
 * name or has otherwise. undefined: nothing.
 * @param push as it was sent, with `type`, `data` and `timestamp`
 * @param declared all channels there are
 */
export function pushProblem(
  name: string,
  push: Record<string, unknown>,
  stored: boolean,
  declared: readonly DeclaredPushes[] = DECLARED,
): string | undefined {
  const { type, data, timestamp: _, channel: _c, offset: _o, epoch: _e, ...extra } = push;
  const found = declared.find(({ channel }) => channel.pattern.test(name));
  if (!found) return `channel ${name} is not declared`;
  const rule = pushRule(found.pushes, String(type));
  const at = `push ${type} on ${found.channel.kind}`;
  if (!rule) return `${at} is not declared`;
  if (rule.kept === (stored ? "ephemeral" : "durable")) return `${at} is ${rule.kept}`;
  for (const [part, schema, value] of [["data", rule.data, data], ["extra", rule.extra, extra]] as const) {
    const parsed = (schema ?? NOTHING).safeParse(value);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return `${at}: ${part}.${issue!.path.join(".")}: ${issue!.message}`;
    }
    const unnamed = undeclared(value, parsed.data);
    if (unnamed !== undefined) return `${at}: ${part}${unnamed} is not in the schema`;
  }
}

const NOTHING = z.object({});

/** Path of the first field that parsing has dropped; undefined: none. */
function undeclared(sent: unknown, parsed: unknown): string | undefined {
  if (typeof sent !== "object" || sent === null || typeof parsed !== "object" || parsed === null) return undefined;
  for (const [key, value] of Object.entries(sent)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(parsed, key)) return `.${key}`;
    const below = undeclared(value, (parsed as Record<string, unknown>)[key]);
    if (below !== undefined) return `.${key}${below}`;
  }
}
