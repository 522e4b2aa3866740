// What stands over the page because of one message: deleting, reporting, the history of its edits, its pictures.
import { messageText } from "../../../protocol/chat/card_text.ts";
import { useState } from "preact/hooks";
import type { Message, MessageEdit } from "../../../protocol/chat/chat.ts";
import { guarded } from "../../components/guarded.tsx";
import { Button, Field } from "../../components/basic.tsx";
import { Confirm, Dialog, useModal } from "../../components/dialog.tsx";
import { Icon } from "../../components/icon.tsx";
import { Failure, Skeleton } from "../../components/states.tsx";
import { deleteMessage, deleting, historyOf, lightbox, reactingTo, reporting, toggleReaction } from "./lib/actions.ts";
import { plainText } from "./lib/markdown.ts";
import { longTime } from "./lib/text.ts";
import { get, post } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { useResource } from "../../lib/resource.ts";
import { runShortcut } from "../../lib/shortcuts.ts";
import { toast } from "../../lib/toasts.ts";
import type { MessageKey } from "../../messages.ts";
import { EmojiPopup } from "./emoji_picker.tsx";
import { Cards, CardView } from "./cards.tsx";
import { MessageBody } from "./message_body.tsx";

export const MessageOverlays = guarded(function MessageOverlays() {
  const gone = deleting.value;
  const picking = reactingTo.value;
  return (
    <>
      {gone
        ? (
          <Confirm
            title={t("chat.delete.title")}
            text={<span class="quoted">{plainText(messageText(gone)).slice(0, 200) || t("chat.file_only")}</span>}
            action={t("action.delete")}
            onClose={() => deleting.value = null}
            onConfirm={() => deleteMessage(gone)}
          />
        )
        : null}
      {reporting.value ? <ReportDialog message={reporting.value} /> : null}
      {historyOf.value ? <HistoryDialog message={historyOf.value} /> : null}
      {lightbox.value ? <Lightbox /> : null}
      {picking
        ? (
          <EmojiPopup
            anchor={picking.anchor}
            onClose={() => reactingTo.value = null}
            onPick={(emoji) => {
              reactingTo.value = null;
              toggleReaction(picking.message, emoji);
            }}
          />
        )
        : null}
    </>
  );
}, () => {
  deleting.value = null;
  reactingTo.value = null;
});

const CATEGORIES = ["spam", "harassment", "illegal", "other"] as const;

const ReportDialog = guarded(function ReportDialog({ message }: { message: Message }) {
  const [category, setCategory] = useState<typeof CATEGORIES[number]>("spam");
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const close = () => reporting.value = null;
  return (
    <Dialog title={t("chat.report.title")} onClose={close}>
      <form
        class="form"
        onSubmit={async (event) => {
          event.preventDefault();
          setBusy(true);
          try {
            await post(`/messages/${message.id}/report`, {
              category,
              reason: reason.trim() || t(`chat.report.${category}` as MessageKey),
            });
            toast({ kind: "success", title: t("chat.report.done") });
            close();
          } catch (problem) {
            setError(problem);
            setBusy(false);
          }
        }}
      >
        <p class="muted">{t("chat.report.text")}</p>
        {error ? <Failure error={error} /> : null}
        <Field label={t("chat.report.category")}>
          {(props) => (
            <select
              {...props}
              class="input"
              value={category}
              onChange={(event) => setCategory(event.currentTarget.value as typeof category)}
            >
              {CATEGORIES.map((name) => (
                <option key={name} value={name}>{t(`chat.report.${name}` as MessageKey)}</option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("chat.report.reason")} optional>
          {(props) => (
            <textarea
              {...props}
              class="input"
              rows={3}
              maxLength={1000}
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="form-actions form-actions-end">
          <Button onClick={close}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" busy={busy}>{t("chat.report.send")}</Button>
        </div>
      </form>
    </Dialog>
  );
}, () => reporting.value = null);

const HistoryDialog = guarded(function HistoryDialog({ message }: { message: Message }) {
  const history = useResource(
    (signal) => get<{ items: MessageEdit[]; current: Message }>(`/messages/${message.id}/history`, {}, signal),
    [message.id],
  );
  return (
    <Dialog title={t("chat.history.title")} onClose={() => historyOf.value = null} wide>
      {history.error ? <Failure error={history.error} onRetry={history.reload} /> : null}
      {history.data ? null : <Skeleton rows={3} />}
      {history.data
        ? (
          <ol class="plain-list history">
            <li>
              <span class="muted small">{t("chat.history.now")}</span>
              <MessageBody message={history.data.current} />
              <Cards message={history.data.current} />
            </li>
            {[...history.data.items].sort((a, b) => b.version - a.version).map((edit) => (
              <li key={edit.version}>
                <span class="muted small">
                  {t("chat.history.until", { time: longTime(Date.parse(edit.edited_at)) })}
                </span>
                <MessageBody message={{ content: edit.content, mentions: message.mentions }} />
                {edit.cards.map((card, i) => <CardView key={i} card={card} mentions={message.mentions} />)}
              </li>
            ))}
          </ol>
        )
        : null}
    </Dialog>
  );
}, () => historyOf.value = null);

const Lightbox = guarded(function Lightbox() {
  const { files, at } = lightbox.value!;
  const box = useModal();
  const file = files[at]!;
  const close = () => lightbox.value = null;
  const go = (step: number) => lightbox.value = { files, at: (at + step + files.length) % files.length };
  return (
    <dialog
      class="lightbox"
      ref={box}
      aria-label={file.filename}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => {
        if (!(event.target as Element).closest("img,button,a")) close();
      }}
      onKeyDown={(event) => {
        runShortcut("pictures", event, { before: () => go(-1), next: () => go(1) });
      }}
    >
      <header>
        <strong>{file.filename}</strong>
        {files.length > 1 ? <span>{at + 1} / {files.length}</span> : null}
        <a
          class="btn btn-quiet btn-icon"
          href={file.url}
          download={file.filename}
          aria-label={t("chat.download")}
          title={t("chat.download")}
        >
          <Icon name="download" />
        </a>
        <Button kind="quiet" icon="close" label={t("action.close")} onClick={close} />
      </header>
      <img key={file.id} src={file.url} alt={file.filename} />
      {files.length > 1
        ? (
          <>
            <button
              type="button"
              class="lightbox-go lightbox-before"
              aria-label={t("chat.image_before")}
              onClick={() => go(-1)}
            >
              <Icon name="chevron-right" size={32} />
            </button>
            <button
              type="button"
              class="lightbox-go lightbox-next"
              aria-label={t("chat.image_next")}
              onClick={() => go(1)}
            >
              <Icon name="chevron-right" size={32} />
            </button>
          </>
        )
        : null}
    </dialog>
  );
}, () => lightbox.value = null);
