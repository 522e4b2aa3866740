// Pushes for moderators, on `moderation`: reports, what was decided, and what the automatic filter found.
import { z } from "zod";
import { uuid } from "../common.ts";
import { moderationAction, report } from "../chat/moderation.ts";
import { EXAMPLE_CHANNEL_ID, EXAMPLE_ID, EXAMPLE_TIME, exampleMessage, exampleUser } from "./examples.ts";
import { durable, type PushesData } from "./push.ts";

const ana = { id: exampleUser.id, username: "ana", avatar_url: null };
const reportExample: z.output<typeof report> = {
  id: EXAMPLE_ID,
  status: "pending",
  source: "person",
  category: "spam",
  reason: "An advertisement",
  rule: null,
  reporter: ana,
  reports: [{
    id: EXAMPLE_ID,
    source: "person",
    category: "spam",
    reason: "An advertisement",
    rule: null,
    reporter: ana,
    created_at: EXAMPLE_TIME,
  }],
  report_count: 1,
  author: ana,
  channel: { id: EXAMPLE_CHANNEL_ID, name: "general", type: "public" },
  message: exampleMessage,
  message_state: "unchanged",
  before: [],
  after: [],
  reports_on_message: 1,
  reports_on_author: 1,
  note: "",
  assigned_to: null,
  created_at: EXAMPLE_TIME,
  updated_at: EXAMPLE_TIME,
  reviewed_by: null,
  reviewed_at: null,
};
const actionExample: z.output<typeof moderationAction> = {
  id: EXAMPLE_ID,
  user: ana,
  moderator: ana,
  action_type: "mute",
  reason: "Advertisements",
  channel_id: null,
  channel_name: null,
  report_id: null,
  created_at: EXAMPLE_TIME,
  expires_at: "2026-01-16T10:30:00.000Z",
  is_active: true,
  revoked_at: null,
  revoked_by: null,
  revoke_reason: "",
};

export const moderationPushes = {
  report_created: durable("A message was reported for the first time.", z.object({ report }), {
    report: reportExample,
  }),
  report_updated: durable(
    "Somebody works on a report.",
    z.object({ report, changed: z.array(z.enum(["status", "note", "assigned_to"])) }),
    { report: { ...reportExample, status: "resolved" }, changed: ["status"] },
  ),
  action_created: durable("A warning, mute or ban.", z.object({ action: moderationAction }), { action: actionExample }),
  action_lifted: durable("A mute or ban was lifted or is over.", z.object({ action: moderationAction }), {
    action: { ...actionExample, is_active: false },
  }),
  message_flagged: durable(
    "A message went out and looks wrong to the automatic filter: a report is made of it.",
    z.object({
      message_id: uuid,
      channel_id: uuid,
      user_id: uuid.nullable(),
      rule: z.string(),
      reason: z.string(),
    }),
    {
      message_id: EXAMPLE_ID,
      channel_id: EXAMPLE_CHANNEL_ID,
      user_id: exampleUser.id,
      rule: "word",
      reason: 'the word "casino"',
    },
  ),
  message_blocked: durable(
    "The automatic filter held a message back.",
    z.object({ id: uuid, channel_id: uuid, user_id: uuid, rule: z.string() }),
    { id: EXAMPLE_ID, channel_id: EXAMPLE_CHANNEL_ID, user_id: exampleUser.id, rule: "link" },
  ),
};

/** Type → `data`. */
export type ModerationEvents = PushesData<typeof moderationPushes>;
