// Alert rules with how they stand, their editor, and what has fired. The list is saved as a whole, as the server takes it.
import { useState } from "preact/hooks";
import type {
  ALERT_METRICS,
  AlertIncident,
  AlertMetric,
  AlertRule,
  AlertState,
} from "../../../protocol/operation/analytics.ts";
import { guarded } from "../../components/guarded.tsx";
import { Badge, Button, Card, Checkbox, Field, Time } from "../../components/basic.tsx";
import { Confirm, Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { Empty, Failure, Skeleton } from "../../components/states.tsx";
import { type Column, PagedTable } from "../../components/table.tsx";
import { get, put } from "../../lib/api.ts";
import { compact } from "../../lib/format.ts";
import { language, t } from "../../lib/i18n.ts";
import { usePages, useResource } from "../../lib/resource.ts";
import { toast } from "../../lib/toasts.ts";

/** As the server names them; the type keeps the list whole. */
const METRICS: Record<typeof ALERT_METRICS[number], true> = {
  messages_per_minute: true,
  active_users: true,
  connections: true,
  delivery_latency_p95_ms: true,
  connection_errors_per_minute: true,
  reports_pending: true,
  event_loop_lag_ms: true,
  memory_mb: true,
  cpu_percent: true,
};
const NEW_RULE: AlertRule = {
  metric: "delivery_latency_p95_ms",
  direction: "above",
  value: 1000,
  for_minutes: 5,
  enabled: true,
  notify: "admins",
};
const TONES = { ok: "good", pending: "warn", firing: "bad", unknown: "plain" } as const;
const metricName = (metric: AlertMetric) => t(`alerts.metric.${metric}`);

function toRule({ state: _1, last_value: _2, checked_at: _3, ...rule }: AlertState): AlertRule {
  return rule;
}

function inWords(rule: AlertRule): string {
  return t(rule.for_minutes ? "alerts.rule" : "alerts.rule.now", {
    metric: metricName(rule.metric),
    direction: t(`alerts.${rule.direction}`),
    value: rule.value,
    n: rule.for_minutes,
  });
}

export function AlertsTab() {
  const alerts = useResource((signal) => get<{ rules: AlertState[] }>("/admin/alerts", {}, signal), []);
  const [edited, setEdited] = useState<{ index: number; rule: AlertRule } | null>(null);
  const [removed, setRemoved] = useState<number | null>(null);
  if (!alerts.data) {
    return alerts.error ? <Failure error={alerts.error} onRetry={alerts.reload} /> : <Skeleton rows={5} />;
  }
  const { rules } = alerts.data;
  const save = async (next: AlertRule[]) => {
    const saved = await put<{ rules: AlertState[] }>("/admin/alerts", { rules: next });
    alerts.update(() => saved);
    toast({ kind: "success", title: t("alerts.saved") });
  };
  const add = () => setEdited({ index: rules.length, rule: NEW_RULE });
  return (
    <div class="alert-cards">
      <Card
        title={t("alerts.rules")}
        actions={<Button small icon="plus" onClick={add}>{t("alerts.add")}</Button>}
      >
        <p class="card-text muted">{t("alerts.text")}</p>
        {rules.length === 0
          ? <Empty icon="bell" title={t("alerts.empty")} text={t("alerts.empty.text")} />
          : (
            <ul class="alert-list">
              {rules.map((rule, index) => (
                <li key={rule.id}>
                  <Badge tone={rule.enabled ? TONES[rule.state] : "plain"}>
                    {t(rule.enabled ? `alerts.state.${rule.state}` : "alerts.state.off")}
                  </Badge>
                  <span class="stack">
                    <span class="strong">{inWords(rule)}</span>
                    <span class="muted small">
                      {t("alerts.last", {
                        value: rule.last_value === null ? "–" : compact(rule.last_value, language.value),
                      })}
                    </span>
                  </span>
                  <span class="alert-actions">
                    <Button
                      kind="quiet"
                      icon="edit"
                      label={t("alerts.edit")}
                      onClick={() => setEdited({ index, rule: toRule(rule) })}
                    />
                    <Button kind="quiet" icon="trash" label={t("alerts.delete")} onClick={() => setRemoved(index)} />
                  </span>
                </li>
              ))}
            </ul>
          )}
      </Card>
      <History />
      {edited
        ? (
          <RuleEditor
            rule={edited.rule}
            isNew={edited.index === rules.length}
            onClose={() => setEdited(null)}
            onSave={(rule) =>
              save([...rules.slice(0, edited.index).map(toRule), rule, ...rules.slice(edited.index + 1).map(toRule)])}
          />
        )
        : null}
      {removed !== null
        ? (
          <Confirm
            title={t("alerts.delete")}
            text={inWords(rules[removed]!)}
            action={t("alerts.delete")}
            onClose={() => setRemoved(null)}
            onConfirm={() => save(rules.filter((_, i) => i !== removed).map(toRule))}
          />
        )
        : null}
    </div>
  );
}

const RuleEditor = guarded(function RuleEditor(
  { rule, isNew, onClose, onSave }: {
    rule: AlertRule;
    isNew: boolean;
    onClose: () => void;
    onSave: (rule: AlertRule) => Promise<void>;
  },
) {
  const [draft, setDraft] = useState(rule);
  const form = useForm([]);
  const change = (more: Partial<AlertRule>) => setDraft({ ...draft, ...more });
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await form.submit(() => onSave(draft))) onClose();
  };
  const notified = draft.notify === "admins"
    ? t("alerts.notify.admins")
    : t("alerts.notify.some", { n: draft.notify.length });
  return (
    <Dialog title={t(isNew ? "alerts.add" : "alerts.edit")} onClose={onClose}>
      <form class="stack-form" onSubmit={submit}>
        <Field label={t("alerts.metric")}>
          {(props) => (
            <select
              class="input"
              {...props}
              value={draft.metric}
              onChange={(event) => change({ metric: event.currentTarget.value as AlertMetric })}
            >
              {(Object.keys(METRICS) as AlertMetric[]).map((metric) => (
                <option key={metric} value={metric}>{metricName(metric)}</option>
              ))}
            </select>
          )}
        </Field>
        <div class="field-row">
          <Field label={t("alerts.direction")}>
            {(props) => (
              <select
                class="input"
                {...props}
                value={draft.direction}
                onChange={(event) => change({ direction: event.currentTarget.value as AlertRule["direction"] })}
              >
                <option value="above">{t("alerts.above")}</option>
                <option value="below">{t("alerts.below")}</option>
              </select>
            )}
          </Field>
          <Field label={t("alerts.value")}>
            {(props) => (
              <input
                class="input"
                {...props}
                type="number"
                min={0}
                step="any"
                required
                value={draft.value}
                onInput={(event) => change({ value: event.currentTarget.valueAsNumber })}
              />
            )}
          </Field>
          <Field label={t("alerts.for")}>
            {(props) => (
              <input
                class="input"
                {...props}
                type="number"
                min={0}
                max={1440}
                required
                value={draft.for_minutes}
                onInput={(event) => change({ for_minutes: event.currentTarget.valueAsNumber })}
              />
            )}
          </Field>
        </div>
        <Field label={t("alerts.channel")} hint={t("alerts.channel.hint")} optional>
          {(props) => (
            <input
              class="input"
              {...props}
              value={draft.channel ?? ""}
              pattern="[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}"
              autoCapitalize="none"
              spellcheck={false}
              onInput={(event) => change({ channel: event.currentTarget.value || null })}
            />
          )}
        </Field>
        <Field label={t("alerts.webhook")} optional>
          {(props) => (
            <input
              class="input"
              {...props}
              type="url"
              value={draft.webhook ?? ""}
              placeholder="https://"
              onInput={(event) => change({ webhook: event.currentTarget.value || null })}
            />
          )}
        </Field>
        <p class="muted small">{t("alerts.notify")}: {notified}</p>
        <Checkbox kind="switch" checked={draft.enabled} onChange={(enabled) => change({ enabled })}>
          {t("alerts.enabled")}
        </Checkbox>
        {form.error ? <Failure error={form.error} /> : null}
        <div class="form-actions">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" busy={form.busy}>{t("alerts.save")}</Button>
        </div>
      </form>
    </Dialog>
  );
});

function History() {
  const pages = usePages<AlertIncident>("/admin/alerts/history", {});
  const columns: Column<AlertIncident>[] = [
    {
      key: "what",
      label: t("alerts.metric"),
      main: true,
      cell: (i) => `${metricName(i.metric)} ${t(`alerts.${i.direction}`)} ${compact(i.limit, language.value)}`,
    },
    { key: "value", label: t("alerts.reached"), cell: (i) => compact(i.value, language.value) },
    { key: "fired", label: t("alerts.fired"), cell: (i) => <Time value={i.fired_at} mode="absolute" /> },
    {
      key: "resolved",
      label: t("alerts.resolved"),
      cell: (i) =>
        i.resolved_at ? <Time value={i.resolved_at} mode="absolute" /> : <Badge tone="bad">{t("alerts.still")}</Badge>,
    },
  ];
  return (
    <Card title={t("alerts.history")}>
      <PagedTable
        pages={pages}
        columns={columns}
        caption={t("alerts.history")}
        empty={<Empty icon="check" title={t("alerts.history.empty")} />}
      />
    </Card>
  );
}
