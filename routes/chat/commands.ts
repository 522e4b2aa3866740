// Slash commands: the list, running one, the custom ones of an organisation, and the address at which their servers answer
// later, which speaks Slack's plain texts.
import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import type { App } from "../../features/context.ts";
import {
  createCustomCommand,
  deleteCustomCommand,
  listCommands,
  listCustomCommands,
  receiveCommandResponse,
  type ResponseAnswer,
  runCommand,
  updateCustomCommand,
} from "../../features/chat/mod.ts";
import {
  commandAnswer,
  commandList,
  commandResult,
  customCommand,
  customCommandCreated,
  customCommandInput,
  customCommandList,
  customCommandUpdate,
  runCommandBody,
} from "../../protocol/chat/extras.ts";
import {
  answer,
  createRouter,
  empty,
  endpoint,
  idParam,
  jsonBody,
  problemAnswers,
  type Router,
} from "../http/helpers.ts";

const TAGS = ["Chat commands"];
const INFO = {
  name: "topic",
  usage: "[text | -]",
  description: {
    en: "Shows, sets or (-) removes the channel's topic",
    es: "Muestra, cambia o (-) quita el tema del canal",
  },
  custom: false,
};
const RESULT = {
  response_type: "ephemeral",
  text: "The topic is set.",
  message: null,
  goto_channel_id: null,
  search: null,
};
const CUSTOM = {
  id: "0199c2a0-8c00-7d10-8c11-0d5c6f1a2b3c",
  trigger: "deploy",
  url: "https://example.org/deploy",
  description: "Deploys a version",
  usage: "version",
  format: "form",
  enabled: true,
  created_at: "2026-01-15T10:30:00.000Z",
  last_used_at: null,
  last_status: null,
};
const INPUT = { trigger: CUSTOM.trigger, url: CUSTOM.url, description: CUSTOM.description, usage: CUSTOM.usage };

export function chatCommandRoutes(_app: App): Router {
  const router = createRouter();
  running(router);
  custom(router);
  return router;
}

function running(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      method: "get",
      path: "/commands",
      tags: TAGS,
      summary: "The slash commands that there are",
      description: "Built-in ones first. `usage` is what follows the name.",
      responses: { 200: answer(commandList, "The commands", { items: [INFO] }) },
    }),
    async (c) => c.json(await listCommands(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.send",
      idempotent: true,
      errors: [404, 503],
      method: "post",
      path: "/channels/{id}/commands",
      tags: TAGS,
      summary: "Run a slash command",
      description: "It does what the call for the same thing does, with the same rights and errors. `//text` sends " +
        "`/text` as a message. 404 `unknown_command` names near ones in `errors`; 503 when the server of a custom " +
        "command does not answer within 5 seconds. The draft of the place is removed when it worked.",
      request: { params: idParam, body: jsonBody(runCommandBody, { text: "/topic Release on Friday" }) },
      responses: { 200: answer(commandResult, "What to show or open", RESULT) },
    }),
    async (c) => c.json(await runCommand(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
}

function custom(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.manage",
      method: "get",
      path: "/admin/commands",
      tags: TAGS,
      summary: "The organisation's custom commands",
      description: "Needs `chat.manage`.",
      responses: { 200: answer(customCommandList, "By trigger", { items: [CUSTOM] }) },
    }),
    async (c) => c.json(await listCustomCommands(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.manage",
      idempotent: true,
      method: "post",
      path: "/admin/commands",
      tags: TAGS,
      summary: "Add a custom command",
      description:
        "Needs `chat.manage`. Using it sends a POST with Slack's fields (`token`, `team_id`, `channel_id`, " +
        "`channel_name`, `user_id`, `user_name`, `command`, `text`, `response_url`, `trigger_id`) and the headers " +
        '`X-Pulpo-Timestamp` and `X-Pulpo-Signature: sha256=<hex HMAC-SHA-256 of "<timestamp>.<body>" with the secret>`. ' +
        "The answer within 5 seconds is `{response_type: ephemeral | in_channel, text}` or plain text.",
      request: { body: jsonBody(customCommandInput, INPUT) },
      responses: {
        201: answer(customCommandCreated, "`token` and `secret` are shown this once", {
          ...CUSTOM,
          token: "b1p…",
          secret: "cmdsec_…",
        }),
      },
    }),
    async (c) => c.json(await createCustomCommand(c.var.ctx, c.req.valid("json")), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.manage",
      errors: [404, 409],
      method: "put",
      path: "/admin/commands/{id}",
      tags: TAGS,
      summary: "Change a custom command, or switch it off",
      request: { params: idParam, body: jsonBody(customCommandUpdate, { enabled: false }) },
      responses: { 200: answer(customCommand, "The command as it is now", { ...CUSTOM, enabled: false }) },
    }),
    async (c) => c.json(await updateCustomCommand(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.manage",
      errors: [404],
      method: "delete",
      path: "/admin/commands/{id}",
      tags: TAGS,
      summary: "Remove a custom command",
      request: { params: idParam },
      responses: { 204: empty("Removed") },
    }),
    async (c) => {
      await deleteCustomCommand(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
}

const STATUS: Record<ResponseAnswer, 200 | 400 | 403 | 404> = {
  ok: 200,
  invalid_payload: 400,
  no_text: 400,
  action_prohibited: 403,
  expired_url: 404,
};

/** POST /hooks/commands/{token}, a command's `response_url`: mounted at the root. The token is the credential. */
export function commandResponseRoutes(_app: App): Router {
  const router = createRouter();
  const text = (description: string, example: string) => ({
    description,
    content: { "text/plain": { schema: z.string(), example } },
  });
  router.openAPIRegistry.registerPath(createRoute({
    method: "post",
    path: "/hooks/commands/{token}",
    tags: TAGS,
    summary: "Answer a custom command later",
    description: "The `response_url` of a command: for 30 minutes and 5 answers.",
    security: [],
    request: {
      params: z.object({ token: z.string() }),
      body: {
        required: true,
        content: {
          "application/json": { schema: commandAnswer, example: { response_type: "in_channel", text: "Done." } },
        },
      },
    },
    responses: {
      200: text("Taken", "ok"),
      400: text("`invalid_payload` or `no_text`", "no_text"),
      403: text("The person may not write there any more, or the filter refuses the text", "action_prohibited"),
      404: text("Unknown, too old or used up", "expired_url"),
      ...problemAnswers(405, 413, 429, 503),
    },
  }));
  router.post("/hooks/commands/:token", async (c) => {
    const said = await receiveCommandResponse(c.var.guest, c.req.param("token"), () => c.req.text());
    return c.text(said, STATUS[said]);
  });
  return router;
}
