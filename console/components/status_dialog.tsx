// Setting one's own status: shown as, a text, until when.
import { useState } from "preact/hooks";
import { post } from "../lib/api.ts";
import { t } from "../lib/i18n.ts";
import { statusOpen } from "../lib/presence.ts";
import { updateUser, user } from "../lib/session.ts";
import { toast } from "../lib/toasts.ts";
import type { User } from "../lib/types.ts";
import { Button, Field } from "./basic.tsx";
import { Dialog } from "./dialog.tsx";
import { useForm } from "./form.ts";
import { guarded } from "./guarded.tsx";
import { Failure } from "./states.tsx";

const close = () => statusOpen.value = false;

const STATUSES = ["online", "away", "busy", "offline"] as const;
const ENDS = ["never", "30", "60", "240", "today", "week", "at"] as const;
type End = typeof ENDS[number];

const SUGGESTIONS = [
  { text: "status.meeting", status: "busy", end: "60" },
  { text: "status.lunch", status: "away", end: "60" },
  { text: "status.focus", status: "busy", end: "240" },
  { text: "status.holiday", status: "away", end: "week" },
] as const;

/** The moment in local time, as <input type="datetime-local"> takes it. */
function localInput(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function endOf(end: End, chosen: string): Date | null {
  const now = new Date();
  switch (end) {
    case "never":
      return null;
    case "at":
      return new Date(chosen);
    case "today":
      return new Date(now.getFullYear(), now.getMonth(), now.getDate(), 23, 59, 59);
    case "week": // ends with Sunday
      return new Date(now.getFullYear(), now.getMonth(), now.getDate() + (7 - now.getDay()) % 7, 23, 59, 59);
    default:
      return new Date(now.getTime() + Number(end) * 60_000);
  }
}

export const StatusDialog = guarded(function StatusDialog() {
  const me = user.value!;
  const [status, setStatus] = useState<User["status"]>(me.status);
  const [text, setText] = useState(me.status_text ?? "");
  const [end, setEnd] = useState<End>(me.status_until ? "at" : "never");
  const [at, setAt] = useState(
    localInput(me.status_until ? new Date(me.status_until) : new Date(Date.now() + 3_600_000)),
  );
  const form = useForm(["status", "text", "until"]);
  const send = async (body: { status: User["status"]; text: string | null; until: string | null }) => {
    const done = await form.submit(async () => updateUser(await post<User>(`/users/${me.id}/status`, body)));
    if (!done) return;
    toast({ kind: "success", title: t("status.saved") });
    close();
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const until = endOf(end, at);
    const wrong = until && !(until.getTime() > Date.now() && until.getTime() < Date.now() + 365 * 86_400_000);
    if (form.check({ until: wrong ? t("status.ends.past") : null })) {
      void send({ status, text: text.trim() || null, until: until?.toISOString() ?? null });
    }
  };
  return (
    <Dialog title={t("status.title")} onClose={close}>
      <form class="form status-form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <Field label={t("status.text")} hint={t("status.text.hint")} error={form.fields.text}>
          {(props) => (
            <input
              {...props}
              class="input"
              autoFocus
              maxLength={140}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="chips" role="group" aria-label={t("status.suggestions")}>
          {SUGGESTIONS.map((entry) => (
            <button
              key={entry.text}
              type="button"
              class="chip"
              aria-pressed={text === t(entry.text)}
              onClick={() => {
                setText(t(entry.text));
                setStatus(entry.status);
                setEnd(entry.end);
              }}
            >
              {t(entry.text)}
            </button>
          ))}
        </div>
        <fieldset class="field status-choice">
          <legend>{t("status.shown")}</legend>
          <div class="status-options">
            {STATUSES.map((value) => (
              <label key={value} class="status-option">
                <input
                  type="radio"
                  name="status"
                  value={value}
                  checked={status === value}
                  onChange={() => setStatus(value)}
                />
                <span class={`pdot pdot-${value}`} />
                <span>{t(`presence.${value}`)}</span>
              </label>
            ))}
          </div>
          {status === "offline" ? <p class="field-hint">{t("status.hidden")}</p> : null}
        </fieldset>
        <div class="form-row">
          <Field label={t("status.ends")} error={end === "at" ? null : form.fields.until}>
            {(props) => (
              <select
                {...props}
                class="input"
                value={end}
                onChange={(event) => setEnd(event.currentTarget.value as End)}
              >
                {ENDS.map((value) => <option key={value} value={value}>{t(`status.ends.${value}`)}</option>)}
              </select>
            )}
          </Field>
          {end === "at"
            ? (
              <Field label={t("status.ends.when")} error={form.fields.until}>
                {(props) => (
                  <input
                    {...props}
                    class="input"
                    type="datetime-local"
                    value={at}
                    min={localInput(new Date())}
                    onInput={(event) => setAt(event.currentTarget.value)}
                  />
                )}
              </Field>
            )
            : null}
        </div>
        <div class="form-actions form-actions-end">
          {me.status !== "online" || me.status_text
            ? (
              <Button kind="quiet" onClick={() => send({ status: "online", text: null, until: null })}>
                {t("status.clear")}
              </Button>
            )
            : null}
          <Button onClick={close}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" busy={form.busy}>{t("action.save")}</Button>
        </div>
      </form>
    </Dialog>
  );
}, close);
