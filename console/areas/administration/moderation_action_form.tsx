// Warn, mute or ban somebody: from a report (person and channel are known) or from the list of actions (find the person).
import { useEffect, useState } from "preact/hooks";
import type { ActionType, ModerationAction, Report } from "../../../protocol/chat/moderation.ts";
import { guarded } from "../../components/guarded.tsx";
import { Button, Checkbox, Field } from "../../components/basic.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { Failure } from "../../components/states.tsx";
import { get, post, put } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { toast } from "../../lib/toasts.ts";
import type { Page, User } from "../../lib/types.ts";
import { channelLabel } from "./moderation_parts.tsx";

const TYPES: readonly ActionType[] = ["warning", "mute", "ban"];
/** Seconds; 0: without end. */
const DURATIONS = [600, 3600, 86_400, 604_800, 2_592_000, 0] as const;

interface Chosen {
  id: string;
  username: string;
}

export const ActionForm = guarded(function ActionForm(
  { report, onResolved, onClose }: { report?: Report; onResolved?: (report: Report) => void; onClose: () => void },
) {
  const author = report?.author.id ? { id: report.author.id, username: report.author.username } : null;
  const [person, setPerson] = useState<Chosen | null>(author);
  const [type, setType] = useState<ActionType>(report ? "warning" : "mute");
  const [here, setHere] = useState(false);
  const [seconds, setSeconds] = useState<number>(3600);
  const [reason, setReason] = useState("");
  const [resolve, setResolve] = useState(report?.status === "pending");
  const form = useForm(["user_id", "action_type", "reason", "duration_seconds"]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fine = form.check({
      user_id: !person && t("mod.person.missing"),
      reason: !reason.trim() && t("mod.reason.missing"),
    });
    if (!fine) return;
    const done = await form.submit(async () => {
      await post<ModerationAction>("/admin/moderation/actions", {
        user_id: person!.id,
        action_type: type,
        reason: reason.trim(),
        ...(type !== "warning" && seconds ? { duration_seconds: seconds } : {}),
        ...(here && report ? { channel_id: report.channel.id } : {}),
        ...(report ? { report_id: report.id } : {}),
      });
      if (report && resolve) onResolved?.(await put<Report>(`/admin/reports/${report.id}`, { status: "resolved" }));
    });
    if (!done) return;
    toast({ kind: "success", title: t("mod.done", { name: `${t(`mod.do.${type}`)} · ${person!.username}` }) });
    onClose();
  };
  return (
    <Dialog title={person ? person.username : t("mod.new_action")} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        {report ? null : <PersonField chosen={person} onChoose={setPerson} error={form.fields.user_id} />}
        <div class="field">
          <span class="field-label" id="mod-action">{t("mod.action")}</span>
          <div class="segmented" role="group" aria-labelledby="mod-action">
            {TYPES.map((name) => (
              <button
                key={name}
                type="button"
                aria-pressed={name === type}
                onClick={() => setType(name)}
              >
                {t(`mod.action.${name}`)}
              </button>
            ))}
          </div>
          <p class="field-hint">{t(`mod.action.${type}.text`)}</p>
        </div>
        {report
          ? (
            <Field label={t("mod.where")}>
              {(props) => (
                <select
                  {...props}
                  class="input"
                  value={here ? "here" : ""}
                  onChange={(event) => setHere(event.currentTarget.value === "here")}
                >
                  <option value="">{t("mod.everywhere")}</option>
                  <option value="here">{t("mod.only_in", { channel: channelLabel(report.channel) })}</option>
                </select>
              )}
            </Field>
          )
          : null}
        {type === "warning" ? null : (
          <Field label={t("mod.duration")} error={form.fields.duration_seconds}>
            {(props) => (
              <select
                {...props}
                class="input"
                value={String(seconds)}
                onChange={(event) => setSeconds(Number(event.currentTarget.value))}
              >
                {DURATIONS.map((value) => <option key={value} value={String(value)}>{t(`mod.for.${value}`)}</option>)}
              </select>
            )}
          </Field>
        )}
        <Field label={t("mod.reason")} hint={t("mod.reason.hint")} error={form.fields.reason}>
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
        {report?.status === "pending"
          ? <Checkbox checked={resolve} onChange={setResolve}>{t("mod.and_resolve")}</Checkbox>
          : null}
        <div class="form-actions form-actions-end">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind={type === "warning" ? "primary" : "danger"} type="submit" busy={form.busy}>
            {t(`mod.do.${type}`)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
});

function PersonField(
  { chosen, onChoose, error }: { chosen: Chosen | null; onChoose: (person: Chosen | null) => void; error?: string },
) {
  const [text, setText] = useState("");
  const [found, setFound] = useState<User[] | null>(null);
  useEffect(() => {
    setFound(null);
    if (!text.trim()) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      get<Page<User>>("/users", { q: text.trim(), limit: 6 }, abort.signal).then(
        (page) => setFound(page.items),
        () => {},
      );
    }, 200);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);
  return (
    <Field label={t("mod.person")} error={error}>
      {(props) => (
        <>
          <input
            {...props}
            class="input"
            autoFocus
            autoComplete="off"
            placeholder={t("mod.person.search")}
            value={chosen ? chosen.username : text}
            onInput={(event) => (onChoose(null), setText(event.currentTarget.value))}
          />
          {!chosen && found?.length
            ? (
              <ul class="mod-people">
                {found.map((person) => (
                  <li key={person.id}>
                    <button type="button" onClick={() => onChoose(person)}>
                      <strong>{person.display_name || person.username}</strong>
                      <span class="muted">{person.username} · {t(`role.${person.role}`)}</span>
                    </button>
                  </li>
                ))}
              </ul>
            )
            : !chosen && found
            ? <p class="muted small">{t("mod.person.none")}</p>
            : null}
        </>
      )}
    </Field>
  );
}
