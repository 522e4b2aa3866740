// The person's own data: an archive of everything, and the end of the account.
import { useEffect, useState } from "preact/hooks";
import type { PersonalExport } from "../../../protocol/accounts/personal_data.ts";
import { Button, Card, LinkButton, Time } from "../../components/basic.tsx";
import { useConfirmed } from "../../components/confirmed.tsx";
import { Confirm, Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { guarded } from "../../components/guarded.tsx";
import { PasswordField } from "../../components/password_field.tsx";
import { Failure, Skeleton, toastError } from "../../components/states.tsx";
import { address, call, get, post, remove } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { useResource } from "../../lib/resource.ts";
import { sessionGone, user } from "../../lib/session.ts";
import { toast } from "../../lib/toasts.ts";
import type { Page, User } from "../../lib/types.ts";
import { bytes, isOpen, RunBar, RunState } from "../administration/transfer_parts.tsx";

const PATH = "/auth/me/export";
const ASK_MS = 1500;

export function OwnData() {
  const exports = useResource((signal) => get<Page<PersonalExport>>(PATH, {}, signal), []);
  const [starting, setStarting] = useState(false);
  const items = exports.data?.items ?? [];
  const open = items.some(isOpen);
  useEffect(() => {
    if (!open) return;
    const timer = setInterval(async () => {
      const now = await get<Page<PersonalExport>>(PATH).catch(() => undefined); // the next one tells
      if (now) exports.update(() => now);
    }, ASK_MS);
    return () => clearInterval(timer);
  }, [open]);
  const start = async () => {
    setStarting(true);
    try {
      const run = await post<PersonalExport>(PATH);
      exports.update((old) => ({ ...old, items: [run, ...old.items] }));
    } catch (error) {
      toastError(error);
    } finally {
      setStarting(false);
    }
  };
  return (
    <Card title={t("data.title")} class="devices-card">
      <p class="muted">{t("data.text")}</p>
      {exports.error ? <Failure error={exports.error} onRetry={exports.reload} /> : null}
      {items.map((run) => <Archive key={run.id} run={run} onChange={exports.reload} />)}
      <div class="form-actions form-actions-start">
        <Button icon="download" busy={starting} disabled={open || !exports.data} onClick={start}>
          {t("data.start")}
        </Button>
      </div>
    </Card>
  );
}

function Archive({ run, onChange }: { run: PersonalExport; onChange: () => void }) {
  const [asking, setAsking] = useState(false);
  const there = run.status === "done" && run.expires_at !== null;
  return (
    <div class="transfer-row">
      <span class="stack">
        <strong>
          <Time value={run.created_at} mode="absolute" />
        </strong>
        {there
          ? (
            <span class="muted">
              {bytes(run.size ?? 0)} · {t("data.until")} <Time value={run.expires_at} mode="absolute" />
            </span>
          )
          : null}
        {run.error ? <span class="bad-text break">{run.error}</span> : null}
        {isOpen(run) ? <RunBar label={t("data.preparing")} done={run.done} total={run.total} /> : null}
      </span>
      {run.status === "done" && !there ? <span class="muted">{t("data.gone")}</span> : null}
      {run.status === "failed" || run.status === "cancelled" ? <RunState status={run.status} /> : null}
      {there
        ? (
          <>
            <LinkButton href={address(`${PATH}/${run.id}/download`)} icon="download" small download="">
              {t("data.download")}
            </LinkButton>
            <Button kind="quiet" small icon="trash" label={t("action.delete")} onClick={() => setAsking(true)} />
          </>
        )
        : null}
      {asking
        ? (
          <Confirm
            title={t("data.remove.title")}
            text={t("data.remove.text")}
            action={t("action.delete")}
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

export function DeleteAccount({ hasPassword }: { hasPassword: boolean }) {
  const [asking, setAsking] = useState(false);
  return (
    <Card title={t("account.delete")} class="devices-card">
      <p class="muted">{t("account.delete.card")}</p>
      <div class="form-actions form-actions-start">
        <Button kind="danger" icon="trash" onClick={() => setAsking(true)}>{t("account.delete")}</Button>
      </div>
      {asking ? <DeleteDialog hasPassword={hasPassword} onClose={() => setAsking(false)} /> : null}
    </Card>
  );
}

/** An owner hears before anything is asked that nobody else is one. */
const DeleteDialog = guarded(function DeleteDialog(props: { hasPassword: boolean; onClose: () => void }) {
  const me = user.value!, owner = me.role === "owner";
  const owners = useResource(
    (signal) => owner ? get<Page<User>>("/users", { role: "owner", limit: 100 }, signal) : Promise.resolve(null),
    [owner],
  );
  const last = owner && owners.data?.items.every(({ id, is_active }) => id === me.id || !is_active);
  if (!last && !(owner && owners.loading)) return <DeleteForm {...props} />;
  return (
    <Dialog
      title={t("account.delete.title")}
      onClose={props.onClose}
      footer={<Button onClick={props.onClose}>{t("action.close")}</Button>}
    >
      {last
        ? (
          <>
            <p>{t("account.delete.last_owner")}</p>
            <p>
              <a href="/users">{t("nav.users")}</a>
            </p>
          </>
        )
        : <Skeleton rows={3} />}
    </Dialog>
  );
});

const DeleteForm = guarded(
  function DeleteForm({ hasPassword, onClose }: { hasPassword: boolean; onClose: () => void }) {
    const [password, setPassword] = useState("");
    const form = useForm(["password"]);
    const { run, dialog } = useConfirmed();
    const submit = async (event: SubmitEvent) => {
      event.preventDefault();
      if (!form.check({ password: hasPassword && !password && t("form.required") })) return;
      const body = hasPassword ? { password } : {};
      const done = await form.submit(() => run(() => call("DELETE", "/auth/me", { body, renew: false })));
      if (!done) return;
      sessionGone();
      toast({ kind: "success", title: t("account.deleted") });
    };
    return (
      <Dialog title={t("account.delete.title")} onClose={onClose}>
        <form class="form" onSubmit={submit} noValidate>
          <p>{t("account.delete.text")}</p>
          {form.error ? <Failure error={form.error} /> : null}
          {hasPassword
            ? (
              <PasswordField
                label={t("account.delete.password")}
                value={password}
                onInput={setPassword}
                error={form.fields.password}
              />
            )
            : null}
          <div class="form-actions form-actions-end">
            <Button onClick={onClose}>{t("action.cancel")}</Button>
            <Button kind="danger" type="submit" busy={form.busy}>{t("account.delete")}</Button>
          </div>
        </form>
        {dialog}
      </Dialog>
    );
  },
);
