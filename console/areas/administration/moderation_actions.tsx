// What moderators and the filter did about people; what still holds can be lifted.
import { useEffect, useState } from "preact/hooks";
import { channels } from "../../../protocol/wire/channels.ts";
import type { ActionType, ModerationAction } from "../../../protocol/chat/moderation.ts";
import type { ModerationEvents } from "../../../protocol/pushes/moderation.ts";
import { guarded } from "../../components/guarded.tsx";
import { Badge, Button, Field, Time } from "../../components/basic.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { Empty, Failure } from "../../components/states.tsx";
import { type Column, PagedTable } from "../../components/table.tsx";
import { call } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { listen } from "../../lib/live/readers.ts";
import { usePages } from "../../lib/resource.ts";
import { route, setQuery } from "../../lib/router.ts";
import { toast } from "../../lib/toasts.ts";
import { personLabel, PersonName } from "./moderation_parts.tsx";

const TYPES: readonly ActionType[] = ["warning", "mute", "ban"];
const TONE = { warning: "warn", mute: "change", ban: "bad" } as const;

export function ActionsTab() {
  const query = route.value.query;
  const active = query.get("active") ?? "", type = query.get("type") ?? "";
  const pages = usePages<ModerationAction>("/admin/moderation/actions", { active, action_type: type });
  const [lifting, setLifting] = useState<ModerationAction | null>(null);
  const put = (action: ModerationAction) =>
    pages.update((items) => items.map((item) => item.id === action.id ? action : item));
  useEffect(() =>
    listen(channels.moderation(), {
      onPush: (push) => {
        if (push.type === "action_created") pages.reload();
        else if (push.type === "action_lifted") put((push.data as ModerationEvents["action_lifted"]).action);
      },
      onLost: pages.reload,
    }), []);
  const columns: Column<ModerationAction>[] = [
    { key: "person", label: t("mod.person"), main: true, cell: (action) => <PersonName person={action.user} /> },
    {
      key: "type",
      label: t("mod.action"),
      cell: (action) => <Badge tone={TONE[action.action_type]}>{t(`mod.action.${action.action_type}`)}</Badge>,
    },
    {
      key: "where",
      label: t("mod.where"),
      cell: (action) =>
        action.channel_id ? (action.channel_name ? `#${action.channel_name}` : t("mod.channel")) : t("mod.everywhere"),
    },
    { key: "reason", label: t("mod.reason"), cell: (action) => <span class="mod-reason">{action.reason}</span> },
    {
      key: "by",
      label: t("mod.moderator"),
      cell: (action) => action.moderator.id ? personLabel(action.moderator) : t("mod.by_filter"),
    },
    { key: "when", label: t("mod.when"), cell: (action) => <Time value={action.created_at} /> },
    { key: "state", label: t("mod.status"), cell: (action) => <State action={action} /> },
    {
      key: "actions",
      label: t("table.actions"),
      actions: "buttons",
      cell: (action) =>
        action.is_active ? <Button small onClick={() => setLifting(action)}>{t("mod.lift")}</Button> : null,
    },
  ];
  return (
    <section class="card">
      <div class="toolbar">
        <select
          class="input"
          aria-label={t("mod.status")}
          value={active}
          onChange={(event) => setQuery({ active: event.currentTarget.value || null })}
        >
          <option value="">{t("mod.all_states")}</option>
          <option value="true">{t("mod.active")}</option>
          <option value="false">{t("mod.over")}</option>
        </select>
        <select
          class="input"
          aria-label={t("mod.action")}
          value={type}
          onChange={(event) => setQuery({ type: event.currentTarget.value || null })}
        >
          <option value="">{t("mod.all_actions")}</option>
          {TYPES.map((name) => <option key={name} value={name}>{t(`mod.action.${name}`)}</option>)}
        </select>
      </div>
      <PagedTable
        pages={pages}
        columns={columns}
        caption={t("mod.actions")}
        empty={<Empty icon="shield" title={t("mod.actions.empty")} text={t("mod.actions.empty.text")} />}
      />
      {lifting ? <LiftForm action={lifting} onDone={put} onClose={() => setLifting(null)} /> : null}
    </section>
  );
}

function State({ action }: { action: ModerationAction }) {
  if (action.revoked_at) return <Badge>{t("mod.lifted")}</Badge>;
  if (action.action_type === "warning") return <span class="muted">–</span>;
  if (!action.is_active) return <Badge>{t("mod.over")}</Badge>;
  return (
    <span class="mod-until">
      <Badge tone="good">{t("mod.active")}</Badge>
      <span class="muted small">
        {action.expires_at ? <Time value={action.expires_at} mode="absolute" /> : t("mod.no_end")}
      </span>
    </span>
  );
}

const LiftForm = guarded(function LiftForm(
  { action, onDone, onClose }: {
    action: ModerationAction;
    onDone: (action: ModerationAction) => void;
    onClose: () => void;
  },
) {
  const [reason, setReason] = useState("");
  const form = useForm(["reason"]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const done = await form.submit(async () => {
      const query = { reason: reason.trim() };
      onDone(await call<ModerationAction>("DELETE", `/admin/moderation/actions/${action.id}`, { query }));
    });
    if (!done) return;
    toast({ kind: "success", title: t("mod.lifted") });
    onClose();
  };
  return (
    <Dialog title={t("mod.lift.title", { name: personLabel(action.user) })} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <p>{t("mod.lift.text")}</p>
        <Field label={t("mod.reason")} optional error={form.fields.reason}>
          {(props) => (
            <input
              {...props}
              class="input"
              autoFocus
              maxLength={1000}
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="form-actions form-actions-end">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" busy={form.busy}>{t("mod.lift")}</Button>
        </div>
      </form>
    </Dialog>
  );
});
