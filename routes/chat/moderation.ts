// Reports of messages, what moderators do about people, and the automatic filter.
import type { App } from "../../features/context.ts";
import {
  createAction,
  getAction,
  getFilter,
  liftAction,
  listActions,
  listReports,
  ownRestrictions,
  reportMessage,
  testFilter,
  updateFilter,
  updateReport,
} from "../../features/moderation/mod.ts";
import {
  actionBody,
  actionPage,
  actionQuery,
  filterState,
  filterTest,
  filterTestBody,
  filterUpdate,
  liftQuery,
  moderationAction,
  ownReport,
  report,
  reportBody,
  reportPage,
  reportQuery,
  restrictionList,
  updateReportBody,
} from "../../protocol/chat/moderation.ts";
import { pageOf } from "../http/examples.ts";
import { answer, createRouter, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";

const TAGS = ["Moderation"];
const ID = (n: number) => `0199c2a0-5f0e-7c3b-9a51-2f1f3a6f1a${n}`;
const ANA = { id: ID(10), username: "ana", avatar_url: null };
const LUIS = { id: ID(11), username: "luis", avatar_url: null };
const MESSAGE = {
  id: ID(20),
  channel_id: ID(21),
  seq: 42,
  user: { id: LUIS.id, username: "luis", display_name: "Luis", avatar_url: null, is_bot: false },
  content: "Eres un idiota",
  message_type: "text",
  reply_to_id: null,
  root_id: null,
  reply_count: 0,
  last_reply_at: null,
  attachments: [],
  reactions: [],
  mentions: [],
  previews: [],
  system: null,
  is_pinned: false,
  created_at: "2026-01-15T10:30:00.000Z",
  edited_at: null,
  is_deleted: false,
  client_id: null,
};
const REPORT = {
  id: ID(30),
  status: "pending",
  source: "person",
  category: "harassment",
  reason: "Insulta a una compañera",
  rule: null,
  reporter: ANA,
  reports: [{
    id: ID(30),
    source: "person",
    category: "harassment",
    reason: "Insulta a una compañera",
    rule: null,
    reporter: ANA,
    created_at: "2026-01-15T10:31:00.000Z",
  }],
  report_count: 1,
  author: LUIS,
  channel: { id: ID(21), name: "general", type: "public" },
  message: MESSAGE,
  message_state: "unchanged",
  before: [],
  after: [{ id: ID(22), user: ANA, content: "¿Perdona?", created_at: "2026-01-15T10:30:09.000Z", is_deleted: false }],
  reports_on_message: 1,
  reports_on_author: 3,
  note: "",
  assigned_to: null,
  created_at: "2026-01-15T10:31:00.000Z",
  updated_at: "2026-01-15T10:31:00.000Z",
  reviewed_by: null,
  reviewed_at: null,
};
const ACTION = {
  id: ID(40),
  user: LUIS,
  moderator: ANA,
  action_type: "mute",
  reason: "Insultos",
  channel_id: null,
  channel_name: null,
  report_id: REPORT.id,
  created_at: "2026-01-15T10:35:00.000Z",
  expires_at: "2026-01-15T11:35:00.000Z",
  is_active: true,
  revoked_at: null,
  revoked_by: null,
  revoke_reason: "",
};
const FILTER = {
  words: [{ text: "idiota", action: "flag", whole_word: true }],
  patterns: [{ pattern: "\\bIBAN\\b.*[A-Z]{2}\\d{20}", action: "block" }],
  links: { action: "flag", allow: ["example.org"], block: ["evil.example"] },
  flood: { action: "block", messages: 10, seconds: 10, duplicates: 3 },
  caps: { action: "off", min_letters: 20, percent: 80 },
  escalation: { enabled: true, blocks: 5, minutes: 10, mute_seconds: 600 },
  exempt_roles: ["owner", "admin"],
  exempt_channels: [],
};
const FILTER_STATE = { ...FILTER, version: 3, updated_at: "2026-01-15T10:30:00.000Z", updated_by: ANA };

export function moderationRoutes(_app: App): Router {
  const router = createRouter();
  reportRoutes(router);
  actionRoutes(router);
  filterRoutes(router);
  return router;
}

function reportRoutes(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      idempotent: true,
      errors: [404],
      method: "post",
      path: "/messages/{id}/report",
      tags: TAGS,
      summary: "Report a message to the moderators",
      description: "A message that the caller may read and has not written. While the caller's report of it is open, " +
        "another call answers the same report; the id is that of the case, which all open reports of the message share. At most 20 in 10 minutes. The outcome comes as a notification.",
      request: {
        params: idParam,
        body: jsonBody(reportBody, { reason: REPORT.reason, category: REPORT.category }),
      },
      responses: {
        201: answer(ownReport, "The report", {
          id: REPORT.id,
          message_id: MESSAGE.id,
          category: REPORT.category,
          reason: REPORT.reason,
          status: "pending",
          created_at: REPORT.created_at,
        }),
      },
    }),
    async (c) => c.json(await reportMessage(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.moderate",
      method: "get",
      path: "/admin/reports",
      tags: TAGS,
      summary: "The cases, newest first: all reports of one message while it is open",
      description:
        "Needs `chat.moderate`. Moderators see what was reported in every channel, with two messages before " +
        "and after it, whether they belong to it or not. New ones are pushed on the channel `moderation`.",
      request: { query: reportQuery },
      responses: { 200: answer(reportPage, "One page", pageOf(REPORT)) },
    }),
    async (c) => c.json(await listReports(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.moderate",
      errors: [404, 409],
      method: "put",
      path: "/admin/reports/{id}",
      tags: TAGS,
      summary: "Claim, resolve or dismiss a report",
      description: "Needs `chat.moderate`; not for reports of one's own messages. The reporter is told the outcome.",
      request: {
        params: idParam,
        body: jsonBody(updateReportBody, { status: "resolved", note: "Silenciado una hora" }),
      },
      responses: { 200: answer(report, "The report as it is now", { ...REPORT, status: "resolved" }) },
    }),
    async (c) => c.json(await updateReport(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
}

function actionRoutes(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.moderate",
      idempotent: true,
      errors: [404],
      method: "post",
      path: "/admin/moderation/actions",
      tags: TAGS,
      summary: "Warn, mute or ban somebody",
      description:
        "Needs `chat.moderate` and a role above the person's. With `channel_id` only there. Whoever is muted " +
        "gets 403 `muted` for messages, edits, reactions and files; whoever is banned loses every connection within a " +
        "second and gets 403 `banned` for the right password and for every token. All of it ends by itself.",
      request: {
        body: jsonBody(actionBody, {
          user_id: LUIS.id,
          action_type: "mute",
          reason: ACTION.reason,
          duration_seconds: 3600,
          report_id: REPORT.id,
        }),
      },
      responses: { 201: answer(moderationAction, "The action", ACTION) },
    }),
    async (c) => c.json(await createAction(c.var.ctx, c.req.valid("json")), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.moderate",
      method: "get",
      path: "/admin/moderation/actions",
      tags: TAGS,
      summary: "What moderators did, newest first",
      request: { query: actionQuery },
      responses: { 200: answer(actionPage, "One page", pageOf(ACTION)) },
    }),
    async (c) => c.json(await listActions(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.moderate",
      errors: [404],
      method: "get",
      path: "/admin/moderation/actions/{id}",
      tags: TAGS,
      summary: "One action",
      request: { params: idParam },
      responses: { 200: answer(moderationAction, "The action", ACTION) },
    }),
    async (c) => c.json(await getAction(c.var.ctx, c.req.valid("param").id), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.moderate",
      errors: [404, 409],
      method: "delete",
      path: "/admin/moderation/actions/{id}",
      tags: TAGS,
      summary: "Lift a mute or a ban, take back a warning",
      description: "Others that overlap with it stay. What somebody with a higher role did cannot be lifted.",
      request: { params: idParam, query: liftQuery },
      responses: {
        200: answer(moderationAction, "The action as it is now", {
          ...ACTION,
          is_active: false,
          revoked_at: "2026-01-15T10:40:00.000Z",
          revoked_by: ANA,
        }),
      },
    }),
    async (c) => {
      const { reason } = c.req.valid("query");
      return c.json(await liftAction(c.var.ctx, c.req.valid("param").id, reason), 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      method: "get",
      path: "/chat/restrictions",
      tags: TAGS,
      summary: "The mutes and bans that hold against the caller now",
      responses: {
        200: answer(restrictionList, "All of them", {
          items: [{
            id: ACTION.id,
            action_type: "mute",
            channel_id: null,
            reason: ACTION.reason,
            expires_at: ACTION.expires_at,
          }],
        }),
      },
    }),
    async (c) => c.json(await ownRestrictions(c.var.ctx), 200),
  );
}

function filterRoutes(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.moderate",
      method: "get",
      path: "/admin/moderation/filters",
      tags: TAGS,
      summary: "The automatic filter",
      description: "Needs `chat.moderate`.",
      responses: { 200: answer(filterState, "Its settings", FILTER_STATE) },
    }),
    async (c) => c.json(await getFilter(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.manage",
      errors: [409],
      method: "put",
      path: "/admin/moderation/filters",
      tags: TAGS,
      summary: "Change the automatic filter",
      description:
        "Needs `chat.manage`. Replaces everything; what is absent gets its default. It holds on all instances " +
        "within a second. Words match whatever their case, accents and usual disguises; patterns are RE2 expressions. " +
        "`block` answers 422 `message_blocked`, `flag` lets the message out and makes a report. With `version`, 409 " +
        "when somebody else has changed it meanwhile.",
      request: { body: jsonBody(filterUpdate, { ...FILTER, version: 2 }) },
      responses: { 200: answer(filterState, "The settings as they are now", FILTER_STATE) },
    }),
    async (c) => c.json(await updateFilter(c.var.ctx, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.moderate",
      method: "post",
      path: "/admin/moderation/filters/test",
      tags: TAGS,
      summary: "What the filter would do with a text",
      description: "Needs `chat.moderate`. Nothing is sent or recorded; flood is not looked at.",
      request: { body: jsonBody(filterTestBody, { content: "1d10ta" }) },
      responses: {
        200: answer(filterTest, "The verdict", {
          verdict: "flag",
          hits: [{ rule: "word", reason: 'the word "idiota"', action: "flag" }],
        }),
      },
    }),
    async (c) => c.json(await testFilter(c.var.ctx, c.req.valid("json")), 200),
  );
}
