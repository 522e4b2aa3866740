// Where messages are written. What stands here is a draft from the first key on; sending hands it to the outbox and
// empties the field at once, so that a slow network is never in the way.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { isBlank } from "../../../protocol/texts.ts";
import type { Channel } from "../../../protocol/chat/chat.ts";
import { bytesOver, MAX_CONTENT_BYTES } from "../../../protocol/chat/content_size.ts";
import { guarded } from "../../components/guarded.tsx";
import { Button } from "../../components/basic.tsx";
import { Icon } from "../../components/icon.tsx";
import { canPost, editing, mine } from "./lib/actions.ts";
import { runCommand } from "./lib/commands.ts";
import { prefixLines, wrapSelection } from "./lib/complete.ts";
import { draftKey, drafts, keepDraft } from "./lib/drafts.ts";
import { confirming, discard, enqueue, resend } from "./lib/outbox.ts";
import { channelName } from "./lib/text.ts";
import type { Timeline } from "./lib/timeline.ts";
import { iAmTyping } from "./lib/typing.ts";
import { uploadsOf } from "./lib/uploads.ts";
import { byFinger } from "../../lib/focus.ts";
import { t } from "../../lib/i18n.ts";
import { user } from "../../lib/session.ts";
import { keyText, runShortcut } from "../../lib/shortcuts.ts";
import { fitHeight } from "./autosize.ts";
import { useCompletion } from "./completion.tsx";
import { ComposerFiles } from "./composer_files.tsx";
import { ClosedComposer, closedReason } from "./composer_closed.tsx";
import { EmojiPopup } from "./on_demand.tsx";
import { openSchedule } from "./schedule_menu.ts";
import { openMenu } from "./menu.tsx";
import { Confirm } from "../../components/dialog.tsx";

const FORMATS = [
  { icon: "bold", shortcut: "bold", label: "chat.format.bold", sign: "**" },
  { icon: "italic", shortcut: "italic", label: "chat.format.italic", sign: "_" },
  { icon: "strike", label: "chat.format.strike", sign: "~~" },
  { icon: "code", label: "chat.format.code", sign: "`" },
  { icon: "quote", label: "chat.format.quote", line: "> " },
  { icon: "list", label: "chat.format.list", line: "- " },
] as const;

const formatLabel = (entry: typeof FORMATS[number]): string =>
  "shortcut" in entry ? `${t(entry.label)} (${keyText("composer", entry.shortcut)})` : t(entry.label);

export function Composer(
  { channel, timeline, rootId = null }: { channel: Channel; timeline: Timeline; rootId?: string | null },
) {
  const reason = closedReason.value.get(channel.id);
  if (!canPost(channel) || reason) return <ClosedComposer channel={channel} />;
  return <OpenComposer key={draftKey(channel.id, rootId)} channel={channel} timeline={timeline} rootId={rootId} />;
}

function OpenComposer({ channel, timeline, rootId }: { channel: Channel; timeline: Timeline; rootId: string | null }) {
  const key = draftKey(channel.id, rootId);
  const [text, setText] = useState(() => drafts.peek().get(key)?.content ?? "");
  const [problem, setProblem] = useState("");
  const [formatting, setFormatting] = useState(false);
  const [picker, setPicker] = useState<Element | null>(null);
  const [dragged, setDragged] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const selection = useRef<[number, number] | null>(null);
  const [uploads] = useState(() => uploadsOf(key));
  const typedAt = useRef(0);
  const draft = drafts.value.get(key);
  const mayUpload = channel.rights.includes("upload");

  useEffect(() => () => uploads.leave(key), []);
  // What another device wrote comes in when nobody writes here.
  useEffect(() => {
    if (draft && draft.content !== text && Date.now() - typedAt.current > 4_000) setText(draft.content);
    if (!draft && text && Date.now() - typedAt.current > 4_000 && typedAt.current) setText("");
  }, [draft?.updatedAt]);
  useEffect(() => {
    uploads.restore(drafts.peek().get(key)?.attachments ?? []);
  }, []);
  // Before it is painted: the next key may be on its way already.
  useLayoutEffect(() => {
    if (!byFinger()) field.current!.focus({ preventScroll: true });
  }, []);
  useLayoutEffect(() => {
    fitHeight(field.current!);
    if (selection.current) field.current!.setSelectionRange(...selection.current);
    selection.current = null;
  }, [text]);

  const change = (next: string, caret?: [number, number]) => {
    typedAt.current = Date.now();
    selection.current = caret ?? null;
    setText(next);
    setProblem("");
    keepDraft(channel.id, rootId, next, uploads.doneIds());
    if (next.trim()) iAmTyping(channel.id, rootId);
  };
  const completion = useCompletion(field, text, channel, (next, caret) => {
    change(next, [caret, caret]);
    field.current?.focus();
  });
  const insert = (piece: string) => {
    const element = field.current!;
    const { selectionStart, selectionEnd } = element;
    change(text.slice(0, selectionStart) + piece + text.slice(selectionEnd), [
      selectionStart + piece.length,
      selectionStart + piece.length,
    ]);
    element.focus();
  };
  const format = (entry: typeof FORMATS[number]) => {
    const element = field.current!;
    const { selectionStart, selectionEnd } = element;
    const made = "sign" in entry
      ? wrapSelection(text, selectionStart, selectionEnd, entry.sign)
      : prefixLines(text, selectionStart, selectionEnd, entry.line);
    change(made.text, [made.start, made.end]);
    element.focus();
  };
  const clear = () => {
    typedAt.current = Date.now();
    setText("");
    keepDraft(channel.id, rootId, "", []);
    uploads.clear();
  };
  const busy = uploads.busy.value;
  const files = uploads.items.value;
  const over = bytesOver(text.trimEnd());
  const warning = problem || (over > 0 ? t("chat.too_long", { n: over, max: MAX_CONTENT_BYTES }) : "");
  const ready = over === 0 && (!isBlank(text) || uploads.doneIds().length > 0);

  const send = async () => {
    if (!ready || busy) return;
    const content = text.trimEnd();
    if (content.startsWith("/") && !content.startsWith("//")) {
      setText("");
      const failed = await runCommand(channel, content, rootId);
      if (failed) {
        setText(content);
        setProblem(failed);
      } else keepDraft(channel.id, rootId, "", []);
      return;
    }
    const sent = content.startsWith("//") ? content.slice(1) : content;
    const attachments = uploads.attachments();
    clear();
    enqueue({ channelId: channel.id, rootId, content: sent, attachments });
    timeline.showEnd(); // whoever reads far above goes to where the new message stands
  };

  const editLast = (): boolean => {
    const last = timeline.state.peek().items.findLast((message) =>
      mine(message) && !message.is_deleted && message.message_type !== "system"
    );
    if (!last) return false;
    editing.value = last.id;
    timeline.jumpTo(last.id, false);
    return true;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (completion.onKeyDown(event)) return;
    runShortcut("composer", event, {
      send() {
        // On a phone Enter makes a line; there is a button for sending.
        if (byFinger() && !event.ctrlKey && !event.metaKey) return false;
        send();
      },
      edit: () => text === "" && editLast(),
      bold: () => format(FORMATS[0]),
      italic: () => format(FORMATS[1]),
    });
  };
  const take = (list: FileList | null | undefined): boolean => {
    if (!list?.length || !mayUpload) return false;
    // The last of them may be there when this composer is not.
    const written = () => field.current?.value ?? drafts.peek().get(key)?.content ?? "";
    uploads.add([...list], () => keepDraft(channel.id, rootId, written(), uploads.doneIds()));
    return true;
  };
  const name = channelName(channel, user.value?.id ?? "");
  const placeholder = rootId
    ? t("chat.reply_placeholder")
    : t("chat.placeholder", { name: channel.type === "direct" ? name : `#${name}` });

  return (
    <div
      class={dragged ? "composer composer-over" : "composer"}
      onDragOver={(event) => {
        if (!mayUpload || !event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        setDragged(true);
      }}
      onDragLeave={(event) => event.currentTarget === event.target && setDragged(false)}
      onDrop={(event) => {
        setDragged(false);
        if (take(event.dataTransfer?.files)) event.preventDefault();
      }}
    >
      {completion.view}
      <div class="composer-box">
        {formatting
          ? (
            <div class="composer-format" role="toolbar" aria-label={t("chat.format")}>
              {FORMATS.map((entry) => (
                <button
                  type="button"
                  key={entry.icon}
                  class="tool"
                  aria-label={formatLabel(entry)}
                  title={formatLabel(entry)}
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => format(entry)}
                >
                  <Icon name={entry.icon} size={18} />
                </button>
              ))}
            </div>
          )
          : null}
        <ComposerFiles uploads={uploads} />
        <textarea
          ref={field}
          data-composer={rootId ? "thread" : "channel"}
          rows={1}
          value={text}
          placeholder={placeholder}
          aria-label={placeholder}
          aria-describedby={warning ? `${key}-problem` : undefined}
          {...completion.attributes}
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onSelect={completion.onSelect}
          onBlur={completion.close}
          onPaste={(event) => {
            if (take(event.clipboardData?.files)) event.preventDefault();
          }}
        />
        <div class="composer-bar">
          {mayUpload
            ? (
              <label class="tool" title={t("chat.attach")}>
                <Icon name="clip" size={18} label={t("chat.attach")} />
                <input
                  type="file"
                  multiple
                  class="offscreen"
                  onChange={(event) => {
                    take(event.currentTarget.files);
                    event.currentTarget.value = "";
                  }}
                />
              </label>
            )
            : null}
          <button
            type="button"
            class="tool"
            aria-label={t("chat.emoji")}
            title={t("chat.emoji")}
            aria-expanded={picker !== null}
            onClick={(event) => setPicker(picker ? null : event.currentTarget)}
          >
            <Icon name="smile" size={18} />
          </button>
          <button
            type="button"
            class="tool"
            aria-label={t("chat.mention")}
            title={t("chat.mention")}
            onClick={() => insert(text && !/\s$/.test(text) ? " @" : "@")}
          >
            <Icon name="at" size={18} />
          </button>
          <button
            type="button"
            class={formatting ? "tool tool-on" : "tool"}
            aria-label={t("chat.format")}
            title={t("chat.format")}
            aria-pressed={formatting}
            onClick={() => setFormatting(!formatting)}
          >
            <Icon name="text" size={18} />
          </button>
          {warning
            ? <span class="composer-problem" id={`${key}-problem`} role="alert">{warning}</span>
            : <span class="composer-hint muted">{t("chat.enter_hint")}</span>}
          <span class="composer-send">
            <Button kind="primary" icon="send" label={t("chat.send")} disabled={!ready || busy} onClick={send} />
            <Button
              kind="primary"
              icon="chevron-down"
              label={t("chat.send_later")}
              aria-haspopup="menu"
              disabled={!ready || busy}
              onClick={(event) =>
                openMenu(
                  event.currentTarget,
                  openSchedule(
                    channel,
                    () => ({ content: text.trimEnd(), attachments: uploads.doneIds(), rootId }),
                    clear,
                  ),
                )}
            />
          </span>
        </div>
      </div>
      {files.length && dragged ? null : dragged
        ? (
          <div class="composer-drop">
            <Icon name="clip" size={24} /> {t("chat.drop")}
          </div>
        )
        : null}
      {picker
        ? (
          <EmojiPopup
            anchor={picker}
            onPick={(emoji) => (insert(emoji), setPicker(null))}
            onClose={() => (setPicker(null), field.current?.focus())}
          />
        )
        : null}
    </div>
  );
}

/** The words go back to where they were written. */
function takeBack(): void {
  const entry = confirming.peek();
  if (!entry) return;
  discard(entry.clientId);
  keepDraft(entry.channelId, entry.rootId, entry.content, entry.attachments.map((file) => file.id));
}

/** `@channel` in a large channel: asked once, with the number of people. Stands once in the page. */
export const MentionConfirm = guarded(function MentionConfirm() {
  const entry = confirming.value;
  if (!entry) return null;
  return (
    <Confirm
      title={t("chat.confirm_mention")}
      text={t("chat.confirm_mention.text")}
      action={t("chat.confirm_mention.send")}
      onClose={() => confirming.peek() === entry && takeBack()}
      onConfirm={() => {
        resend(entry.clientId, true);
        return Promise.resolve();
      }}
    />
  );
}, takeBack);
