// The panels beside a channel and what stands over it: loaded once the messages are drawn, or when they are asked for before.
// Until then a panel stands at its place under its own title.
import type { ComponentChild } from "preact";
import type { Channel } from "../../../protocol/chat/chat.ts";
import { later } from "../../app/loaded.tsx";
import { FailedDialog } from "../../components/guarded.tsx";
import { Skeleton } from "../../components/states.tsx";
import { t } from "../../lib/i18n.ts";
import { user } from "../../lib/session.ts";
import type { MessageKey } from "../../messages.ts";
import { leavingChannel } from "./channel_menu.ts";
import { deleting, historyOf, lightbox, reactingTo, reporting } from "./lib/actions.ts";
import { channelName } from "./lib/text.ts";
import { dialog } from "./lib/view.ts";
import { MessageSkeleton } from "./message_skeleton.tsx";
import { person } from "./open_person.ts";
import { Panel } from "./panel.tsx";
import { custom } from "./schedule_menu.ts";

const extras = () => import("./extras.ts");

const titled = (title: MessageKey, name?: string) => ({ channel }: { channel: Channel }, failure: ComponentChild) => (
  <Panel title={t(title)} sub={name ? undefined : channelName(channel, user.value?.id ?? "")} class={name}>
    {failure ?? <Skeleton tall />}
  </Panel>
);

export const InfoPanel = later(() => extras().then((m) => m.InfoPanel), titled("chat.details"));
export const PeoplePanel = later(() => extras().then((m) => m.PeoplePanel), titled("chat.people"));
export const PinsPanel = later(() => extras().then((m) => m.PinsPanel), titled("chat.pins"));
export const FilesPanel = later(() => extras().then((m) => m.FilesPanel), titled("chat.files"));
export const SearchSide = later(() => extras().then((m) => m.SearchSide), titled("chat.search", "search-side"));
export const ThreadPanel = later(() => extras().then((m) => m.ThreadPanel), titled("chat.thread"));
export const ThreadsView = later(() => extras().then((m) => m.ThreadsView), (_, failure) => (
  <section class="chat-main">
    <h1 class="offscreen" tabIndex={-1}>{t("chat.threads")}</h1>
    {failure ? <div class="chat-center">{failure}</div> : <MessageSkeleton />}
  </section>
));
export const EmojiPopup = later(
  () => extras().then((m) => m.EmojiPopup),
  ({ onClose }, failure) => failure ? <FailedDialog failure={failure} onClose={onClose} /> : null,
);

const asked = [dialog, leavingChannel, custom, deleting, reporting, historyOf, lightbox, reactingTo, person];

const Over = later(
  () => extras().then((m) => m.Over),
  (_, failure) =>
    failure ? <FailedDialog failure={failure} onClose={() => asked.forEach((one) => one.value = null)} /> : null,
);

/** Dialogs, pictures, the card of a person: whatever was asked for. */
export function ChatOver() {
  return asked.some((one) => one.value) ? <Over /> : null;
}

/** Loads all of it, as one script. */
export function loadExtras(): void {
  for (const one of [InfoPanel, PeoplePanel, PinsPanel, FilesPanel, SearchSide, ThreadPanel, ThreadsView]) one.soon();
  EmojiPopup.soon();
  Over.soon();
}
