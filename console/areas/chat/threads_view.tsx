// All threads that the person follows, the one with the newest reply first.
import { authorName } from "./lib/people.ts";
import { messageText } from "../../../protocol/chat/card_text.ts";
import { useEffect } from "preact/hooks";
import type { FollowedThread } from "../../../protocol/chat/chat.ts";
import { Button } from "../../components/basic.tsx";
import { Icon } from "../../components/icon.tsx";
import { Empty, Failure, Skeleton } from "../../components/states.tsx";
import { channels } from "./lib/channels.ts";
import { threadChanges } from "./lib/live_chat.ts";
import { plainText } from "./lib/markdown.ts";
import { channelName, shortDay } from "./lib/text.ts";
import { place } from "./lib/view.ts";
import { t } from "../../lib/i18n.ts";
import { usePages } from "../../lib/resource.ts";
import { navigate } from "../../lib/router.ts";
import { user } from "../../lib/session.ts";
import { AwayLine } from "./away_line.tsx";
import { ChatAvatar } from "./avatar.tsx";

const SETTLE_MS = 600;

export function ThreadsView() {
  const pages = usePages<FollowedThread>("/threads", {});
  const version = threadChanges.value;
  useEffect(() => {
    if (!version) return;
    const timer = setTimeout(pages.reload, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [version]);
  return (
    <section class="chat-main" aria-label={t("chat.threads")}>
      <header class="chat-head">
        <Button
          kind="quiet"
          icon="arrow-left"
          class="only-phone"
          label={t("chat.back")}
          onClick={() => navigate("/chat")}
        />
        <span class="chat-head-icon">
          <Icon name="thread" />
        </span>
        <div class="chat-head-text">
          <h1 tabIndex={-1}>{t("chat.threads")}</h1>
          <AwayLine />
          <p class="chat-topic">{t("chat.threads.text")}</p>
        </div>
      </header>
      <div class="threads">
        {pages.error ? <Failure error={pages.error} onRetry={pages.reload} /> : null}
        {pages.items === null && !pages.error ? <Skeleton rows={6} /> : null}
        {pages.items?.length === 0
          ? <Empty page icon="thread" title={t("chat.threads.empty")} text={t("chat.threads.empty.text")} />
          : null}
        <ul class="plain-list">
          {pages.items?.map((thread) => <ThreadItem key={thread.root.id} thread={thread} />)}
        </ul>
        {pages.hasMore
          ? (
            <div class="more">
              <Button busy={pages.loading} onClick={pages.more}>{t("action.more")}</Button>
            </div>
          )
          : null}
      </div>
    </section>
  );
}

function ThreadItem({ thread }: { thread: FollowedThread }) {
  const { root, channel, unread_count, mention_count, last_reply_at } = thread;
  const known = channels.value.get(channel.id);
  const name = channel.name ?? (known ? channelName(known, user.value?.id ?? "") : t("chat.direct"));
  return (
    <li>
      <a
        class={unread_count > 0 ? "thread-item thread-unread" : "thread-item"}
        href={`/chat/${channel.id}?thread=${root.id}`}
        aria-current={place.value.thread === root.id ? "true" : undefined}
      >
        <ChatAvatar user={root.user} />
        <span class="thread-item-text">
          <span class="thread-item-head">
            <strong>{authorName(root.user)}</strong>
            <span class="muted">{channel.type === "direct" ? name : `#${name}`}</span>
            <span class="muted thread-item-time">{last_reply_at ? shortDay(Date.parse(last_reply_at)) : ""}</span>
          </span>
          <span class="thread-item-body">
            {root.is_deleted ? t("chat.deleted") : plainText(messageText(root)) || t("chat.file_only")}
          </span>
          <span class="thread-item-foot">
            <span>{t("chat.replies", { n: root.reply_count })}</span>
            {unread_count > 0 ? <span class="count">{t("chat.new_n", { n: unread_count })}</span> : null}
            {mention_count > 0
              ? <Icon name="at" size={16} label={t("chat.aria_mentions", { n: mention_count })} />
              : null}
          </span>
        </span>
      </a>
    </li>
  );
}
