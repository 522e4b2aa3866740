// Webhooks: addresses that others post to (as Slack has them), and addresses that events are posted to.
import { useState } from "preact/hooks";
import { channels } from "../../../protocol/wire/channels.ts";
import type { Channel } from "../../../protocol/chat/chat.ts";
import { guarded } from "../../components/guarded.tsx";
import { Button, Field, PageHead, Tabs, Time } from "../../components/basic.tsx";
import { Code } from "../../components/basic.tsx";
import { Confirm, Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { SecretDialog } from "../../components/secret.tsx";
import { Empty, Failure } from "../../components/states.tsx";
import { type Column, PagedTable } from "../../components/table.tsx";
import { get, post, remove } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { notifyChannel } from "../../lib/notify.ts";
import { usePages, useResource } from "../../lib/resource.ts";
import { route } from "../../lib/router.ts";
import { toast } from "../../lib/toasts.ts";
import type { IncomingWebhook, Page } from "../../lib/types.ts";
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
  const names = useChatNames(pages.items?.some((hook) => hook.channel.startsWith(channels.chat(""))) ?? false);
  const columns: Column<IncomingWebhook>[] = [
    { key: "name", label: t("hooks.name"), main: true, cell: (hook) => <strong>{hook.name}</strong> },
    {
      key: "channel",
      label: t("send.channel"),
      cell: (hook) => names.get(hook.channel) ?? <code>{hook.channel}</code>,
    },
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
            <Button icon="plus" onClick={() => setCreating(true)}>{t("hooks.new")}</Button>
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
            secrets={[
              { label: t("hooks.address"), value: fresh.url ?? "" },
              ...(fresh.action_url ? [{ label: t("hooks.action_secret"), value: fresh.secret ?? "" }] : []),
            ]}
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

const NewIncoming = guarded(
  function NewIncoming({ onClose, onCreated }: { onClose: () => void; onCreated: (hook: IncomingWebhook) => void }) {
    const [name, setName] = useState("");
    const [to, setTo] = useState<"all" | "channel" | "chat">("all");
    const [channel, setChannel] = useState("");
    const [chat, setChat] = useState("");
    const [actionUrl, setActionUrl] = useState("");
    const form = useForm(["name", "channel", "action_url"]);
    const target = to === "all"
      ? undefined
      : to === "channel"
      ? notifyChannel(channel)
      : chat
      ? channels.chat(chat)
      : null;
    const submit = async (event: SubmitEvent) => {
      event.preventDefault();
      const fine = form.check({
        name: !name.trim() && t("form.required"),
        channel: target === null && t(to === "chat" ? "form.required" : "send.channel.bad"),
        action_url: to === "chat" && actionUrl.trim() !== "" && !/^https?:\/\/.+/.test(actionUrl.trim()) &&
          t("hooks.url.bad"),
      });
      if (!fine) return;
      await form.submit(async () => {
        const body = {
          name: name.trim(),
          channel: target,
          action_url: to === "chat" ? actionUrl.trim() || null : null,
        };
        onCreated(await post<IncomingWebhook>("/webhooks/incoming", body));
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
                value={to}
                onChange={(event) => setTo(event.currentTarget.value as typeof to)}
              >
                <option value="all">{t("send.to.broadcast")}</option>
                <option value="channel">{t("send.to.channel")}</option>
                <option value="chat">{t("hooks.to.chat")}</option>
              </select>
            )}
          </Field>
          {to === "chat" ? <ChatChannelField value={chat} error={form.fields.channel} onChange={setChat} /> : null}
          {to !== "chat"
            ? null
            : (
              <Field label={t("hooks.action_url")} hint={t("hooks.action_url.hint")} error={form.fields.action_url}>
                {(props) => (
                  <input
                    {...props}
                    class="input"
                    type="url"
                    placeholder="https://example.org/hooks/actions"
                    value={actionUrl}
                    onInput={(event) => setActionUrl(event.currentTarget.value)}
                  />
                )}
              </Field>
            )}
          {to !== "channel" ? null : (
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
  },
);

/** `channel:<id>` → `#name`, of the channels that the caller knows. */
function useChatNames(wanted: boolean): ReadonlyMap<string, string> {
  const loaded = useResource(
    (signal) =>
      wanted
        ? get<Page<Channel>>("/channels", { limit: 200 }, signal)
        : Promise.resolve({ items: [], next_cursor: null }),
    [wanted],
  );
  return new Map((loaded.data?.items ?? []).map((channel) => [channels.chat(channel.id), `#${channel.name}`]));
}

/** The chat channels in which the caller may write. */
function ChatChannelField(
  { value, error, onChange }: { value: string; error?: string; onChange: (id: string) => void },
) {
  const loaded = useResource(
    (signal) => get<Page<Channel>>("/channels", { member: true, limit: 200 }, signal),
    [],
  );
  if (loaded.error) return <Failure error={loaded.error} onRetry={loaded.reload} />;
  const open = loaded.data?.items.filter((channel) =>
    channel.type !== "direct" && (channel.rights.includes("post") || channel.rights.includes("manage"))
  );
  return (
    <Field label={t("hooks.chat_channel")} hint={t("hooks.chat_channel.hint")} error={error}>
      {(props) => (
        <select
          {...props}
          class="input"
          value={value}
          disabled={!open}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          <option value="">{open ? t("hooks.chat_channel.choose") : t("state.loading")}</option>
          {open?.map((channel) => <option key={channel.id} value={channel.id}>#{channel.name}</option>)}
        </select>
      )}
    </Field>
  );
}
