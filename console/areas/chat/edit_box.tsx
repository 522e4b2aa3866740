// Editing a message where it stands: Enter saves, Esc leaves it as it was.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { isBlank } from "../../../protocol/texts.ts";
import type { Message } from "../../../protocol/chat/chat.ts";
import { Button } from "../../components/basic.tsx";
import { deleting, editing, editMessage } from "./lib/actions.ts";
import { problemText } from "../../lib/error_text.ts";
import { focusComposer } from "./lib/focus.ts";
import { t } from "../../lib/i18n.ts";
import { runShortcut } from "../../lib/shortcuts.ts";
import { fitHeight } from "./autosize.ts";

export function EditBox({ message }: { message: Message }) {
  const [text, setText] = useState(message.content);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  // Before it is painted: what is written at once stands where the caret is.
  useLayoutEffect(() => {
    const element = field.current!;
    fitHeight(element);
    element.focus();
    element.setSelectionRange(element.value.length, element.value.length);
  }, []);
  const close = () => {
    editing.value = null;
    focusComposer(message.root_id);
  };
  const save = async () => {
    if (busy) return;
    if (text === message.content) return close();
    if (isBlank(text) && !message.attachments.length) {
      deleting.value = message;
      return close();
    }
    setBusy(true);
    try {
      await editMessage(message, text);
      close();
    } catch (problem) {
      setError(problemText(problem));
      setBusy(false);
    }
  };
  return (
    <form
      class="edit-box"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <textarea
        ref={field}
        class="input"
        rows={1}
        value={text}
        aria-label={t("chat.edit")}
        onInput={(event) => {
          setText(event.currentTarget.value);
          fitHeight(event.currentTarget);
        }}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          runShortcut("editing", event, {
            save: () => void save(),
            cancel() {
              event.stopPropagation();
              close();
            },
          });
        }}
      />
      {error ? <p class="bad-text small" role="alert">{error}</p> : null}
      <div class="edit-actions">
        <Button small kind="primary" type="submit" busy={busy}>{t("action.save")}</Button>
        <Button small kind="quiet" onClick={close}>{t("action.cancel")}</Button>
        <span class="muted small only-wide">{t("chat.edit_hint")}</span>
      </div>
    </form>
  );
}
