// Calls the address of a custom command and takes what it answers, at once or later at `response_url`. Invariants:
//  - the address is called through kernel/outbound.ts: never into networks that outgoing webhooks may not reach either;
//  - an answer into the channel needs the caller's right to write there, at the moment of the answer;
//  - what a server can make us do is bounded: calls per person, calls under way, bytes, 5 seconds, 5 later answers within 30
//    minutes, each for one channel and one person.
// Signature: X-Pulpo-Signature: sha256=<hex HMAC-SHA-256 of "<X-Pulpo-Timestamp>.<body>" with the command's secret as key>.
import { perApp } from "../../../kernel/per_app.ts";
import { AppError } from "../../../kernel/errors.ts";
import { newId, randomToken, sha256Hex } from "../../../kernel/ids.ts";
import { JSON_BOUNDS, overJsonBounds } from "../../../kernel/json_bounds.ts";
import { type OutboundResponse, postOutbound, RefusedAddress } from "../../../kernel/outbound.ts";
import type { Limiter } from "../../../kernel/rate_limit.ts";
import { cutMarked } from "../../../kernel/cut_text.ts";
import { readSlackMessage } from "../../../kernel/slack_cards.ts";
import { sql } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import { messageText } from "../../../protocol/chat/card_text.ts";
import type { Card } from "../../../protocol/chat/cards.ts";
import { CONFIRM_MENTIONS_FROM, MAX_CONTENT_BYTES } from "../../../protocol/chat/chat.ts";
import {
  COMMAND_SECONDS,
  commandAnswer,
  type CommandResult,
  RESPONSE_MINUTES,
  RESPONSE_USES,
} from "../../../protocol/chat/extras.ts";
import type { UserChatEvents } from "../../../protocol/pushes/chat.ts";
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { personActor } from "../../accounts/mod.ts";
import type { App, GuestCtx } from "../../context.ts";
import { outgoingCalls } from "../../notifications/mod.ts";
import { type Access, accessWith, requireRight } from "../channels/access.ts";
import { postAsBot } from "../hooks/post.ts";
import { type Call, ephemeral, inChannel, NOTHING } from "./built_in.ts";
import { type CommandRow, commandSecrets } from "./custom.ts";

const CALLS_PER_MINUTE = 30;
/** Calls under way on this instance, so that slow servers cannot hold everything. */
const MAX_OPEN = 50;
const RESPONSE_BYTES = 64 * 1024;

interface State {
  limiter: Limiter;
  open: number;
}
const stateOf = perApp((app: App): State => {
  const limiter = app.limits.limiter({
    name: "commands",
    points: CALLS_PER_MINUTE,
    windowSeconds: 60,
    shared: false,
  });
  return { limiter, open: 0 };
});

/** @throws AppError forbidden, rate_limited, unavailable when the server does not answer as it should */
export async function callCommand(call: Call, command: CommandRow, access: Access): Promise<CommandResult> {
  const { app, actor } = call.ctx;
  authorize(actor, "chat.send");
  const state = stateOf(app);
  await state.limiter.consume(requireUser(actor), "Too many commands in a minute; wait a little.");
  if (state.open >= MAX_OPEN) throw new AppError("unavailable", "Too many commands are under way. Try again.");
  const token = await openResponse(call, command);
  let answer: OutboundResponse | Error;
  state.open++;
  try {
    answer = await send(call, command, token);
  } catch (error) {
    answer = error as Error;
  } finally {
    state.open--;
  }
  await app.db.run(sql`
    update custom_commands set last_used_at = ${app.now()}, last_status = ${answer instanceof Error ? 0 : answer.status}
    where id = ${command.id} and organization_id = ${actor.organizationId}`);
  if (answer instanceof Error || answer.status < 200 || answer.status > 299) {
    await app.db.run(sql`delete from command_responses where token_hash = ${await sha256Hex(token)}`);
    throw failed(command, answer);
  }
  const said = readAnswer(answer.body);
  if (!said) throw new AppError("unavailable", `/${command.trigger}: its server sent an answer that is not valid.`);
  if (said.nothing) return NOTHING;
  if (said.response_type === "ephemeral") return ephemeral(said.text);
  return inChannel(await postAnswer(app, command, access, actor.username, call.rootId, said));
}

function failed(command: CommandRow, answer: OutboundResponse | Error): AppError {
  const why = answer instanceof RefusedAddress
    ? "its address is one that this server does not call"
    : answer instanceof Error
    ? `its server did not answer within ${COMMAND_SECONDS} seconds or cannot be reached`
    : `its server answered with the status ${answer.status}`;
  return new AppError("unavailable", `/${command.trigger}: ${why}.`, {
    retryable: false,
    cause: answer instanceof Error ? answer : undefined,
  });
}

async function send(call: Call, command: CommandRow, token: string): Promise<OutboundResponse> {
  const { ctx: { app, actor }, channel } = call;
  const secrets = await commandSecrets(app, command);
  const fields = {
    token: secrets.token,
    team_id: actor.organizationId,
    channel_id: channel.id,
    channel_name: channel.name ?? "directmessage",
    user_id: requireUser(actor),
    user_name: actor.username,
    command: `/${command.trigger}`,
    text: call.rest,
    response_url: `${app.publicUrl()}/hooks/commands/${token}`,
    trigger_id: newId(),
    ...(call.rootId ? { thread_ts: call.rootId } : {}),
  };
  const body = command.format === "json" ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
  const timestamp = Math.floor(app.now().getTime() / 1000);
  return await postOutbound({
    url: command.url,
    headers: {
      "content-type": command.format === "json"
        ? "application/json; charset=utf-8"
        : "application/x-www-form-urlencoded",
      "user-agent": "Pulpo-Commands/1",
      accept: "application/json, text/plain",
      "x-pulpo-timestamp": String(timestamp),
      "x-pulpo-signature": await outgoingCalls.sign(secrets.secret, timestamp, body),
    },
    body,
    timeoutMs: COMMAND_SECONDS * 1000,
    maxResponseBytes: RESPONSE_BYTES,
    allowPrivate: outgoingCalls.mayCallPrivate(app),
  });
}

/** JSON, or a plain text for the caller alone; undefined when it is neither. */
function readAnswer(body: string): Said | undefined {
  const text = body.trim();
  if (!text.startsWith("{")) return said("ephemeral", { text });
  try {
    if (overJsonBounds(text, JSON_BOUNDS)) return undefined;
    const answer: unknown = JSON.parse(text);
    const parsed = commandAnswer.safeParse(answer);
    return said(parsed.success && parsed.data.response_type === "in_channel" ? "in_channel" : "ephemeral", answer);
  } catch {
    return undefined;
  }
}

interface Said {
  response_type: "ephemeral" | "in_channel";
  content: string;
  cards: Card[];
  /** Both as one text, for the caller alone. */
  text: string;
  nothing: boolean;
}

function said(response_type: Said["response_type"], payload: unknown): Said | undefined {
  const read = readSlackMessage(payload, MAX_CONTENT_BYTES);
  if (read === "invalid_payload") return undefined;
  const { content, cards } = read === "no_text" ? { content: "", cards: [] } : read;
  const text = cutMarked(messageText({ content, cards }), MAX_CONTENT_BYTES);
  return { response_type, content, cards, text, nothing: read === "no_text" };
}

async function postAnswer(
  app: App,
  command: Pick<CommandRow, "trigger" | "organization_id">,
  access: Access,
  username: string,
  rootId: string | null,
  { content, cards }: Said,
) {
  requireRight(access, "post");
  return await postAsBot(app, {
    organizationId: command.organization_id,
    channelId: access.channel.id,
    senderName: `${command.trigger} (${username})`,
    content,
    cards,
    rootId,
    mentionAll: access.rights.has("mention_all") && access.channel.member_count <= CONFIRM_MENTIONS_FROM,
  });
}

// --- later answers -------------------------------------------------------------------------------------------------

async function openResponse(call: Call, command: CommandRow): Promise<string> {
  const { app, actor } = call.ctx;
  const token = randomToken();
  await app.db.run(sql`
    insert into command_responses
      (token_hash, organization_id, command_id, user_id, channel_id, root_id, uses_left, expires_at)
    values (${await sha256Hex(token)}, ${actor.organizationId}, ${command.id}, ${requireUser(actor)},
      ${call.channel.id}, ${call.rootId}, ${RESPONSE_USES},
      ${new Date(app.now().getTime() + RESPONSE_MINUTES * 60_000)})`);
  return token;
}

export type ResponseAnswer = "ok" | "expired_url" | "invalid_payload" | "no_text" | "action_prohibited";

interface OpenResponse {
  organization_id: string;
  user_id: string;
  channel_id: string;
  root_id: string | null;
  trigger: string;
}

/**
 * Takes a post to `/hooks/commands/<token>`; each one counts, also a bad one.
 * @param readBody gives the text of the body; asked only for a token that exists
 */
export async function receiveCommandResponse(
  ctx: GuestCtx,
  token: string,
  readBody: () => Promise<string>,
): Promise<ResponseAnswer> {
  const { app } = ctx;
  if (!/^[\w-]{20,100}$/.test(token)) return "expired_url";
  const open = await app.db.maybe<OpenResponse>(sql`
    update command_responses r set uses_left = uses_left - 1 from custom_commands c
    where r.token_hash = ${await sha256Hex(token)} and r.uses_left > 0 and r.expires_at > ${app.now()}
      and c.id = r.command_id and c.organization_id = r.organization_id and c.enabled
    returning r.organization_id, r.user_id, r.channel_id, r.root_id, c.trigger`);
  if (!open) return "expired_url";
  const body = await readBody();
  const said = body.length <= RESPONSE_BYTES ? readAnswer(body) : undefined;
  if (!said) return "invalid_payload";
  if (said.nothing) return "no_text";
  try {
    await deliver(app, open, said);
  } catch (error) {
    // The caller is gone, has left, may not write, or the filter refuses it.
    if (error instanceof AppError && error.status < 500) return "action_prohibited";
    throw error;
  }
  return "ok";
}

async function deliver(
  app: App,
  open: OpenResponse,
  said: Said,
): Promise<void> {
  const actor = await personActor(app, open.organization_id, open.user_id);
  if (!actor) throw new AppError("account_disabled", "The account is switched off.");
  const access = await accessWith(app.db, actor, open.channel_id, "read", app.now());
  if (said.response_type === "in_channel") {
    authorize(actor, "chat.send");
    await postAnswer(app, open, access, actor.username, open.root_id, said);
    return;
  }
  const { channel_id, root_id, trigger } = open;
  const data: UserChatEvents["command_response"] = { channel_id, root_id, command: trigger, text: said.text };
  app.realtime.publishEphemeral(open.organization_id, channels.userChat(open.user_id), "command_response", data);
}

/** Addresses that have ended go. */
export async function sweepResponses(app: App): Promise<void> {
  await app.db.run(sql`delete from command_responses where expires_at < ${app.now()} or uses_left = 0`);
}
