// One message: author and time (or only the text when it follows one by the same author), files, reactions, the way into
// its thread, and what can be done with it.
import type { ListMessage } from "./lib/rows.ts";
import { Boundary } from "../../components/boundary.tsx";
import { Icon } from "../../components/icon.tsx";
import { complain, editing, historyOf, messageLink } from "./lib/actions.ts";
import { channels, mentionsMe } from "./lib/channels.ts";
import { authorName, people } from "./lib/people.ts";
import { discard, resend } from "./lib/outbox.ts";
import { repliers } from "./lib/repliers.ts";
import { exactTime, longTime, shortTime, systemText, systemTextOf } from "./lib/text.ts";
import { openThread } from "./lib/view.ts";
import { relative } from "../../lib/format.ts";
import { language, t } from "../../lib/i18n.ts";
import { now } from "../../lib/clock.ts";
import { Attachments, Previews } from "./attachments.tsx";
import { ChatAvatar, StatusMark } from "./avatar.tsx";
import { Cards } from "./cards.tsx";
import { EditBox } from "./edit_box.tsx";
import { useLongPress } from "./long_press.ts";
import { memo } from "./memo.ts";
import { MessageBody } from "./message_body.tsx";
import { MessageTools, openSheet } from "./message_tools.tsx";
import { Reactions } from "./reactions.tsx";
import { openPerson } from "./open_person.ts";

interface RowProps {
  message: ListMessage;
  compact: boolean;
  highlighted: boolean;
  /** Stands in a thread's panel: no way into the thread. */
  inThread?: boolean;
  /** System messages that stand in one line with it. */
  folded?: readonly ListMessage[];
}

const Row = memo(function Row({ message, compact, highlighted, inThread, folded }: RowProps) {
  // A long press on a phone opens what the pointer finds in the toolbar.
  const idle = !message.outgoing && editing.value !== message.id;
  const press = useLongPress(idle ? () => openSheet(message, Boolean(inThread)) : null);
  const at = Date.parse(message.created_at);
  if (message.message_type === "system") return <SystemRow message={message} at={at} folded={folded} />;
  const channel = channels.value.get(message.channel_id);
  const { outgoing } = message;
  const edits = editing.value === message.id;
  const calls = mentionsMe(message);
  const classes = [
    "msg",
    compact && "msg-compact",
    calls && "msg-calls",
    message.is_pinned && !inThread && "msg-pinned",
    highlighted && "msg-marked",
    edits && "msg-editing",
    outgoing && `msg-${outgoing.state}`,
  ].filter(Boolean).join(" ");
  const name = authorName(message.user);
  return (
    <article
      class={classes}
      tabIndex={-1}
      data-id={message.id}
      aria-label={`${name}, ${longTime(at)}`}
      {...press}
    >
      <div class="msg-side">
        {compact
          ? <time class="msg-time" dateTime={message.created_at} title={exactTime(at)}>{shortTime(at)}</time>
          : (
            <button
              type="button"
              class="plain-button"
              tabIndex={-1}
              onClick={(event) => openPerson(message.user, event.currentTarget)}
            >
              <span class="offscreen">{name}</span>
              <ChatAvatar user={message.user} />
            </button>
          )}
      </div>
      <div class="msg-main">
        {message.is_pinned && !inThread
          ? (
            <p class="msg-note">
              <Icon name="bookmark" size={16} /> {t("chat.pinned")}
            </p>
          )
          : null}
        {compact ? null : (
          <header class="msg-head">
            <button type="button" class="msg-author" onClick={(event) => openPerson(message.user, event.currentTarget)}>
              {name}
            </button>
            <StatusMark id={message.user.id} />
            {message.user.is_bot ? <span class="bot-tag">{t("chat.bot")}</span> : null}
            <a
              class="msg-when"
              href={messageLink(message)}
              tabIndex={outgoing ? -1 : 0}
            >
              <time dateTime={message.created_at} title={exactTime(at)}>{shortTime(at)}</time>
            </a>
          </header>
        )}
        {message.is_deleted ? <p class="msg-gone">{t("chat.deleted")}</p> : edits ? <EditBox message={message} /> : (
          <>
            {message.content ? <MessageBody message={message} /> : null}
            {message.edited_at
              ? (
                <button
                  type="button"
                  class="msg-edited"
                  title={exactTime(Date.parse(message.edited_at))}
                  onClick={() => historyOf.value = message}
                >
                  {t("chat.edited")}
                </button>
              )
              : null}
            <Cards message={message} clickable={Boolean(channel?.rights.includes("react"))} />
            <Attachments files={message.attachments} />
            <Previews previews={message.previews} />
          </>
        )}
        <Reactions message={message} allowed={Boolean(channel?.rights.includes("react"))} />
        {!inThread && message.reply_count > 0 ? <ThreadLink message={message} /> : null}
        {outgoing ? <Outgoing message={message} /> : null}
      </div>
      {outgoing || edits || message.is_deleted && message.reply_count === 0
        ? null
        : <MessageTools message={message} inThread={Boolean(inThread)} />}
    </article>
  );
});

/** One message that cannot be drawn is shown as it was written; the others know nothing of it. */
export function MessageRow(props: RowProps) {
  return (
    <Boundary fallback={() => <PlainRow message={props.message} />}>
      <Row {...props} />
    </Boundary>
  );
}

function PlainRow({ message }: { message: ListMessage }) {
  return (
    <article class="msg" tabIndex={-1} data-id={message.id}>
      <div class="msg-side" />
      <div class="msg-main">
        <header class="msg-head">
          <span class="msg-author">{String(message.user?.display_name ?? message.user?.username ?? "")}</span>
        </header>
        <div class="md md-raw" dir="auto">{String(message.content ?? "")}</div>
      </div>
    </article>
  );
}

function SystemRow({ message, at, folded }: { message: ListMessage; at: number; folded?: readonly ListMessage[] }) {
  const nameOf = (id: string) => people.value.get(id)?.display_name;
  return (
    <div class="msg-system" data-id={message.id}>
      <span>
        {folded
          ? systemTextOf(folded.map(({ system }) => system!), nameOf)
          : systemText(message.system, message.content, nameOf)}
      </span>
      <time dateTime={message.created_at} title={exactTime(at)}>{shortTime(at)}</time>
    </div>
  );
}

/** "3 replies, last 5 minutes ago", with the people that are known to have replied. */
function ThreadLink({ message }: { message: ListMessage }) {
  const who = repliers.value.get(message.id) ?? [];
  const last = message.last_reply_at;
  return (
    <button type="button" class="thread-link" onClick={() => openThread(message.id)}>
      {who.length
        ? (
          <span class="avatars">
            {who.slice(0, 4).map((user) => <ChatAvatar key={user.id ?? user.username} user={user} size={24} />)}
          </span>
        )
        : <Icon name="thread" size={18} />}
      <strong>{t("chat.replies", { n: message.reply_count })}</strong>
      {last
        ? (
          <span class="muted">
            {t("chat.last_reply", { time: relative(Date.parse(last), language.value, now.value) })}
          </span>
        )
        : null}
      <Icon name="chevron-right" size={16} />
    </button>
  );
}

function Outgoing({ message }: { message: ListMessage }) {
  const { state, error } = message.outgoing!;
  const id = message.client_id!;
  if (state === "sending") {
    return (
      <p class="msg-state" role="status">
        <span class="spinner" aria-hidden="true" /> {t("chat.sending")}
      </p>
    );
  }
  return (
    <p class="msg-state msg-state-bad" role="alert">
      <Icon name="alert" size={16} />
      <span>{t("chat.not_sent")} {error}</span>
      <button type="button" class="text-button" onClick={() => resend(id)}>{t("action.retry")}</button>
      <button
        type="button"
        class="text-button"
        onClick={() => navigator.clipboard?.writeText(message.content).then(() => discard(id), complain) ?? discard(id)}
      >
        {t("chat.take_back")}
      </button>
    </p>
  );
}
