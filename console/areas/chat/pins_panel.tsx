// What is pinned in a channel, and its files.
import { authorName } from "./lib/people.ts";
import { useEffect } from "preact/hooks";
import type { Channel, Message } from "../../../protocol/chat/chat.ts";
import type { FoundMessage } from "../../../protocol/chat/search.ts";
import { Button } from "../../components/basic.tsx";
import { Empty, Failure, Skeleton } from "../../components/states.tsx";
import { lightbox, messageLink, togglePin } from "./lib/actions.ts";
import { channelName, exactTime, shortDay } from "./lib/text.ts";
import { fileSize } from "../../lib/format.ts";
import { onBodyClick } from "./message_body.tsx";
import { get } from "../../lib/api.ts";
import { locale, t } from "../../lib/i18n.ts";
import { usePages, useResource } from "../../lib/resource.ts";
import { user } from "../../lib/session.ts";
import { Attachments, isImage } from "./attachments.tsx";
import { ChatAvatar } from "./avatar.tsx";
import { Cards } from "./cards.tsx";
import { MessageBody } from "./message_body.tsx";
import { Panel } from "./panel.tsx";
import { Icon } from "../../components/icon.tsx";

/** A message as it stands in a list outside of its channel. */
function Excerpt({ message, children }: { message: Message; children?: preact.ComponentChildren }) {
  const at = Date.parse(message.created_at);
  return (
    <article class="excerpt" onClick={onBodyClick}>
      <header>
        <ChatAvatar user={message.user} size={24} />
        <strong>{authorName(message.user)}</strong>
        <time class="muted" dateTime={message.created_at} title={exactTime(at)}>{shortDay(at)}</time>
      </header>
      {message.content ? <MessageBody message={message} /> : null}
      <Cards message={message} />
      <Attachments files={message.attachments} />
      <footer>
        <a class="btn btn-plain btn-small" href={messageLink(message)}>
          <span class="btn-text">{t("chat.show_in_channel")}</span>
        </a>
        {children}
      </footer>
    </article>
  );
}

export function PinsPanel({ channel, changes }: { channel: Channel; changes: number }) {
  const pins = useResource((signal) => get<{ items: Message[] }>(`/channels/${channel.id}/pins`, {}, signal), [
    channel.id,
    changes,
  ]);
  return (
    <Panel title={t("chat.pins")} sub={channelName(channel, user.value?.id ?? "")}>
      <div class="panel-body">
        {pins.error ? <Failure error={pins.error} onRetry={pins.reload} /> : null}
        {pins.data ? null : <Skeleton rows={3} />}
        {pins.data?.items.length === 0
          ? <Empty icon="bookmark" title={t("chat.pins.empty")} text={t("chat.pins.empty.text")} />
          : null}
        {pins.data?.items.map((message) => (
          <Excerpt key={message.id} message={message}>
            {channel.rights.includes("pin")
              ? (
                <Button small kind="quiet" onClick={() => togglePin({ ...message, is_pinned: true }).then(pins.reload)}>
                  {t("chat.unpin")}
                </Button>
              )
              : null}
          </Excerpt>
        ))}
      </div>
    </Panel>
  );
}

export function FilesPanel({ channel }: { channel: Channel }) {
  const pages = usePages<FoundMessage>("/messages/search", {
    q: "has:file",
    channel_id: channel.id,
    sort: "recent",
    limit: 30,
  });
  useEffect(() => pages.reload(), [channel.last_message?.attachments.length ? channel.last_message.id : ""]);
  const files = pages.items?.flatMap((message) => message.attachments.map((file) => ({ file, message }))) ?? [];
  return (
    <Panel title={t("chat.files")} sub={channelName(channel, user.value?.id ?? "")}>
      <div class="panel-body">
        {pages.error ? <Failure error={pages.error} onRetry={pages.reload} /> : null}
        {pages.items === null && !pages.error ? <Skeleton rows={5} /> : null}
        {pages.items && !files.length
          ? <Empty icon="doc" title={t("chat.files.empty")} text={t("chat.files.empty.text")} />
          : null}
        <ul class="plain-list file-rows">
          {files.map(({ file, message }) => (
            <li key={`${message.id}${file.id}`}>
              {isImage(file)
                ? (
                  <button
                    type="button"
                    class="file-thumb"
                    aria-label={t("chat.open_image", { name: file.filename })}
                    onClick={() => lightbox.value = { files: [file], at: 0 }}
                  >
                    <img src={file.thumbnail_url ?? file.url} alt="" width={48} height={48} loading="lazy" />
                  </button>
                )
                : (
                  <span class="file-kind">
                    <Icon name="doc" />
                  </span>
                )}
              <span class="file-text">
                <a href={file.url} download={file.filename}>
                  <strong>{file.filename}</strong>
                </a>
                <a class="muted" href={messageLink(message)}>
                  {authorName(message.user)} · {shortDay(Date.parse(message.created_at))} ·{" "}
                  {fileSize(file.size, locale())}
                </a>
              </span>
            </li>
          ))}
        </ul>
        {pages.hasMore
          ? (
            <div class="more">
              <Button small busy={pages.loading} onClick={pages.more}>{t("action.more")}</Button>
            </div>
          )
          : null}
      </div>
    </Panel>
  );
}
