// One report: the message as it was with what stood around it, who said what about it, and what to do.
import { messageText } from "../../../protocol/chat/card_text.ts";
import { useState } from "preact/hooks";
import type { ContextMessage, Report, ReportStatus, UpdateReportInput } from "../../../protocol/chat/moderation.ts";
import { Badge, Button, Field, LinkButton, Time } from "../../components/basic.tsx";
import { Failure, Notice } from "../../components/states.tsx";
import { put } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { user as me } from "../../lib/session.ts";
import { useShortcuts } from "../../lib/shortcuts.ts";
import { toast } from "../../lib/toasts.ts";
import { ActionForm } from "./moderation_action_form.tsx";
import { channelLabel, personLabel, PersonName, ReportBadges } from "./moderation_parts.tsx";

export function ReportDetail({ report, onChanged }: { report: Report; onChanged: (report: Report) => void }) {
  const [note, setNote] = useState(report.note);
  const [busy, setBusy] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [acting, setActing] = useState(false);
  const own = report.author.id === me.value?.id;
  const assignedToMe = report.assigned_to?.id === me.value?.id;
  const open = report.status === "pending";

  const save = async (what: string, body: UpdateReportInput) => {
    if (busy || own) return;
    setBusy(what);
    setError(null);
    try {
      onChanged(await put<Report>(`/admin/reports/${report.id}`, body));
      if (body.status) toast({ kind: "success", title: t(`mod.saved.${body.status}`) });
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(null);
    }
  };
  const decide = (status: ReportStatus) => save(status, note === report.note ? { status } : { status, note });
  const claim = () => save("claim", { assigned_to: assignedToMe ? null : me.value!.id });
  useShortcuts("report", {
    claim: () => open && claim(),
    resolve: () => open && decide("resolved"),
    dismiss: () => open && decide("dismissed"),
    act: () => !own && report.author.id !== null && setActing(true),
  });

  return (
    <article class="mod-report">
      <header class="mod-report-head">
        <div>
          <h2>
            <PersonName person={report.author} size={32} />
          </h2>
          <p class="muted">
            {channelLabel(report.channel)} · <Time value={report.message.created_at} mode="absolute" />
          </p>
        </div>
        <span class="badges">
          <ReportBadges report={report} />
          {open ? null : <Badge tone="good">{t(`mod.one.${report.status}`)}</Badge>}
        </span>
      </header>
      {own ? <Notice tone="warn">{t("mod.own")}</Notice> : null}
      <Conversation report={report} />
      <dl class="details">
        <div>
          <dt>{t("mod.reported_by")}</dt>
          <dd>
            <ul class="mod-reporters">
              {report.reports.map((one) => (
                <li key={one.id}>
                  <span>
                    {one.reporter?.id
                      ? <PersonName person={one.reporter} size={20} />
                      : <strong>{t(one.reporter ? "mod.hidden" : "mod.by_filter")}</strong>}{" "}
                    <Badge>{t(`mod.category.${one.category}`)}</Badge>{" "}
                    <span class="muted">
                      <Time value={one.created_at} />
                    </span>
                  </span>
                  <p class="break">{one.reason}</p>
                </li>
              ))}
            </ul>
            {report.report_count > report.reports.length
              ? <p class="muted">{t("mod.reporters_more", { n: report.report_count - report.reports.length })}</p>
              : null}
          </dd>
        </div>
        <div>
          <dt>{t("mod.counts")}</dt>
          <dd>{t("mod.counts.text", { message: report.reports_on_message, author: report.reports_on_author })}</dd>
        </div>
        <div>
          <dt>{t("mod.assigned")}</dt>
          <dd>{report.assigned_to ? personLabel(report.assigned_to) : t("mod.nobody")}</dd>
        </div>
        {report.reviewed_by
          ? (
            <div>
              <dt>{t("mod.reviewed")}</dt>
              <dd>
                {personLabel(report.reviewed_by)} · <Time value={report.reviewed_at} />
              </dd>
            </div>
          )
          : null}
      </dl>
      {error ? <Failure error={error} /> : null}
      {own ? null : (
        <>
          <Field label={t("mod.note")} optional>
            {(props) => (
              <textarea
                {...props}
                class="input"
                rows={2}
                maxLength={2000}
                value={note}
                onInput={(event) => setNote(event.currentTarget.value)}
                onBlur={() => note !== report.note && save("note", { note })}
              />
            )}
          </Field>
          <div class="mod-buttons">
            {open
              ? (
                <>
                  <Button kind="primary" icon="check" busy={busy === "resolved"} onClick={() => decide("resolved")}>
                    {t("mod.resolve")}
                  </Button>
                  <Button icon="close" busy={busy === "dismissed"} onClick={() => decide("dismissed")}>
                    {t("mod.dismiss")}
                  </Button>
                  <Button icon="user" busy={busy === "claim"} onClick={claim}>
                    {t(assignedToMe ? "mod.unclaim" : "mod.claim")}
                  </Button>
                </>
              )
              : (
                <Button icon="refresh" busy={busy === "pending"} onClick={() => decide("pending")}>
                  {t("mod.reopen")}
                </Button>
              )}
            {report.author.id
              ? <Button kind="danger" icon="shield" onClick={() => setActing(true)}>{t("mod.act")}</Button>
              : null}
            <LinkButton href={`/chat/${report.channel.id}/${report.message.id}`} kind="quiet" icon="chat">
              {t("mod.open_chat")}
            </LinkButton>
          </div>
        </>
      )}
      {acting ? <ActionForm report={report} onResolved={onChanged} onClose={() => setActing(false)} /> : null}
    </article>
  );
}

function Conversation({ report }: { report: Report }) {
  const { message, message_state: state } = report;
  return (
    <div class="mod-talk" role="group" aria-label={t("mod.conversation")}>
      {report.before.map((line) => <Line key={line.id} line={line} />)}
      <div class="mod-line mod-line-reported">
        <PersonName person={message.user} />
        <Time value={message.created_at} />
        {state === "unchanged"
          ? null
          : <Badge tone="warn">{t(state === "edited" ? "mod.edited" : "mod.deleted")}</Badge>}
        <p class="break">{messageText(message)}</p>
        {message.attachments.length
          ? <p class="muted small">{message.attachments.map((file) => file.filename).join(", ")}</p>
          : null}
      </div>
      {report.after.map((line) => <Line key={line.id} line={line} />)}
    </div>
  );
}

function Line({ line }: { line: ContextMessage }) {
  return (
    <div class="mod-line">
      <PersonName person={line.user} />
      <Time value={line.created_at} />
      <p class={line.is_deleted ? "muted" : "break"}>{line.is_deleted ? t("mod.deleted_message") : line.content}</p>
    </div>
  );
}
