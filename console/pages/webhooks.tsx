// Webhooks: addresses that others post to (as Slack has them), and addresses that events are posted to.
import { useState } from "preact/hooks";
import { Button, Field, PageHead, Tabs, Time } from "../components/basic.tsx";
import { Code } from "../components/basic.tsx";
import { Confirm, Dialog } from "../components/dialog.tsx";
import { useForm } from "../components/form.ts";
import { SecretDialog } from "../components/secret.tsx";
import { Empty, Failure } from "../components/states.tsx";
import { type Column, PagedTable } from "../components/table.tsx";
import { post, remove } from "../lib/api.ts";
import { t } from "../lib/i18n.ts";
import { notifyChannel } from "../lib/notify.ts";
import { usePages } from "../lib/resource.ts";
import { route } from "../lib/router.ts";
import { toast } from "../lib/toasts.ts";
import type { IncomingWebhook } from "../lib/types.ts";
import { Outgoing } from "./webhooks_outgoing.tsx";

export function WebhooksPage() {
  const tab = route.value.query.get("tab") === "outgoing" ? "outgoing" : "incoming";
  const [creating, setCreating] = useState(false);
  return (
    <>
      <PageHead title={t("nav.webhooks")} text={t("hooks.text")}>
        <Button kind="primary" icon="plus" data-new onClick={() => setCreating(true)}>{t("hooks.new")}</Button>
      </PageHead>
      <Tabs
        tabs={[{ id: "incoming", label: t("hooks.incoming") }, { id: "outgoing", label: t("hooks.outgoing") }]}
        current={tab}
        href={(id) => id === "incoming" ? "/webhooks" : `/webhooks?tab=${id}`}
      />
      {tab === "incoming"
        ? <Incoming key="incoming" creating={creating} setCreating={setCreating} />
        : <Outgoing key="outgoing" creating={creating} setCreating={setCreating} />}
    </>
  );
}

export interface CreatingProps {
  creating: boolean;
  setCreating: (on: boolean) => void;
}

function Incoming({ creating, setCreating }: CreatingProps) {
  const pages = usePages<IncomingWebhook>("/webhooks/incoming", {});
  const [fresh, setFresh] = useState<IncomingWebhook | null>(null);
  const [deleting, setDeleting] = useState<IncomingWebhook | null>(null);
  const columns: Column<IncomingWebhook>[] = [
    { key: "name", label: t("hooks.name"), main: true, cell: (hook) => <strong>{hook.name}</strong> },
    { key: "channel", label: t("send.channel"), cell: (hook) => <code>{hook.channel}</code> },
    { key: "used", label: t("hooks.last_used"), cell: (hook) => <Time value={hook.last_used_at} /> },
    { key: "created", label: t("user.created"), cell: (hook) => <Time value={hook.created_at} /> },
    {
      key: "actions",
      label: t("table.actions"),
      actions: "icons",
      cell: (hook) => (
        <Button
          kind="quiet"
          small
          icon="trash"
          label={t("hooks.delete", { name: hook.name })}
          onClick={() => setDeleting(hook)}
        />
      ),
    },
  ];
  return (
    <section class="card">
      <p class="card-text">{t("hooks.incoming.text")}</p>
      <PagedTable
        pages={pages}
        columns={columns}
        caption={t("hooks.incoming")}
        empty={
          <Empty icon="link" title={t("hooks.incoming.empty")} text={t("hooks.incoming.empty.text")}>
            <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>{t("hooks.new")}</Button>
          </Empty>
        }
      />
      {creating
        ? (
          <NewIncoming
            onClose={() => setCreating(false)}
            onCreated={(hook) => {
              setCreating(false);
              setFresh(hook);
              pages.reload();
            }}
          />
        )
        : null}
      {fresh
        ? (
          <SecretDialog
            title={t("hooks.created", { name: fresh.name })}
            text={t("hooks.incoming.once")}
            secrets={[{ label: t("hooks.address"), value: fresh.url ?? "" }]}
            onClose={() => setFresh(null)}
          >
            <h3>{t("tokens.try_curl")}</h3>
            <Code
              text={`curl -X POST ${fresh.url} \\\n  -H "Content-Type: application/json" \\\n  -d '{"text":"${
                t("send.default_message")
              }"}'`}
            />
          </SecretDialog>
        )
        : null}
      {deleting
        ? (
          <Confirm
            title={t("hooks.delete.title", { name: deleting.name })}
            text={t("hooks.incoming.delete.text")}
            action={t("action.delete")}
            onClose={() => setDeleting(null)}
            onConfirm={async () => {
              await remove(`/webhooks/incoming/${deleting.id}`);
              pages.update((items) => items.filter((item) => item.id !== deleting.id));
              toast({ kind: "success", title: t("hooks.deleted", { name: deleting.name }) });
            }}
          />
        )
        : null}
    </section>
  );
}

function NewIncoming({ onClose, onCreated }: { onClose: () => void; onCreated: (hook: IncomingWebhook) => void }) {
  const [name, setName] = useState("");
  const [everyone, setEveryone] = useState(true);
  const [channel, setChannel] = useState("");
  const form = useForm(["name", "channel"]);
  const target = everyone ? undefined : notifyChannel(channel);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fine = form.check({
      name: !name.trim() && t("form.required"),
      channel: target === null && t("send.channel.bad"),
    });
    if (!fine) return;
    await form.submit(async () => {
      onCreated(await post<IncomingWebhook>("/webhooks/incoming", { name: name.trim(), channel: target }));
    });
  };
  return (
    <Dialog title={t("hooks.new.incoming")} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <Field label={t("hooks.name")} hint={t("hooks.name.hint")} error={form.fields.name}>
          {(props) => (
            <input
              {...props}
              class="input"
              autoFocus
              maxLength={80}
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={t("send.to")}>
          {(props) => (
            <select
              {...props}
              class="input"
              value={everyone ? "all" : "channel"}
              onChange={(event) => setEveryone(event.currentTarget.value === "all")}
            >
              <option value="all">{t("send.to.broadcast")}</option>
              <option value="channel">{t("send.to.channel")}</option>
            </select>
          )}
        </Field>
        {everyone ? null : (
          <Field label={t("send.channel")} error={form.fields.channel}>
            {(props) => (
              <div class="input-prefix">
                <span aria-hidden="true">notify:</span>
                <input
                  {...props}
                  class="input"
                  value={channel}
                  placeholder={t("live.channel.placeholder")}
                  onInput={(event) => setChannel(event.currentTarget.value)}
                />
              </div>
            )}
          </Field>
        )}
        <div class="form-actions form-actions-end">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" busy={form.busy}>{t("action.create")}</Button>
        </div>
      </form>
    </Dialog>
  );
}
