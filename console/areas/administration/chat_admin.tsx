// What admins set for the whole chat: when silent channels are archived, link previews, the organisation's own slash commands.
import { useState } from "preact/hooks";
import type { ChatSettings, CustomCommand, CustomCommandCreated } from "../../../protocol/chat/extras.ts";
import type { PreviewSettings } from "../../../protocol/notifications/push.ts";
import { Badge, Button, Card, Checkbox, Code, Field, PageHead, Time } from "../../components/basic.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { SecretDialog } from "../../components/secret.tsx";
import { Empty, Failure, Skeleton, toastError } from "../../components/states.tsx";
import { type Column, PagedTable } from "../../components/table.tsx";
import { get, put, remove } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { usePages, useResource } from "../../lib/resource.ts";
import { toast } from "../../lib/toasts.ts";
import { CommandForm } from "./chat_admin_command.tsx";

const SIGNATURE = 'X-Pulpo-Signature: sha256=hex(HMAC-SHA256(secret, "<X-Pulpo-Timestamp>.<body>"))';

export function ChatAdminPage() {
  const [creating, setCreating] = useState(false);
  return (
    <>
      <PageHead title={t("nav.chat_admin")} text={t("chat_admin.text")}>
        <Button kind="primary" icon="plus" data-new onClick={() => setCreating(true)}>{t("commands.new")}</Button>
      </PageHead>
      <div class="chat-admin">
        <Commands creating={creating} setCreating={setCreating} />
        <ArchiveSettings />
        <Previews />
      </div>
    </>
  );
}

function ArchiveSettings() {
  const loaded = useResource((signal) => get<ChatSettings>("/admin/chat-settings", {}, signal), []);
  return (
    <Card title={t("chat_admin.archive")}>
      <p class="card-text">{t("chat_admin.archive.text")}</p>
      {loaded.data
        ? <ArchiveForm initial={loaded.data} />
        : loaded.error
        ? <Failure error={loaded.error} onRetry={loaded.reload} />
        : <Skeleton rows={2} />}
    </Card>
  );
}

function ArchiveForm({ initial }: { initial: ChatSettings }) {
  const [saved, setSaved] = useState(initial.auto_archive_days);
  const [on, setOn] = useState(initial.auto_archive_days !== null);
  const [days, setDays] = useState(String(initial.auto_archive_days ?? 180));
  const form = useForm(["auto_archive_days"]);
  const number = Number(days);
  const valid = Number.isInteger(number) && number >= 1 && number <= 3650;
  const wanted = on ? number : null;
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!form.check({ auto_archive_days: on && !valid && t("chat_admin.archive.bad") })) return;
    const done = await form.submit(async () => {
      const answer = await put<ChatSettings>("/admin/chat-settings", { auto_archive_days: wanted });
      setSaved(answer.auto_archive_days);
    });
    if (done) toast({ kind: "success", title: t("state.saved") });
  };
  return (
    <form class="form chat-admin-form" onSubmit={save} noValidate>
      {form.error ? <Failure error={form.error} /> : null}
      <Checkbox kind="switch" checked={on} onChange={setOn}>{t("chat_admin.archive.on")}</Checkbox>
      {on
        ? (
          <Field
            label={t("chat_admin.archive.days")}
            hint={t("chat_admin.archive.hint")}
            error={form.fields.auto_archive_days}
          >
            {(props) => (
              <input
                {...props}
                class="input chat-admin-days"
                type="number"
                inputMode="numeric"
                min={1}
                max={3650}
                value={days}
                onInput={(event) => setDays(event.currentTarget.value)}
              />
            )}
          </Field>
        )
        : null}
      <div class="form-actions form-actions-start">
        <Button kind="primary" type="submit" busy={form.busy} disabled={wanted === saved}>{t("action.save")}</Button>
      </div>
    </form>
  );
}

/** The switch is saved at once. */
function Previews() {
  const loaded = useResource((signal) => get<PreviewSettings>("/chat/previews", {}, signal), []);
  const [busy, setBusy] = useState(false);
  const save = async (enabled: boolean) => {
    setBusy(true);
    try {
      const saved = await put<PreviewSettings>("/chat/previews", { enabled });
      loaded.update(() => saved);
      toast({ kind: "success", title: t("state.saved") });
    } catch (error) {
      toastError(error);
      loaded.reload();
    }
    setBusy(false);
  };
  return (
    <Card title={t("chat_admin.previews")}>
      <p class="card-text">{t("chat_admin.previews.text")}</p>
      {loaded.data
        ? (
          <Checkbox kind="switch" checked={loaded.data.enabled} disabled={busy} onChange={save}>
            {t("chat_admin.previews.on")}
          </Checkbox>
        )
        : loaded.error
        ? <Failure error={loaded.error} onRetry={loaded.reload} />
        : <Skeleton rows={1} />}
    </Card>
  );
}

function Commands({ creating, setCreating }: { creating: boolean; setCreating: (on: boolean) => void }) {
  const pages = usePages<CustomCommand>("/admin/commands", {});
  const [fresh, setFresh] = useState<CustomCommandCreated | null>(null);
  const [editing, setEditing] = useState<CustomCommand | null>(null);
  const [deleting, setDeleting] = useState<CustomCommand | null>(null);
  const replace = (command: CustomCommand) =>
    pages.update((items) => items.map((item) => item.id === command.id ? command : item));
  const toggle = async (command: CustomCommand, enabled: boolean) => {
    try {
      replace(await put<CustomCommand>(`/admin/commands/${command.id}`, { enabled }));
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <Card title={t("commands.title")}>
      <p class="card-text">{t("commands.text")}</p>
      <PagedTable
        pages={pages}
        columns={columns(toggle, setEditing, setDeleting)}
        caption={t("commands.title")}
        empty={
          <Empty icon="terminal" title={t("commands.empty")} text={t("commands.empty.text")}>
            <Button icon="plus" onClick={() => setCreating(true)}>{t("commands.new")}</Button>
          </Empty>
        }
      />
      {creating
        ? (
          <CommandForm
            onClose={() => setCreating(false)}
            onDone={(command) => {
              setCreating(false);
              setFresh(command as CustomCommandCreated);
              pages.reload();
            }}
          />
        )
        : null}
      {editing
        ? (
          <CommandForm
            command={editing}
            onClose={() => setEditing(null)}
            onDone={(command) => {
              setEditing(null);
              replace(command);
              toast({ kind: "success", title: t("state.saved") });
            }}
          />
        )
        : null}
      {fresh
        ? (
          <SecretDialog
            title={t("commands.created", { name: `/${fresh.trigger}` })}
            text={t("commands.once")}
            secrets={[
              { label: t("commands.secret"), value: fresh.secret },
              { label: t("commands.token"), value: fresh.token },
            ]}
            onClose={() => setFresh(null)}
          >
            <p class="muted">{t("commands.secret.text")}</p>
            <Code text={SIGNATURE} copy={false} />
          </SecretDialog>
        )
        : null}
      {deleting
        ? (
          <Confirm
            title={t("commands.delete.title", { name: `/${deleting.trigger}` })}
            text={t("commands.delete.text")}
            action={t("action.delete")}
            onClose={() => setDeleting(null)}
            onConfirm={async () => {
              await remove(`/admin/commands/${deleting.id}`);
              pages.update((items) => items.filter((item) => item.id !== deleting.id));
              toast({ kind: "success", title: t("commands.deleted", { name: `/${deleting.trigger}` }) });
            }}
          />
        )
        : null}
    </Card>
  );
}

function columns(
  toggle: (command: CustomCommand, enabled: boolean) => void,
  edit: (command: CustomCommand) => void,
  drop: (command: CustomCommand) => void,
): Column<CustomCommand>[] {
  return [
    {
      key: "name",
      label: t("commands.name"),
      main: true,
      cell: (command) => (
        <span class="stack">
          <strong>
            /{command.trigger} <span class="muted">{command.usage}</span>
          </strong>
          <span class="muted break">{command.description || command.url}</span>
        </span>
      ),
    },
    { key: "used", label: t("commands.last_used"), cell: (command) => <Time value={command.last_used_at} /> },
    { key: "status", label: t("commands.last_status"), cell: (command) => <Status status={command.last_status} /> },
    {
      key: "enabled",
      label: t("commands.enabled"),
      cell: (command) => (
        <Checkbox kind="switch" checked={command.enabled} onChange={(on) => toggle(command, on)}>
          <span class="offscreen">{t("commands.enabled")} /{command.trigger}</span>
        </Checkbox>
      ),
    },
    {
      key: "actions",
      label: t("table.actions"),
      actions: "icons",
      cell: (command) => (
        <>
          <Button
            kind="quiet"
            small
            icon="edit"
            label={t("commands.edit", { name: `/${command.trigger}` })}
            onClick={() => edit(command)}
          />
          <Button
            kind="quiet"
            small
            icon="trash"
            label={t("commands.delete", { name: `/${command.trigger}` })}
            onClick={() => drop(command)}
          />
        </>
      ),
    },
  ];
}

function Status({ status }: { status: number | null }) {
  if (status === null) return <span class="muted">–</span>;
  if (status === 0) return <Badge tone="bad">{t("commands.no_answer")}</Badge>;
  return <Badge tone={status >= 200 && status < 300 ? "good" : "bad"}>{status}</Badge>;
}
