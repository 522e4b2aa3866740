// A channel: header, messages, who is writing, composer. It owns the stretch of messages on the screen and decides what
// counts as read.
import type { ComponentChildren } from "preact";
import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Channel } from "../../../protocol/chat/chat.ts";
import { Button } from "../../components/basic.tsx";
import { Icon } from "../../components/icon.tsx";
import { Empty, Failure } from "../../components/states.tsx";
import { attempt, joinChannel, mine } from "./lib/actions.ts";
import { channels, channelsState, current, gone, loadChannel, loadChannels, myId, setGone } from "./lib/channels.ts";
import { whispers } from "./lib/live_chat.ts";
import { asMessage, outbox } from "./lib/outbox.ts";
import { authorName, personName } from "./lib/people.ts";
import { markRead } from "./lib/reads.ts";
import { hasReceipts, loadReceipts, readersOf } from "./lib/receipts.ts";
import { buildRows, type ListMessage, type Row } from "./lib/rows.ts";
import { channelName, dayName, longTime } from "./lib/text.ts";
import { Timeline } from "./lib/timeline.ts";
import { writers } from "./lib/typing.ts";
import { openPanel, place } from "./lib/view.ts";
import { ApiError } from "../../lib/api.ts";
import { refusalText } from "../../lib/error_text.ts";
import { language, t } from "../../lib/i18n.ts";
import { link } from "../../lib/live/link.ts";
import { moderated } from "../../lib/live/readers.ts";
import { isAway, useRetryWhenBack } from "../../lib/resource.ts";
import { user } from "../../lib/session.ts";
import { navigate } from "../../lib/router.ts";
import { ChannelHeader } from "./channel_header.tsx";
import { Composer } from "./composer.tsx";
import { loadRestrictions } from "./composer_closed.tsx";
import { onBodyClick, spokenText } from "./message_body.tsx";
import { MessageList } from "./message_list.tsx";
import { MessageRow } from "./message_row.tsx";
import { MessageSkeleton } from "./message_skeleton.tsx";
import { UnreadBar, useReading } from "./reading.tsx";

/** True once a channel stands there with its messages. */
export const channelDrawn = signal(false);

/** Loads the channel first when it is none of one's own (a link, a public one before joining). */
export function ChannelView({ id }: { id: string }) {
  const channel = channels.value.get(id);
  const [error, setError] = useState<unknown>(null);
  const why = gone.value.get(id);
  const ready = channelsState.value !== "loading";
  useEffect(() => {
    setError(null);
    if (!channel && ready && !why) loadChannel(id).catch(setError);
  }, [id, ready, channel === undefined, why]);
  useEffect(() => () => setGone(id, null), [id]);
  const retry = () => loadChannels().then(() => loadChannel(id)).then(() => setError(null), setError);
  useRetryWhenBack(error, retry);
  if (why) {
    return (
      <Gone
        icon={why === "removed" ? "log-out" : "trash"}
        title={t(why === "removed" ? "chat.gone.removed" : "chat.gone.deleted")}
        text={t("chat.gone.text")}
      />
    );
  }
  if (channel) return channel.is_member ? <OpenChannel key={id} channel={channel} /> : <Preview channel={channel} />;
  if (error instanceof ApiError && (error.status === 404 || error.status === 403)) {
    return <Gone icon="lock" title={t("chat.gone.unknown")} text={t("chat.gone.unknown.text")} />;
  }
  if (error) {
    return <Failure error={error} onRetry={retry} />;
  }
  return <MessageSkeleton />;
}

function Gone({ icon, title, text }: { icon: string; title: string; text: string }) {
  return (
    <div class="chat-center">
      <h1 class="offscreen" tabIndex={-1}>{title}</h1>
      <Empty icon={icon} title={title} text={text}>
        <Button kind="primary" onClick={() => navigate("/chat")}>{t("chat.to_channels")}</Button>
      </Empty>
    </div>
  );
}

/** A public channel that is not one's own yet. */
function Preview({ channel }: { channel: Channel }) {
  return (
    <div class="chat-center">
      <h1 class="offscreen" tabIndex={-1}>{channel.name}</h1>
      <Empty icon="hash" title={channel.name ?? ""} text={channel.description || channel.topic || t("chat.preview")}>
        <span class="muted">{t("chat.people_n", { n: channel.member_count })}</span>
        {channel.is_archived
          ? null
          : <Button kind="primary" onClick={() => joinChannel(channel.id)}>{t("chat.join")}</Button>}
        <Button onClick={() => navigate("/chat")}>{t("chat.back")}</Button>
      </Empty>
    </div>
  );
}

/** The rows of a stretch with what is on its way below them. */
export function useRows(timeline: Timeline, newAfter: number | null, complete: boolean): readonly Row[] {
  const { items, hasNewer } = timeline.state.value;
  const waiting = outbox.value;
  const lang = language.value;
  return useMemo(() => {
    const mine = hasNewer
      ? []
      : waiting.filter((entry) =>
        entry.channelId === timeline.channelId && entry.rootId === timeline.rootId &&
        !items.some((item) => item.client_id === entry.clientId && item.user.id === myId())
      );
    const all: ListMessage[] = [
      ...items,
      ...mine.map((entry, i) => asMessage(entry, i, entry.error && refusalText(entry.error))),
    ];
    return buildRows(all, { complete, newAfter, me: myId() });
  }, [items, hasNewer, waiting, newAfter, complete, lang]);
}

export function Separator({ row }: { row: Row }) {
  if (row.kind === "day") {
    return (
      <div class="day-line" role="separator">
        <span>{dayName(row.at)}</span>
      </div>
    );
  }
  return (
    <div class="new-line" role="separator">
      <span>{t("chat.new_line")}</span>
    </div>
  );
}

function OpenChannel({ channel }: { channel: Channel }) {
  const { id } = channel;
  const timeline = useMemo(() => new Timeline(id), []);
  const { messageId } = place.value;
  const { read_seq: readSeq, unread_count: unread } = channel;
  const reading = useReading(timeline, { readSeq, unread }, (message) => markRead(id, message), () => {
    const last = channels.peek().get(id)?.last_message;
    if (last) attempt(() => markRead(id, last));
  });
  const status = timeline.status.value;
  const { items, hasOlder } = timeline.state.value;
  const rows = useRows(timeline, reading.newAfter, status === "ready" && !hasOlder);

  useEffect(() => {
    if (status !== "loading") channelDrawn.value = true;
  }, [status]);

  const changes = moderated.value;
  useEffect(() => {
    loadRestrictions(id);
  }, [changes]);

  useEffect(() => {
    current.value = id;
    return () => {
      if (current.peek() === id) current.value = null;
      timeline.close();
    };
  }, []);
  const opened = useRef(false);
  useEffect(() => {
    if (messageId) {
      const found = timeline.openAround(messageId);
      found.then(() => {
        const failed = timeline.status.peek();
        if (failed instanceof ApiError && !isAway(failed)) timeline.openLatest(); // the message is not there any more
      });
    } else if (!opened.current) unread > 0 ? timeline.openUnread(readSeq) : timeline.openLatest();
    opened.current = true;
  }, [messageId]);
  useRetryWhenBack(status, () => timeline.retry());
  const me = user.value?.id ?? "";
  const name = channelName(channel, me);
  return (
    <section class="chat-main" aria-label={name}>
      <ChannelHeader channel={channel} timeline={timeline} />
      {channel.is_archived
        ? (
          <div class="chat-banner">
            <Icon name="archive" size={18} />
            {t("chat.archived_banner")}
          </div>
        )
        : null}
      <div class="chat-messages" onClick={onBodyClick}>
        <UnreadBar bar={reading.bar} />
        {status instanceof ApiError
          ? (
            <div class="chat-center">
              <Failure error={status} onRetry={() => timeline.retry()} />
            </div>
          )
          : status === "loading" && !items.length
          ? <MessageSkeleton />
          : (
            <MessageList
              timeline={timeline}
              rows={rows}
              label={t("chat.messages_in", { name })}
              onSeen={reading.onSeen}
              intro={<Intro channel={channel} />}
              render={(row, highlighted) =>
                row.kind === "message" ? <MessageRow {...row} highlighted={highlighted} /> : <Separator row={row} />}
            />
          )}
        <Announcer timeline={timeline} />
      </div>
      <Whispers channelId={id} rootId={null} />
      <TypingLine channelId={id} rootId={null}>
        {hasReceipts(channel) ? <Receipts channel={channel} timeline={timeline} /> : null}
      </TypingLine>
      <Composer key={id} channel={channel} timeline={timeline} />
    </section>
  );
}

/** Above the first message. */
function Intro({ channel }: { channel: Channel }) {
  const direct = channel.type === "direct";
  const name = channelName(channel, user.value?.id ?? "");
  return (
    <div class="chat-intro">
      <span class="chat-intro-icon">
        <Icon name={direct ? "chat" : channel.type === "private" ? "lock" : "hash"} size={32} />
      </span>
      <h2>{direct ? name : t("chat.intro.title", { name })}</h2>
      <p class="muted">
        {direct
          ? t("chat.intro.direct", { name })
          : t("chat.intro.text", { time: longTime(Date.parse(channel.created_at)) })}
        {channel.description ? ` ${channel.description}` : ""}
      </p>
      {!direct && !channel.is_default && channel.rights.includes("invite") && channel.member_count < 3
        ? <Button small icon="user-plus" onClick={() => openPanel("people")}>{t("chat.add_people")}</Button>
        : null}
    </div>
  );
}

/** Tells reading programs what arrives, and only that. */
function Announcer({ timeline }: { timeline: Timeline }) {
  const last = timeline.state.value.items.at(-1);
  const before = useRef<string | null>(null);
  const [text, setText] = useState("");
  useEffect(() => {
    const first = before.current === null;
    before.current = last?.id ?? "";
    if (!first && last && last.user.id !== myId() && last.message_type !== "system") {
      setText(`${authorName(last.user)}: ${spokenText(last).slice(0, 300)}`);
    }
  }, [last?.id]);
  return <div class="offscreen" aria-live="polite">{text}</div>;
}

/** Who has read one's own newest message. */
function Receipts({ channel, timeline }: { channel: Channel; timeline: Timeline }) {
  const { id, type, member_count } = channel;
  const connected = link.value.state === "live";
  useEffect(() => {
    if (connected) loadReceipts(id);
  }, [id, member_count, connected]);
  const { items, hasNewer } = timeline.state.value;
  const last = items.at(-1);
  if (!last || hasNewer || !mine(last) || last.is_deleted) return null;
  const { ids, of } = readersOf(id, last.seq);
  if (!ids.length) return null;
  const names = ids.map(personName);
  return (
    <span class="receipts">
      <Icon name="check" size={16} />
      <span>
        {type === "direct" && of === 1
          ? t("chat.seen")
          : ids.length === of && of > 2
          ? t("chat.seen_all")
          : t("chat.seen_by", { names: new Intl.ListFormat(language.value).format(names) })}
      </span>
    </span>
  );
}

/** @param children stands there while nobody writes */
export function TypingLine({ channelId, rootId, children }: {
  channelId: string;
  rootId: string | null;
  children?: ComponentChildren;
}) {
  const list = (writers.value.get(channelId) ?? []).filter((writer) => writer.rootId === rootId);
  const names = list.slice(0, 3).map((writer) => writer.name);
  return (
    <div class="typing" aria-live="polite">
      {list.length
        ? (
          <>
            <span class="typing-dots" aria-hidden="true">
              <i />
              <i />
              <i />
            </span>
            {list.length > 3
              ? t("chat.typing_many")
              : t("chat.typing", { n: list.length, names: new Intl.ListFormat(language.value).format(names) })}
          </>
        )
        : children}
    </div>
  );
}

/** Answers of commands: for this person alone, until they are closed. */
export function Whispers({ channelId, rootId }: { channelId: string; rootId: string | null }) {
  const mine = whispers.value.filter((entry) => entry.channel_id === channelId && entry.root_id === rootId);
  if (!mine.length) return null;
  return (
    <div class="whispers" role="status">
      {mine.map((entry) => (
        <div class="whisper" key={entry.key}>
          <Icon name="eye" size={16} />
          <div>
            <span class="muted small">{t("chat.only_you")} · /{entry.command}</span>
            <p class="whisper-text">{entry.text}</p>
          </div>
          <Button
            kind="quiet"
            small
            icon="close"
            label={t("action.close")}
            onClick={() => whispers.value = whispers.peek().filter((other) => other !== entry)}
          />
        </div>
      ))}
    </div>
  );
}
