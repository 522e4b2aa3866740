// What the built-in slash commands do. Each one calls the same action as the HTTP call for it, so the same rights hold.
import { isGuest, requireUser } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import { sql } from "../../../db/sql.ts";
import { statusBody, type StatusInput } from "../../../protocol/accounts/accounts.ts";
import { createChannelBody, type Message, updateChannelBody } from "../../../protocol/chat/chat.ts";
import { type CommandInfo, type CommandResult, MAX_SCHEDULE_DAYS } from "../../../protocol/chat/extras.ts";
import { setStatus } from "../../accounts/mod.ts";
import type { Ctx } from "../../context.ts";
import type { ChannelRow } from "../channels/store.ts";
import { createChannel, deleteChannel, updateChannel } from "../channels/channels.ts";
import { type BuiltIn, parseDuration, parseReminder } from "./built_in_list.ts";
import { durationText, type Language, say, type TextName } from "../texts.ts";
import { addMembers, joinChannel, leaveChannel, removeMember } from "../members/members.ts";
import { sendMessage } from "../messages/send.ts";
import { schedule } from "../scheduled/scheduled.ts";
import { updateChannelSettings } from "../channels/own_settings.ts";

/** One use of a command. */
export interface Call {
  ctx: Ctx;
  channel: ChannelRow;
  rootId: string | null;
  /** What stands behind the name. */
  rest: string;
  clientId: string | null;
  language: Language;
  /** Every command that the caller can use. */
  commands(): Promise<CommandInfo[]>;
}

export const NOTHING: CommandResult = {
  response_type: "none",
  text: null,
  message: null,
  goto_channel_id: null,
  search: null,
};
export const ephemeral = (text: string): CommandResult => ({ ...NOTHING, response_type: "ephemeral", text });
export const inChannel = (message: Message): CommandResult => ({ ...NOTHING, response_type: "in_channel", message });

/** For good, as far as a calendar goes. */
const FOR_EVER = "9999-12-31T00:00:00.000Z";

const told = (call: Call, name: TextName, ...values: string[]) => ephemeral(say(call.language, name, ...values));

/** @throws AppError `validation_failed` that says how the command is written */
function usage(text: string): AppError {
  return new AppError("validation_failed", `Write it like this: ${text}`, {
    errors: [{ path: "text", message: text }],
  });
}

const wrong = (message: string) => new AppError("validation_failed", message, { errors: [{ path: "text", message }] });

/** Sends to the place where the command was given. */
async function post(call: Call, content: string): Promise<CommandResult> {
  return inChannel(
    await sendMessage(call.ctx, call.channel.id, {
      content,
      reply_to_id: call.rootId,
      attachments: [],
      client_id: call.clientId,
      confirm_mentions: false,
    }),
  );
}

/** `//text`: `/text` as a message. */
export function postEscaped(call: Call): Promise<CommandResult> {
  return post(call, call.rest);
}

export const ACTIONS: Record<BuiltIn, (call: Call) => Promise<CommandResult>> = {
  async help(call) {
    const { language, rest } = call;
    const asked = rest.replace(/^\//, "").toLowerCase();
    const all = await call.commands();
    const shown = all.filter((command) => !asked || command.name === asked);
    const lines = (shown.length ? shown : all).map((command) => {
      const usage = command.usage ? ` ${command.usage}` : "";
      const what = command.description[language] ? `: ${command.description[language]}` : "";
      return `- \`/${command.name}${usage}\`${what}`;
    });
    return ephemeral([say(language, "help_head"), "", ...lines, "", say(language, "help_foot")].join("\n"));
  },
  me(call) {
    if (!call.rest) throw usage("/me text");
    // The mark that does not stand in the text itself.
    const mark = call.rest.includes("_") && !call.rest.includes("*") ? "*" : "_";
    return post(
      call,
      call.rest.split("\n").map((line) => line.trim() ? `${mark}${line.trim()}${mark}` : "").join("\n"),
    );
  },
  shrug: (call) => post(call, `${call.rest} ¯\\\\\\_(ツ)\\_/¯`.trim()),
  async topic(call) {
    if (!call.rest) {
      return call.channel.topic ? told(call, "topic_is", call.channel.topic) : told(call, "topic_none");
    }
    const topic = call.rest === "-" ? "" : call.rest.replace(/\s+/g, " ");
    await updateChannel(call.ctx, call.channel.id, checked(updateChannelBody, { topic }));
    return told(call, topic ? "topic_set" : "topic_removed");
  },
  async rename(call) {
    if (!call.rest) throw usage("/rename name");
    const name = call.rest.replace(/\s+/g, " ");
    await updateChannel(call.ctx, call.channel.id, checked(updateChannelBody, { name }));
    return told(call, "renamed", name);
  },
  async invite(call) {
    const { people } = await namedPeople(call, "/invite @user");
    await addMembers(call.ctx, call.channel.id, { user_ids: people.map((person) => person.id) });
    return told(call, "invited", people.map((person) => `@${person.username}`).join(", "));
  },
  async kick(call) {
    const { people } = await namedPeople(call, "/kick @user");
    const [person] = people;
    await removeMember(call.ctx, call.channel.id, person!.id);
    return told(call, "kicked", `@${person!.username}`);
  },
  async leave(call) {
    await leaveChannel(call.ctx, call.channel.id);
    return told(call, "left");
  },
  async join(call) {
    if (!call.rest) throw usage("/join #channel");
    const id = await channelByName(call, call.rest);
    await joinChannel(call.ctx, id);
    return { ...NOTHING, goto_channel_id: id };
  },
  async msg(call) {
    const { people, text } = await namedPeople(call, "/msg @user text");
    const { channel } = await createChannel(
      call.ctx,
      checked(createChannelBody, { type: "direct", user_ids: people.map((person) => person.id) }),
    );
    const message = text
      ? await sendMessage(call.ctx, channel.id, {
        content: text,
        attachments: [],
        client_id: call.clientId,
        confirm_mentions: false,
      })
      : null;
    return { ...NOTHING, message, goto_channel_id: channel.id };
  },
  async mute(call) {
    const seconds = call.rest ? parseDuration(call.rest) : undefined;
    if (call.rest && seconds === undefined) throw usage("/mute [10m | 2h | 1d]");
    const now = call.ctx.app.now().getTime();
    const until = seconds === undefined ? FOR_EVER : new Date(now + Math.min(seconds, 10 ** 9) * 1000).toISOString();
    await updateChannelSettings(call.ctx, call.channel.id, { muted_until: until });
    return seconds === undefined
      ? told(call, "muted")
      : told(call, "muted_until", durationText(call.language, seconds));
  },
  async unmute(call) {
    await updateChannelSettings(call.ctx, call.channel.id, { muted_until: null });
    return told(call, "unmuted");
  },
  async archive(call) {
    await deleteChannel(call.ctx, call.channel.id);
    return told(call, "archived");
  },
  away: (call) => status(call, "away", "away"),
  online: (call) => status(call, "online", "online"),
  dnd: (call) => status(call, "busy", "busy"),
  async status(call) {
    const { status } = await call.ctx.app.db.one<{ status: StatusInput["status"] }>(sql`
      select status from users
      where id = ${requireUser(call.ctx.actor)} and organization_id = ${call.ctx.actor.organizationId}`);
    await setStatus(call.ctx, requireUser(call.ctx.actor), checked(statusBody, { status, text: call.rest || null }));
    return call.rest ? told(call, "status_set", call.rest) : told(call, "status_removed");
  },
  remind,
  search(call) {
    if (!call.rest) throw usage("/search words");
    return Promise.resolve({ ...NOTHING, search: call.rest.slice(0, 500) });
  },
};

async function status(call: Call, value: StatusInput["status"], text: TextName): Promise<CommandResult> {
  const input = checked(statusBody, { status: value, ...(call.rest ? { text: call.rest } : {}) });
  await setStatus(call.ctx, requireUser(call.ctx.actor), input);
  return told(call, text);
}

async function remind(call: Call): Promise<CommandResult> {
  const found = parseReminder(call.rest);
  if (!found) throw usage("/remind me in 10m text");
  if (found.seconds > MAX_SCHEDULE_DAYS * 86_400) throw wrong("A reminder lies at most a year ahead.");
  const { ctx, language, channel } = call;
  const send_at = new Date(ctx.app.now().getTime() + found.seconds * 1000).toISOString();
  const base = { attachments: [], send_at, confirm_mentions: false };
  const when = durationText(language, found.seconds);
  if (found.target === "me") {
    await schedule(ctx, { ...base, channel_id: channel.id, content: found.text }, "reminder");
    return told(call, "remind_me", when, found.text);
  }
  const id = await channelByName(call, found.target);
  await schedule(ctx, { ...base, channel_id: id, content: say(language, "reminder", found.text) });
  return told(call, "remind_channel", when, found.text, `#${found.target}`);
}

/** Input from a command through the same schema as the HTTP call for it. */
function checked<T>(
  schema: {
    safeParse(
      value: unknown,
    ): { success: true; data: T } | { success: false; error: { issues: { message: string }[] } };
  },
  value: unknown,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw wrong(parsed.error.issues[0]?.message ?? "The text is not valid.");
}

interface Named {
  id: string;
  username: string;
}

/** The people named at the start, and what follows them. @throws AppError validation_failed */
async function namedPeople(call: Call, example: string): Promise<{ people: Named[]; text: string }> {
  const [, list = "", text = ""] = /^((?:@[a-z0-9][a-z0-9_.-]*[\s,]*)+)([\s\S]*)$/i.exec(call.rest) ?? [];
  const names = [...new Set([...list.matchAll(/@([a-z0-9][a-z0-9_.-]*)/gi)].map(([, name]) => name!.toLowerCase()))];
  if (names.length === 0 || names.length > 100) throw usage(example);
  const { app, actor } = call.ctx;
  const met = isGuest(actor) ? await app.acquaintances(app.db, actor.organizationId, requireUser(actor)) : null;
  const people = await app.db.rows<Named>(sql`
    select id, username from users where organization_id = ${call.ctx.actor.organizationId} and is_active
      and lower(username) = any(${names}::text[]) and (${met}::uuid[] is null or id = any(${met}::uuid[]))`);
  const missing = names.find((name) => !people.some((person) => person.username.toLowerCase() === name));
  if (missing !== undefined) throw wrong(`There is nobody called @${missing}.`);
  const order = (person: Named) => names.indexOf(person.username.toLowerCase());
  return { people: people.sort((a, b) => order(a) - order(b)), text: text.trim() };
}

/** A public channel, or one of the caller's, by name. @throws AppError validation_failed */
async function channelByName(call: Call, text: string): Promise<string> {
  const name = text.replace(/^[#~]/, "").trim();
  const { organizationId, userId } = call.ctx.actor;
  const found = await call.ctx.app.db.maybe<{ id: string }>(sql`
    select c.id from channels c left join channel_members m on m.channel_id = c.id and m.user_id = ${userId}
    where c.organization_id = ${organizationId} and lower(c.name) = lower(${name}) and c.archived_at is null
      and (m.user_id is not null or (c.type = 'public' and not ${isGuest(call.ctx.actor)}))
    order by m.user_id is null, c.type = 'private', c.id limit 1`);
  if (!found) throw wrong(`There is no channel called #${name.slice(0, 80)} that you can see.`);
  return found.id;
}
