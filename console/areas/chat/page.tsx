// The chat page: messages and one panel; the channels stand in the list beside the rail. On a phone one of the three at a
// time. Keys of the whole page are here; what stands over it is drawn once.
import type { ComponentChildren } from "preact";
import { inner } from "../../lib/base.ts";
import { useEffect } from "preact/hooks";
import { Button } from "../../components/basic.tsx";
import { Boundary } from "../../components/boundary.tsx";
import { Broken } from "../../components/broken.tsx";
import { Icon } from "../../components/icon.tsx";
import { Failure } from "../../components/states.tsx";
import { openDirect } from "./lib/actions.ts";
import { badge, channels, channelsState, loadChannels, ordered, sections } from "./lib/channels.ts";
import { focusComposer } from "./lib/focus.ts";
import { channelName } from "./lib/text.ts";
import { closePanel, dialog, openChannel, openPanel, place } from "./lib/view.ts";
import { readStored, writeStored } from "../../lib/storage.ts";
import { useRetryWhenBack } from "../../lib/resource.ts";
import { t } from "../../lib/i18n.ts";
import { navigate } from "../../lib/router.ts";
import { whenIdle } from "../../app/loaded.tsx";
import { setTitle } from "../../lib/title.ts";
import { can, isGuest, user } from "../../lib/session.ts";
import { keyText, runShortcut } from "../../lib/shortcuts.ts";
import { channelDrawn, ChannelView } from "./channel_view.tsx";
import { MentionConfirm } from "./composer.tsx";
import { MenuHost } from "./menu.tsx";
import { MessageSkeleton } from "./message_skeleton.tsx";
import { MessageSheet } from "./message_tools.tsx";
import {
  ChatOver,
  FilesPanel,
  InfoPanel,
  loadExtras,
  PeoplePanel,
  PinsPanel,
  SearchSide,
  ThreadPanel,
  ThreadsView,
} from "./on_demand.tsx";

/** So long after the messages stand there, what they do not need is loaded. */
const EXTRAS_AFTER_MS = 2_000;

export function ChatPage() {
  const { kind, channelId, thread, panel, dm } = place.value;
  const channel = channelId ? channels.value.get(channelId) : undefined;
  const state = channelsState.value;
  useEffect(() => {
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  // A link to a person: @mentions lead here.
  useEffect(() => {
    if (!dm || state !== "ready") return;
    navigate(inner(location.pathname), { replace: true });
    openDirect([dm]);
  }, [dm, state]);
  // Without an address: the channel that was looked at last. A phone begins with the list.
  useEffect(() => {
    if (kind !== "none" || state !== "ready" || dm || matchMedia("(max-width: 640px)").matches) return;
    const last = readStored("chat_last");
    const next = (last && channels.peek().get(last)?.is_member ? last : null) ?? ordered.peek()[0]?.id;
    if (next) navigate(`/chat/${next}`, { replace: true });
  }, [kind, state]);
  useEffect(() => {
    if (channelId) writeStored("chat_last", channelId);
  }, [channelId]);
  useRetryWhenBack(state, loadChannels);
  // What is shown first comes first: the rest once the messages are there, or the list alone.
  const settled = state === "ready" && (kind !== "channel" || channelDrawn.value);
  useEffect(() => settled ? whenIdle(loadExtras, EXTRAS_AFTER_MS) : undefined, [settled]);
  const me = user.value?.id ?? "";
  const title = kind === "threads" ? t("chat.threads") : channel ? channelName(channel, me) : t("nav.chat");
  useEffect(() => {
    setTitle(title);
  }, [title]);
  const side = channel?.is_member && (thread ?? panel);
  const pane = side ? "panel" : kind === "none" ? "list" : "main";
  const none = state === "ready" && !sections.value.favorites.length && !sections.value.channels.length &&
    !sections.value.direct.length;
  return (
    <div class="chat" data-pane={pane}>
      {kind === "channel"
        ? (
          <Part key={channelId}>
            <ChannelView id={channelId!} />
          </Part>
        )
        : kind === "threads"
        ? (
          <Part key="threads">
            <ThreadsView />
          </Part>
        )
        : (
          <section class="chat-main">
            <h1 class="offscreen" tabIndex={-1}>{t("nav.chat")}</h1>
            {state === "loading" ? <MessageSkeleton /> : state !== "ready"
              ? (
                <div class="chat-center">
                  <Failure error={state} onRetry={loadChannels} />
                </div>
              )
              : <Welcome none={none} />}
          </section>
        )}
      {side && channel
        ? (
          <Side key={`${channel.id}:${thread ?? panel}`}>
            {thread
              ? <ThreadPanel key={thread} channel={channel} rootId={thread} />
              : panel === "info"
              ? <InfoPanel key={channel.id} channel={channel} />
              : panel === "people"
              ? <PeoplePanel key={channel.id} channel={channel} />
              : panel === "pins"
              ? <PinsPanel key={channel.id} channel={channel} changes={channel.last_message?.seq ?? 0} />
              : panel === "files"
              ? <FilesPanel key={channel.id} channel={channel} />
              : <SearchSide channel={channel} />}
          </Side>
        )
        : null}
      <ChatOver />
      <MentionConfirm />
      <MessageSheet />
      <MenuHost />
      {/* Where the channel with its heading is covered (chat_side.css), the page still has one. */}
      <h1 class="offscreen chat-title">{title}</h1>
    </div>
  );
}

/** What a part of the page falls back to keeps its place in it. */
function Part({ children }: { children: ComponentChildren }) {
  return (
    <Boundary
      fallback={(retry) => (
        <section class="chat-main">
          <div class="chat-center">
            <Broken onRetry={retry} onClose={() => navigate("/chat/threads")} />
          </div>
        </section>
      )}
    >
      {children}
    </Boundary>
  );
}

function Side({ children }: { children: ComponentChildren }) {
  return (
    <Boundary
      fallback={(retry) => (
        <aside class="chat-panel">
          <Broken onRetry={retry} onClose={closePanel} />
        </aside>
      )}
    >
      {children}
    </Boundary>
  );
}

/** The first visit: nothing to read yet, two things to do. */
function Welcome({ none }: { none: boolean }) {
  return (
    <div class="chat-center">
      <div class="chat-welcome">
        <span class="chat-welcome-art" aria-hidden="true">
          <Icon name="chat" size={48} />
        </span>
        <h2>{t(none ? "chat.welcome" : "chat.pick")}</h2>
        <p class="muted">
          {none
            ? t(isGuest() ? "chat.welcome.guest" : "chat.welcome.text")
            : t("chat.pick.text", { keys: keyText("everywhere", "switcher") })}
        </p>
        <div class="empty-actions">
          {can("chat.channels.create")
            ? <Button kind="primary" icon="plus" onClick={() => dialog.value = "create"}>{t("chat.create")}</Button>
            : null}
          {isGuest()
            ? null
            : <Button icon="compass" onClick={() => dialog.value = "browse"}>{t("chat.browse")}</Button>}
          {can("chat.send")
            ? <Button icon="chat" onClick={() => dialog.value = "direct"}>{t("chat.new_direct")}</Button>
            : null}
        </div>
      </div>
    </div>
  );
}

/** Previous or next channel of the list; `unread`: only those with something new. */
function step(by: 1 | -1, unread: boolean): void {
  const list = ordered.peek();
  const at = list.findIndex((channel) => channel.id === place.peek().channelId);
  for (let i = 1; i <= list.length; i++) {
    const next = list[(at + by * i + list.length * 2) % list.length]!;
    if (!unread || next.unread_count > 0 || badge(next) > 0) return openChannel(next.id);
  }
}

function onKey(event: KeyboardEvent): void {
  if (document.querySelector("dialog[open]")) return;
  runShortcut("chat", event, {
    before: () => step(-1, false),
    next: () => step(1, false),
    unread_before: () => step(-1, true),
    unread_next: () => step(1, true),
    search: () => place.peek().channelId && openPanel("search"),
    close() {
      // A dialog that was asked for a moment ago and is not drawn yet.
      if (dialog.peek()) return dialog.value = null;
      if (event.defaultPrevented) return false;
      const { thread, panel } = place.peek();
      if (thread || panel) closePanel();
      focusComposer();
    },
  });
}
