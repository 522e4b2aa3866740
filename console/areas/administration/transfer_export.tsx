// Exporting: start, watch, download, remove.
import { useState } from "preact/hooks";
import type { ExportRun } from "../../../protocol/operation/transfer.ts";
import { Button, Card, Checkbox, LinkButton, Time } from "../../components/basic.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { Empty, Failure, Skeleton } from "../../components/states.tsx";
import { address, post, remove } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { usePages } from "../../lib/resource.ts";
import { bytes, isOpen, phaseText, RunBar, RunState, useRun } from "./transfer_parts.tsx";

const PATH = "/admin/exports";

export function Exports() {
  const pages = usePages<ExportRun>(PATH, {});
  const form = useForm([]);
  const [chosen, setChosen] = useState({ include_files: true, include_private: false, include_direct: false });
  const choice = (name: keyof typeof chosen, text: string) => (
    <Checkbox
      checked={chosen[name]}
      onChange={(on) => setChosen({ ...chosen, [name]: on })}
    >
      {text}
    </Checkbox>
  );
  const running = pages.items?.some(isOpen) ?? false;
  return (
    <>
      <Card title={t("transfer.export.new")}>
        <p class="card-text">{t("transfer.export.text")}</p>
        <form
          class="transfer-form"
          onSubmit={(event) => {
            event.preventDefault();
            void form.submit(async () => {
              await post(PATH, chosen);
              pages.reload();
            });
          }}
        >
          <fieldset class="transfer-options">
            {choice("include_files", t("transfer.option.files"))}
            {choice("include_private", t("transfer.option.private"))}
            {choice("include_direct", t("transfer.option.direct"))}
          </fieldset>
          {form.error ? <Failure error={form.error} /> : null}
          <div class="transfer-actions">
            <Button type="submit" kind="primary" icon="download" busy={form.busy} disabled={running}>
              {t("transfer.export.start")}
            </Button>
          </div>
        </form>
      </Card>
      <Card title={t("transfer.export.list")}>
        {pages.error && !pages.items ? <Failure error={pages.error} onRetry={pages.reload} /> : null}
        {!pages.items && !pages.error ? <Skeleton /> : null}
        {pages.items?.length === 0 ? <Empty icon="archive" title={t("transfer.export.none")} /> : null}
        {pages.items?.map((run) => <Row key={`${run.id} ${run.status}`} first={run} onChange={pages.reload} />)}
        {pages.hasMore ? <Button onClick={pages.more} busy={pages.loading}>{t("action.more")}</Button> : null}
      </Card>
    </>
  );
}

function Row({ first, onChange }: { first: ExportRun; onChange: () => void }) {
  const run = useRun<ExportRun>(PATH, first, onChange);
  const [asking, setAsking] = useState(false);
  const there = run.status === "done" && run.expires_at !== null;
  return (
    <div class="transfer-row">
      <span class="stack">
        <strong>
          <Time value={run.created_at} mode="absolute" />
        </strong>
        <span class="muted">
          {run.created_by}
          {run.size ? ` · ${bytes(run.size)}` : ""}
          {there
            ? (
              <>
                {" · "}
                {t("transfer.export.until")} <Time value={run.expires_at} mode="absolute" />
              </>
            )
            : null}
        </span>
        {run.error ? <span class="bad-text break">{run.error}</span> : null}
        {isOpen(run) ? <RunBar label={phaseText(run)} done={run.done} total={run.total} /> : null}
      </span>
      {there || run.status !== "done"
        ? <RunState status={run.status} />
        : <span class="muted">{t("transfer.export.gone")}</span>}
      {there
        ? (
          <LinkButton href={address(`${PATH}/${run.id}/download`)} icon="download" small download="">
            {t("transfer.export.download")}
          </LinkButton>
        )
        : null}
      {there || isOpen(run)
        ? (
          <Button
            kind="quiet"
            small
            icon={there ? "trash" : "close"}
            label={there ? t("action.delete") : t("transfer.stop")}
            onClick={() => setAsking(true)}
          />
        )
        : null}
      {asking
        ? (
          <Confirm
            title={there ? t("transfer.export.delete.title") : t("transfer.cancel.title")}
            text={there ? t("transfer.export.delete.text") : ""}
            action={there ? t("action.delete") : t("transfer.stop")}
            onClose={() => setAsking(false)}
            onConfirm={async () => {
              await remove(`${PATH}/${run.id}`);
              onChange();
            }}
          />
        )
        : null}
    </div>
  );
}
