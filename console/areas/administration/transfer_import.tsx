// Importing: choose, upload, check, look at the report, run. A run that is under way is shown again after a reload.
import { useState } from "preact/hooks";
import type { ImportOptions, ImportRun, ImportSource } from "../../../protocol/operation/transfer.ts";
import { Button, Card, Checkbox, Field, Time } from "../../components/basic.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { Empty, Failure, Skeleton } from "../../components/states.tsx";
import { post } from "../../lib/api.ts";
import { sendFile } from "../chat/lib/upload_file.ts";
import { t } from "../../lib/i18n.ts";
import { usePages } from "../../lib/resource.ts";
import { isOpen, phaseText, Report, RunBar, RunState, useRun } from "./transfer_parts.tsx";

const SOURCES: ImportSource[] = ["slack", "mattermost", "pulpo"];
const PATH = "/admin/imports";

export function Imports() {
  const pages = usePages<ImportRun>(PATH, {});
  const [chosen, setChosen] = useState<ImportRun | null>(null);
  /** The upload and options of the last check: what "import now" takes. */
  const [ready, setReady] = useState<{ id: string; body: object } | null>(null);
  const [form, setForm] = useState(false);
  if (pages.error && !pages.items) return <Failure error={pages.error} onRetry={pages.reload} />;
  if (!pages.items) return <Skeleton />;
  const current = chosen ?? (form ? null : pages.items.find(isOpen) ?? null);
  return (
    <>
      {current
        ? (
          <Current
            key={current.id}
            first={current}
            start={ready?.id === current.id ? ready.body : null}
            onStarted={(run) => {
              setReady(null);
              setChosen(run);
              pages.reload();
            }}
            onEnd={pages.reload}
            onClose={() => {
              setChosen(null);
              setForm(true);
            }}
          />
        )
        : (
          <NewImport
            onStarted={(run, body) => {
              setReady({ id: run.id, body });
              setChosen(run);
              pages.reload();
            }}
          />
        )}
      <Card title={t("transfer.history")}>
        {pages.items.length === 0 ? <Empty icon="download" title={t("transfer.none")} /> : null}
        {pages.items.map((run) => (
          <div class="transfer-row" key={run.id}>
            <span class="stack">
              <strong>{t(`transfer.source.${run.source}`)}</strong>
              <span class="muted">
                <Time value={run.created_at} /> · {run.created_by}
                {run.dry_run ? ` · ${t("transfer.dry_run")}` : ""}
              </span>
              {run.error ? <span class="bad-text break">{run.error}</span> : null}
            </span>
            <RunState status={run.status} />
            {run.report ? <Button small onClick={() => setChosen(run)}>{t("transfer.report")}</Button> : null}
          </div>
        ))}
        {pages.hasMore ? <Button onClick={pages.more} busy={pages.loading}>{t("action.more")}</Button> : null}
      </Card>
    </>
  );
}

function Current(
  { first, start, onStarted, onEnd, onClose }: {
    first: ImportRun;
    start: object | null;
    onStarted: (run: ImportRun) => void;
    onEnd: () => void;
    onClose: () => void;
  },
) {
  const run = useRun<ImportRun>(PATH, first, onEnd);
  const [asking, setAsking] = useState<"run" | "cancel" | null>(null);
  const open = isOpen(run);
  return (
    <Card
      title={run.dry_run ? t("transfer.report.check") : t(`transfer.source.${run.source}`)}
      actions={<RunState status={run.status} />}
    >
      {open ? <RunBar label={phaseText(run)} done={run.done} total={run.total} /> : null}
      {run.error ? <p class="bad-text break" role="alert">{run.error}</p> : null}
      {run.report && !open ? <Report report={run.report} check={run.dry_run} /> : null}
      <div class="transfer-actions">
        {open ? <Button icon="close" onClick={() => setAsking("cancel")}>{t("transfer.stop")}</Button> : null}
        {!open && run.dry_run && run.status === "done" && start
          ? <Button kind="primary" icon="download" onClick={() => setAsking("run")}>{t("transfer.run")}</Button>
          : null}
        {open ? null : <Button onClick={onClose}>{t("transfer.again")}</Button>}
      </div>
      {asking === "run"
        ? (
          <Confirm
            title={t("transfer.run.title")}
            text={t("transfer.run.text", { n: run.report?.counts.messages ?? 0 })}
            action={t("transfer.run")}
            onClose={() => setAsking(null)}
            onConfirm={async () => onStarted(await post<ImportRun>(PATH, { ...start, dry_run: false }))}
          />
        )
        : null}
      {asking === "cancel"
        ? (
          <Confirm
            title={t("transfer.cancel.title")}
            text={t("transfer.cancel.text")}
            action={t("transfer.stop")}
            onClose={() => setAsking(null)}
            onConfirm={() => post(`${PATH}/${run.id}/cancel`, {})}
          />
        )
        : null}
    </Card>
  );
}

function NewImport({ onStarted }: { onStarted: (run: ImportRun, body: object) => void }) {
  const form = useForm(["source", "file"]);
  const [source, setSource] = useState<ImportSource>("slack");
  const [file, setFile] = useState<File | null>(null);
  const [sent, setSent] = useState<number | null>(null);
  const [uploadId, setUploadId] = useState<string | null>(null);
  const [skip, setSkip] = useState("");
  const [chosen, setChosen] = useState({
    private: true,
    direct: true,
    files: true,
    join_leave: false,
    inactive: false,
  });
  const choice = (name: keyof typeof chosen, text: string) => (
    <Checkbox
      checked={chosen[name]}
      onChange={(on) => setChosen({ ...chosen, [name]: on })}
    >
      {text}
    </Checkbox>
  );
  const send = async () => {
    if (!form.check({ file: !file && t("transfer.file.missing") })) return;
    await form.submit(async () => {
      setSent(0);
      try {
        const media = await sendFile(file!, {
          uploadId,
          signal: new AbortController().signal,
          onStart: setUploadId,
          onProgress: setSent,
        });
        const options: Partial<ImportOptions> = {
          new_people: chosen.inactive ? "inactive" : "active",
          include_private: chosen.private,
          include_direct: chosen.direct,
          join_leave: chosen.join_leave,
          files: chosen.files ? "download" : "link",
          skip_channels: skip.split(",").map((s) => s.trim()).filter(Boolean),
        };
        const body = { source, media_id: media.id, options };
        onStarted(await post<ImportRun>(PATH, { ...body, dry_run: true }), body);
      } finally {
        setSent(null);
      }
    });
  };
  return (
    <Card title={t("transfer.new")}>
      <p class="card-text">{t("transfer.check.text")}</p>
      <form
        class="transfer-form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Field label={t("transfer.source")}>
          {(props) => (
            <select
              class="input"
              {...props}
              value={source}
              onChange={(e) => setSource(e.currentTarget.value as ImportSource)}
            >
              {SOURCES.map((name) => <option key={name} value={name}>{t(`transfer.source.${name}`)}</option>)}
            </select>
          )}
        </Field>
        <Field label={t("transfer.file")} hint={t("transfer.file.hint")} error={form.fields.file}>
          {(props) => (
            <input
              {...props}
              type="file"
              accept=".zip,.jsonl"
              onChange={(e) => {
                setFile(e.currentTarget.files?.[0] ?? null);
                setUploadId(null);
              }}
            />
          )}
        </Field>
        <fieldset class="transfer-options">
          {choice("private", t("transfer.option.private"))}
          {choice("direct", t("transfer.option.direct"))}
          {choice("files", t("transfer.option.files"))}
          {choice("join_leave", t("transfer.option.join_leave"))}
          {choice("inactive", t("transfer.option.inactive"))}
        </fieldset>
        <Field label={t("transfer.skip")} hint={t("transfer.skip.hint")} optional>
          {(props) => <input {...props} class="input" value={skip} onInput={(e) => setSkip(e.currentTarget.value)} />}
        </Field>
        {sent === null ? null : <RunBar label={t("transfer.uploading")} done={sent} total={1} />}
        {form.error ? <Failure error={form.error} /> : null}
        <div class="transfer-actions">
          <Button type="submit" kind="primary" icon="search" busy={form.busy}>{t("transfer.check")}</Button>
        </div>
      </form>
    </Card>
  );
}
