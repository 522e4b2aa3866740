// Every table of the database is in the export of an organisation, or here with the reason why not: a new one fails until somebody
// has thought of it. What a backup holds is read from the catalogue itself (db/backup.ts); what becomes of people's ids is
// features/accounts/people/person_tables.ts.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { exportFiles } from "../../features/transfer/export/rows.ts";
import { newId } from "../../kernel/ids.ts";
import { onBoth } from "../support/test_db.ts";

const NOT_EXPORTED: Record<string, string> = {
  "secrets, and what was proved with them": `account_links agent_join_tokens api_tokens incoming_webhooks invites
    outgoing_webhooks passkey_challenges passkeys provider_sign_ins push_keys push_subscriptions recovery_codes
    refresh_tokens scim_resources second_factors sessions sign_in_codes sign_in_devices tickets user_identities`,
  "a person's own, not the organisation's to take along": `chat_drafts chat_preferences contacts first_steps_hidden
    notification_mails notification_reads notification_recipients notification_state notifications scheduled_messages`,
  "settings of how this server works, which another one has of its own": `alert_rules analytics_settings channel_groups
    chat_preview_settings chat_retention chat_retention_channels chat_settings custom_commands default_channel_fills
    default_channel_joins moderation_blocks moderation_filters user_group_members user_groups`,
  "made of the others again": `link_previews message_actions message_mentions stats_channels stats_dirty stats_events
    stats_hours stats_people stats_recent stats_times`,
  "figures of machines, which each server gathers anew": "agent_metrics",
  "work under way and its records":
    `agent_commands alert_history chat_digest_state chat_digests command_responses idempotency_keys
    media_blobs media_garbage media_uploads media_usage notification_dedupe transfer_files transfer_ids transfer_runs
    webhook_deliveries`,
  "the server's own": "event_channels event_consumers events meta schema_migrations",
};

onBoth("every table is exported, or somebody has said why not", async ({ db }) => {
  const options = { include_files: true, include_private: true, include_direct: true };
  const exported = new Set(
    exportFiles(newId(), options).flatMap(({ rows }) =>
      [...rows.text.matchAll(/\b(?:from|join)\s+([a-z_]+)/g)].map(([, table]) => table!)
    ),
  );
  const there = (await db.rows<{ name: string }>(sql`select c.relname as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`)).map(({ name }) => name);
  const left = Object.values(NOT_EXPORTED).flatMap((tables) => tables.trim().split(/\s+/));
  assert.equal(new Set(left).size, left.length, "one of them is named twice");
  const isSearch = (name: string) => name.startsWith("search");
  assert.deepEqual(
    there.filter((name) => !exported.has(name) && !left.includes(name) && !isSearch(name)),
    [],
    "put these into features/transfer/export/rows.ts and docs/export_format.md, or say here why they are not exported",
  );
  assert.deepEqual(left.filter((name) => exported.has(name) || !there.includes(name)), [], "exported, or not there");
});
