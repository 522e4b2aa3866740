// Handing the organisation over: for its owner alone.
import { useState } from "preact/hooks";
import { Button, Card } from "../../components/basic.tsx";
import { useConfirmed } from "../../components/confirmed.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { guarded } from "../../components/guarded.tsx";
import { Failure } from "../../components/states.tsx";
import { post } from "../../lib/api.ts";
import { loadDirectory, personName } from "../chat/lib/people.ts";
import { t } from "../../lib/i18n.ts";
import { loadSession, user } from "../../lib/session.ts";
import { toast } from "../../lib/toasts.ts";
import { PeoplePicker } from "../chat/people_picker.tsx";

export function OwnerCard() {
  const [picking, setPicking] = useState(false);
  const [heir, setHeir] = useState<string | null>(null);
  if (user.value?.role !== "owner") return null;
  const open = () => {
    loadDirectory().catch(() => {});
    setPicking(true);
  };
  return (
    <Card title={t("transfer_owner.title")} class="owner-card">
      <p class="muted">{t("transfer_owner.text")}</p>
      <div class="form-actions">
        <Button icon="user" onClick={open}>{t("transfer_owner.choose")}</Button>
      </div>
      {picking
        ? (
          <PeoplePicker
            title={t("transfer_owner.choose")}
            action={t("transfer_owner.choose")}
            max={1}
            insiders
            onClose={() => setPicking(false)}
            onDone={([id]) => Promise.resolve(setHeir(id!))}
          />
        )
        : null}
      {heir ? <HandOver heir={heir} onClose={() => setHeir(null)} /> : null}
    </Card>
  );
}

const HandOver = guarded(function HandOver({ heir, onClose }: { heir: string; onClose: () => void }) {
  const form = useForm([]);
  const { run, dialog } = useConfirmed();
  const name = personName(heir);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!await form.submit(() => run(() => post("/organization/transfer", { user_id: heir })))) return;
    toast({ kind: "success", title: t("transfer_owner.done", { name }) });
    onClose();
    // The role, and with it what may be done and gone to.
    await loadSession();
  };
  return (
    <Dialog title={t("transfer_owner.action", { name })} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        <p>{t("transfer_owner.text")}</p>
        {form.error ? <Failure error={form.error} /> : null}
        <div class="form-actions form-actions-end">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="danger" type="submit" busy={form.busy}>{t("transfer_owner.action", { name })}</Button>
        </div>
      </form>
      {dialog}
    </Dialog>
  );
});
