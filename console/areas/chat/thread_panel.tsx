// A thread beside its channel: the first message, all replies, a composer of its own, and whether one follows it.
import { useEffect, useMemo } from "preact/hooks";
import type { Channel, Message, ThreadReadState } from "../../../protocol/chat/chat.ts";
import { Button } from "../../components/basic.tsx";
import { Failure } from "../../components/states.tsx";
import { attempt } from "./lib/actions.ts";
import { noteRepliers } from "./lib/repliers.ts";
import { threadReads } from "./lib/live_chat.ts";
import { changeChannel, loadChannel } from "./lib/channels.ts";
import type { Row } from "./lib/rows.ts";
import { channelName } from "./lib/text.ts";
import { Timeline } from "./lib/timeline.ts";
import { ApiError, put } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { useRetryWhenBack } from "../../lib/resource.ts";
import { user } from "../../lib/session.ts";
import { Composer } from "./composer.tsx";
import { Separator, TypingLine, useRows, Whispers } from "./channel_view.tsx";
import { onBodyClick } from "./message_body.tsx";
import { MessageList } from "./message_list.tsx";
import { MessageRow } from "./message_row.tsx";
import { MessageSkeleton } from "./message_skeleton.tsx";
import { Panel } from "./panel.tsx";
import { UnreadBar, useReading } from "./reading.tsx";

export function ThreadPanel({ channel, rootId }: { channel: Channel; rootId: string }) {
  const timeline = useMemo(() => new Timeline(channel.id, rootId), []);
  const status = timeline.status.value;
  const thread = timeline.thread.value;
  const { items } = timeline.state.value;
  const state = threadReads.value.get(rootId);
  const known = status === "ready" ? state ?? thread : null;
  const position = known && { readSeq: known.read_seq, unread: known.unread_count };
  const tell = async (message: Message) =>
    keep(await put<ThreadReadState>(`/messages/${rootId}/thread`, { read_message_id: message.id }));
  const reading = useReading(timeline, position, tell, () => {
    const last = timeline.state.peek().items.at(-1);
    if (last) attempt(() => tell(last));
  });
  const rows = useRows(timeline, reading.newAfter, false);
  const all: readonly Row[] = useMemo(
    () => thread ? [{ kind: "start", key: "start" }, ...rows] : rows,
    [rows, thread === null],
  );
  const following = state?.following ?? thread?.following ?? false;
  useEffect(() => {
    timeline.openUnread(null);
    return () => timeline.close();
  }, []);
  useRetryWhenBack(status, () => timeline.retry());
  useEffect(() => noteRepliers(items), [items]);
  const keep = (next: ThreadReadState) => {
    threadReads.value = new Map(threadReads.peek()).set(rootId, next);
    // The list counts unread replies per channel: the server knows how many are left.
    loadChannel(next.channel_id).catch(() => changeChannel(next.channel_id, (old) => old));
  };
  const follow = () =>
    attempt(async () => keep(await put<ThreadReadState>(`/messages/${rootId}/thread`, { following: !following })));
  return (
    <Panel
      title={t("chat.thread")}
      sub={channelName(channel, user.value?.id ?? "")}
      class="thread-panel"
      actions={thread
        ? (
          <Button kind="quiet" small icon={following ? "bell" : "bell-off"} aria-pressed={following} onClick={follow}>
            {t(following ? "chat.following" : "chat.follow")}
          </Button>
        )
        : null}
    >
      <div class="chat-messages" onClick={onBodyClick}>
        <UnreadBar bar={reading.bar} />
        {status instanceof ApiError
          ? <Failure error={status} onRetry={() => timeline.retry()} />
          : !thread
          ? <MessageSkeleton />
          : (
            <MessageList
              timeline={timeline}
              rows={all}
              label={t("chat.thread")}
              onSeen={reading.onSeen}
              intro={
                <div class="thread-root">
                  <MessageRow message={thread.root} compact={false} highlighted={false} inThread />
                  <div class="thread-count" role="separator">
                    <span>{t("chat.replies", { n: items.length })}</span>
                  </div>
                </div>
              }
              render={(row, highlighted) =>
                row.kind === "message"
                  ? <MessageRow message={row.message} compact={row.compact} highlighted={highlighted} inThread />
                  : <Separator row={row} />}
            />
          )}
      </div>
      <Whispers channelId={channel.id} rootId={rootId} />
      <TypingLine channelId={channel.id} rootId={rootId} />
      <Composer channel={channel} timeline={timeline} rootId={rootId} />
    </Panel>
  );
}
