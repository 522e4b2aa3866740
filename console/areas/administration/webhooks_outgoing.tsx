// Outgoing webhooks: which events go where, the secret that signs them, and the log of deliveries.
import { useState } from "preact/hooks";
import { Badge, Button, Checkbox, Code } from "../../components/basic.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { SecretDialog } from "../../components/secret.tsx";
import { Empty, toastError } from "../../components/states.tsx";
import { type Column, PagedTable } from "../../components/table.tsx";
import { post, put, remove } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { usePages } from "../../lib/resource.ts";
import { toast } from "../../lib/toasts.ts";
import type { OutgoingWebhook } from "../../lib/types.ts";
import { OutgoingForm } from "./webhook_form.tsx";
import { DeliveryLog, StatusBadge } from "./webhook_log.tsx";
import type { CreatingProps } from "./webhooks.tsx";

const SIGNATURE = 'X-Pulpo-Signature: sha256=hex(HMAC-SHA256(secret, "<X-Pulpo-Timestamp>.<body>"))';

export function Outgoing({ creating, setCreating }: CreatingProps) {
  const pages = usePages<OutgoingWebhook>("/webhooks/outgoing", {});
  const [fresh, setFresh] = useState<OutgoingWebhook | null>(null);
  const [editing, setEditing] = useState<OutgoingWebhook | null>(null);
  const [deleting, setDeleting] = useState<OutgoingWebhook | null>(null);
  const [log, setLog] = useState<OutgoingWebhook | null>(null);
  const replace = (hook: OutgoingWebhook) =>
    pages.update((items) => items.map((item) => item.id === hook.id ? { ...item, ...hook } : item));
  const attempt = async (action: () => Promise<unknown>) => {
    try {
      await action();
    } catch (error) {
      toastError(error);
    }
  };
  const columns: Column<OutgoingWebhook>[] = [
    {
      key: "name",
      label: t("hooks.name"),
      main: true,
      cell: (hook) => (
        <span class="stack">
          <strong>{hook.name}</strong>
          <span class="muted break">{hook.url}</span>
        </span>
      ),
    },
    {
      key: "events",
      label: t("hooks.events"),
      cell: (hook) => (
        <span class="badges">
          {hook.events.slice(0, 3).map((event) => (
            <Badge key={event}>{event === "*" ? t("hooks.events.all") : event}</Badge>
          ))}
          {hook.events.length > 3 ? <Badge>+{hook.events.length - 3}</Badge> : null}
        </span>
      ),
    },
    { key: "status", label: t("hooks.last_status"), cell: (hook) => <StatusBadge status={hook.last_status} /> },
    {
      key: "enabled",
      label: t("hooks.enabled"),
      cell: (hook) => (
        <span class="stack" onClick={(event) => event.stopPropagation()}>
          <Checkbox
            kind="switch"
            checked={hook.enabled}
            onChange={(enabled) =>
              attempt(async () => replace(await put<OutgoingWebhook>(`/webhooks/outgoing/${hook.id}`, { enabled })))}
          >
            <span class="offscreen">{t("hooks.enabled")} {hook.name}</span>
          </Checkbox>
          {hook.disabled_reason ? <small class="bad-text">{hook.disabled_reason}</small> : null}
        </span>
      ),
    },
    {
      key: "actions",
      label: t("table.actions"),
      actions: "buttons",
      cell: (hook) => (
        <>
          <Button
            small
            icon="send"
            onClick={() =>
              attempt(async () => {
                await post(`/webhooks/outgoing/${hook.id}/test`, {});
                toast({ kind: "info", title: t("hooks.test.sent"), text: t("hooks.test.text") });
                setLog(hook);
              })}
          >
            {t("hooks.test")}
          </Button>
          <Button small icon="clock" onClick={() => setLog(hook)}>{t("hooks.log")}</Button>
          <Button
            kind="quiet"
            small
            icon="edit"
            label={t("hooks.edit", { name: hook.name })}
            onClick={() => setEditing(hook)}
          />
          <Button
            kind="quiet"
            small
            icon="trash"
            label={t("hooks.delete", { name: hook.name })}
            onClick={() => setDeleting(hook)}
          />
        </>
      ),
    },
  ];
  return (
    <section class="card">
      <p class="card-text">{t("hooks.outgoing.text")}</p>
      <PagedTable
        pages={pages}
        columns={columns}
        caption={t("hooks.outgoing")}
        empty={
          <Empty icon="external" title={t("hooks.outgoing.empty")} text={t("hooks.outgoing.empty.text")}>
            <Button icon="plus" onClick={() => setCreating(true)}>{t("hooks.new")}</Button>
          </Empty>
        }
      />
      {creating
        ? (
          <OutgoingForm
            onClose={() => setCreating(false)}
            onDone={(hook) => {
              setCreating(false);
              setFresh(hook);
              pages.reload();
            }}
          />
        )
        : null}
      {editing
        ? (
          <OutgoingForm
            hook={editing}
            onClose={() => setEditing(null)}
            onDone={(hook) => {
              setEditing(null);
              replace(hook);
              toast({ kind: "success", title: t("state.saved") });
            }}
          />
        )
        : null}
      {fresh
        ? (
          <SecretDialog
            title={t("hooks.created", { name: fresh.name })}
            text={t("hooks.secret.once")}
            secrets={[{ label: t("hooks.secret"), value: fresh.secret ?? "" }]}
            onClose={() => setFresh(null)}
          >
            <p class="muted">{t("hooks.secret.text")}</p>
            <Code
              text={SIGNATURE}
              copy={false}
            />
          </SecretDialog>
        )
        : null}
      {deleting
        ? (
          <Confirm
            title={t("hooks.delete.title", { name: deleting.name })}
            text={t("hooks.outgoing.delete.text")}
            action={t("action.delete")}
            onClose={() => setDeleting(null)}
            onConfirm={async () => {
              await remove(`/webhooks/outgoing/${deleting.id}`);
              pages.update((items) => items.filter((item) => item.id !== deleting.id));
              toast({ kind: "success", title: t("hooks.deleted", { name: deleting.name }) });
            }}
          />
        )
        : null}
      {log ? <DeliveryLog hook={log} onClose={() => (setLog(null), pages.reload())} /> : null}
    </section>
  );
}
