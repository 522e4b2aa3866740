// Outgoing webhooks: which events go where, the secret that signs them, and the log of deliveries.
import { useEffect, useState } from "preact/hooks";
import { Badge, Button, Checkbox, Code, Field, Time } from "../components/basic.tsx";
import { Confirm, Dialog } from "../components/dialog.tsx";
import { useForm } from "../components/form.ts";
import { SecretDialog } from "../components/secret.tsx";
import { Empty, errorText, Failure, Notice } from "../components/states.tsx";
import { type Column, PagedTable } from "../components/table.tsx";
import { post, put, remove } from "../lib/api.ts";
import { t } from "../lib/i18n.ts";
import { language } from "../lib/i18n.ts";
import { TYPE_PATTERN } from "../lib/notify.ts";
import { presets } from "../lib/presets.ts";
import { usePages } from "../lib/resource.ts";
import { toast } from "../lib/toasts.ts";
import type { OutgoingWebhook, WebhookDelivery } from "../lib/types.ts";
import { type CreatingProps, StatusBadge } from "./webhooks.tsx";

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
      const { title, next } = errorText(error);
      toast({ kind: "error", title, text: next });
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
          {hook.events.slice(0, 3).map((event) => <Badge key={event}>{event === "*" ? t("hooks.events.all") : event}</Badge>)}
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
            onChange={(enabled) => attempt(async () => replace(await put<OutgoingWebhook>(`/webhooks/outgoing/${hook.id}`, { enabled })))}
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
      actions: true,
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
          <Button kind="quiet" small icon="edit" label={t("hooks.edit", { name: hook.name })} onClick={() => setEditing(hook)} />
          <Button kind="quiet" small icon="trash" label={t("hooks.delete", { name: hook.name })} onClick={() => setDeleting(hook)} />
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
            <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>{t("hooks.new")}</Button>
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
            <Code text={'X-Pulpo-Signature: sha256=hex(HMAC-SHA256(secret, "<X-Pulpo-Timestamp>.<body>"))'} copy={false} />
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

function OutgoingForm({ hook, onClose, onDone }: { hook?: OutgoingWebhook; onClose: () => void; onDone: (hook: OutgoingWebhook) => void }) {
  const [name, setName] = useState(hook?.name ?? "");
  const [url, setUrl] = useState(hook?.url ?? "");
  const [all, setAll] = useState(hook ? hook.events.includes("*") : true);
  const [events, setEvents] = useState<string[]>(hook?.events.filter((event) => event !== "*") ?? []);
  const [own, setOwn] = useState("");
  const form = useForm(["name", "url", "events"]);
  const known = presets.value.flatMap((preset) => preset.types);
  const custom = events.filter((event) => !known.some((entry) => entry.type === event));
  const toggle = (event: string, on: boolean) => setEvents(on ? [...events, event] : events.filter((other) => other !== event));
  const addOwn = () => {
    if (!events.includes(own.trim())) setEvents([...events, own.trim()]);
    setOwn("");
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fine = form.check({
      name: !name.trim() && t("form.required"),
      url: !/^https?:\/\/.+/.test(url.trim()) && t("hooks.url.bad"),
      events: !all && !events.length && t("hooks.events.none"),
    });
    if (!fine) return;
    const body = { name: name.trim(), url: url.trim(), events: all ? ["*"] : events };
    await form.submit(async () =>
      onDone(
        hook
          ? await put<OutgoingWebhook>(`/webhooks/outgoing/${hook.id}`, body)
          : await post<OutgoingWebhook>("/webhooks/outgoing", body),
      )
    );
  };
  return (
    <Dialog title={hook ? hook.name : t("hooks.new.outgoing")} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <Field label={t("hooks.name")} error={form.fields.name}>
          {(props) => <input {...props} class="input" autoFocus maxLength={80} value={name} onInput={(event) => setName(event.currentTarget.value)} />}
        </Field>
        <Field label={t("hooks.url")} hint={t("hooks.url.hint")} error={form.fields.url}>
          {(props) => (
            <input {...props} class="input" type="url" placeholder="https://example.org/hooks/pulpo" value={url} onInput={(event) => setUrl(event.currentTarget.value)} />
          )}
        </Field>
        <fieldset class="scopes">
          <legend>{t("hooks.events")}</legend>
          <Checkbox checked={all} onChange={setAll}>{t("hooks.events.all")}</Checkbox>
          {all ? null : (
            <>
              <div class="scope-list">
                {known.map((entry) => (
                  <Checkbox key={entry.type} checked={events.includes(entry.type)} onChange={(on) => toggle(entry.type, on)}>
                    <span class="stack">{entry.label[language.value]}<small class="muted">{entry.type}</small></span>
                  </Checkbox>
                ))}
                {custom.map((event) => <Checkbox key={event} checked onChange={() => toggle(event, false)}><code>{event}</code></Checkbox>)}
              </div>
              <div class="inline-form">
                <input
                  class="input mono"
                  value={own}
                  placeholder="deploy_done"
                  aria-label={t("hooks.events.own")}
                  onInput={(event) => setOwn(event.currentTarget.value)}
                  onKeyDown={(event) => {
                    if (event.key !== "Enter") return;
                    event.preventDefault();
                    if (TYPE_PATTERN.test(own.trim())) addOwn();
                  }}
                />
                <Button icon="plus" disabled={!TYPE_PATTERN.test(own.trim())} onClick={addOwn}>{t("action.add")}</Button>
              </div>
            </>
          )}
          {form.fields.events ? <p class="field-hint field-error" role="alert">{form.fields.events}</p> : null}
        </fieldset>
        <div class="form-actions form-actions-end">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" busy={form.busy}>{t(hook ? "action.save" : "action.create")}</Button>
        </div>
      </form>
    </Dialog>
  );
}

function DeliveryLog({ hook, onClose }: { hook: OutgoingWebhook; onClose: () => void }) {
  const [status, setStatus] = useState("");
  const [open, setOpen] = useState<WebhookDelivery | null>(null);
  const pages = usePages<WebhookDelivery>(`/webhooks/outgoing/${hook.id}/deliveries`, { status });
  const [error, setError] = useState<unknown>(null);
  const unfinished = pages.items?.some((item) => item.status === "pending") ?? true;
  // A delivery is a job: look again while one is on its way.
  useEffect(() => {
    if (!unfinished) return;
    const timer = setInterval(pages.reload, 3_000);
    return () => clearInterval(timer);
  }, [unfinished]);
  const resend = async (delivery: WebhookDelivery) => {
    setError(null);
    try {
      await post(`/webhooks/outgoing/deliveries/${delivery.id}/resend`, {});
      pages.reload();
    } catch (problem) {
      setError(problem);
    }
  };
  const tone = { delivered: "good", failed: "bad", pending: "plain" } as const;
  const columns: Column<WebhookDelivery>[] = [
    {
      key: "event",
      label: t("hooks.event"),
      main: true,
      cell: (item) => (
        <span class="stack">
          <code>{item.event}</code>
          <span class="muted small"><Time value={item.created_at} /></span>
        </span>
      ),
    },
    { key: "status", label: t("user.state"), cell: (item) => <Badge tone={tone[item.status]}>{t(`delivery_status.${item.status}`)}</Badge> },
    { key: "answer", label: t("hooks.answer"), cell: (item) => <StatusBadge status={item.response_status ?? (item.attempts ? 0 : null)} /> },
    { key: "attempts", label: t("hooks.attempts"), narrow: true, cell: (item) => item.attempts },
    {
      key: "actions",
      label: t("table.actions"),
      actions: true,
      cell: (item) => <Button small icon="refresh" onClick={() => resend(item)} disabled={item.status === "pending"}>{t("hooks.resend")}</Button>,
    },
  ];
  return (
    <Dialog title={t("hooks.log.title", { name: hook.name })} onClose={onClose} wide>
      <div class="toolbar">
        <select class="input input-small" aria-label={t("user.state")} value={status} onChange={(event) => setStatus(event.currentTarget.value)}>
          <option value="">{t("hooks.log.all")}</option>
          {(["pending", "delivered", "failed"] as const).map((name) => <option key={name} value={name}>{t(`delivery_status.${name}`)}</option>)}
        </select>
        <span class="toolbar-gap" />
        <Button small icon="refresh" busy={pages.loading && !!pages.items} onClick={pages.reload}>{t("action.refresh")}</Button>
      </div>
      {error ? <Failure error={error} /> : null}
      <PagedTable
        pages={pages}
        columns={columns}
        caption={t("hooks.log")}
        onOpen={(item) => setOpen(open?.id === item.id ? null : item)}
        empty={<Empty icon="clock" title={t("hooks.log.empty")} text={t("hooks.log.empty.text")} />}
      />
      {open
        ? (
          <div class="delivery">
            <h3>{t("hooks.delivery", { event: open.event })}</h3>
            {open.error ? <Notice tone="bad">{open.error}</Notice> : null}
            <dl class="details">
              <div><dt>ID</dt><dd><code>{open.id}</code></dd></div>
              <div><dt>{t("hooks.last_attempt")}</dt><dd><Time value={open.last_attempt_at} mode="absolute" /></dd></div>
              <div><dt>{t("hooks.duration")}</dt><dd>{open.duration_ms === null ? "–" : `${open.duration_ms} ms`}</dd></div>
            </dl>
            <h4>{t("hooks.request")}</h4>
            <Code text={pretty(open.request_body)} />
            {open.response_body ? <><h4>{t("hooks.response")}</h4><Code text={open.response_body} /></> : null}
          </div>
        )
        : null}
    </Dialog>
  );
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
