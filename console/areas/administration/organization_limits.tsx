// How long people stay signed in, which parts are in use, and maintenance: cards of the page of the organisation.
import { useState } from "preact/hooks";
import type { Organization } from "../../../protocol/accounts/accounts.ts";
import type { FeatureName } from "../../../protocol/operation/feature_names.ts";
import { Button, Card, Checkbox, Field } from "../../components/basic.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { Failure, Notice } from "../../components/states.tsx";
import { put } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { can, loadSession } from "../../lib/session.ts";
import { toast } from "../../lib/toasts.ts";

interface CardProps {
  organization: Organization;
  onSaved: (organization: Organization) => void;
}

const MAX_DAYS = 365, MAX_HOURS = 168;
/** undefined: not a number that may stand there. */
function limitOf(text: string, max: number): number | null | undefined {
  if (text.trim() === "") return null;
  const number = Number(text);
  return Number.isInteger(number) && number >= 1 && number <= max ? number : undefined;
}

export function SessionLimits({ organization, onSaved }: CardProps) {
  const { max_days, idle_hours } = organization.settings!.sessions;
  const [days, setDays] = useState(String(max_days ?? "")), [hours, setHours] = useState(String(idle_hours ?? ""));
  const form = useForm(["max_days", "idle_hours"]);
  const changed = days !== String(max_days ?? "") || hours !== String(idle_hours ?? "");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const sessions = { max_days: limitOf(days, MAX_DAYS), idle_hours: limitOf(hours, MAX_HOURS) };
    const fine = form.check({
      max_days: sessions.max_days === undefined && t("limits.range", { max: MAX_DAYS }),
      idle_hours: sessions.idle_hours === undefined && t("limits.range", { max: MAX_HOURS }),
    });
    if (!fine) return;
    const done = await form.submit(async () => onSaved(await put("/organization", { settings: { sessions } })));
    if (done) toast({ kind: "success", title: t("state.saved") });
  };
  const field = (label: string, hint: string, name: string, value: string, set: (text: string) => void) => (
    <Field label={label} hint={hint} error={form.fields[name]}>
      {(props) => (
        <input
          {...props}
          class="input"
          inputMode="numeric"
          value={value}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )}
    </Field>
  );
  return (
    <Card title={t("limits.title")}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        {field(t("limits.max_days"), t("limits.max_days.hint"), "max_days", days, setDays)}
        {field(t("limits.idle_hours"), t("limits.idle_hours.hint"), "idle_hours", hours, setHours)}
        <p class="muted small">{t("limits.note")}</p>
        <div class="form-actions">
          <Button kind="primary" type="submit" busy={form.busy} disabled={!changed}>{t("action.save")}</Button>
        </div>
      </form>
    </Card>
  );
}

export function FeatureSwitches({ organization, onSaved }: CardProps) {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState<FeatureName | null>(null);
  const { features } = organization.settings!;
  const save = async (name: FeatureName, on: boolean) => {
    onSaved(await put("/organization", { settings: { features: { ...features, [name]: on } } }));
    await loadSession(); // the navigation follows the rights
  };
  const switchOn = async (name: FeatureName) => {
    setError(null);
    setBusy(true);
    try {
      await save(name, true);
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card title={t("features.title")}>
      <div class="stack-form">
        <p class="muted">{t("features.text")}</p>
        {(Object.keys(features) as FeatureName[]).map((name) => (
          <Checkbox
            key={name}
            kind="switch"
            checked={features[name]}
            disabled={busy}
            onChange={(on) => on ? switchOn(name) : setAsking(name)}
          >
            {t(`features.${name}`)}
          </Checkbox>
        ))}
        {error ? <Failure error={error} /> : null}
      </div>
      {asking
        ? (
          <Confirm
            title={t("features.off.title", { part: t(`features.${asking}`) })}
            text={t("features.off.text")}
            action={t("features.off.do")}
            onClose={() => setAsking(null)}
            onConfirm={() => save(asking, false)}
          />
        )
        : null}
    </Card>
  );
}

export function MaintenanceCard({ organization, onSaved }: CardProps) {
  const { on, text } = organization.settings!.maintenance;
  const [words, setWords] = useState(text);
  const [asking, setAsking] = useState(false);
  const form = useForm(["text"]);
  if (!can("organization.close")) return null;
  const save = async (maintenance: { on: boolean; text: string }) =>
    onSaved(await put<Organization>("/organization", { settings: { maintenance } }));
  return (
    <Card title={t("maintenance.title")}>
      <div class="form">
        {on ? <Notice tone="warn">{t("maintenance.is_on")}</Notice> : <p class="muted">{t("maintenance.text")}</p>}
        {form.error ? <Failure error={form.error} /> : null}
        <Field label={t("maintenance.words")} hint={t("maintenance.words.hint")} error={form.fields.text} optional>
          {(props) => (
            <input
              {...props}
              class="input"
              maxLength={500}
              value={words}
              onInput={(event) => setWords(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="form-actions">
          {on
            ? (
              <>
                <Button
                  busy={form.busy}
                  disabled={words === text}
                  onClick={() => form.submit(() => save({ on, text: words }))}
                >
                  {t("action.save")}
                </Button>
                <Button
                  kind="primary"
                  busy={form.busy}
                  onClick={() => form.submit(() => save({ on: false, text: words }))}
                >
                  {t("maintenance.end")}
                </Button>
              </>
            )
            : <Button kind="danger" onClick={() => setAsking(true)}>{t("maintenance.start")}</Button>}
        </div>
      </div>
      {asking
        ? (
          <Confirm
            title={t("maintenance.confirm")}
            text={t("maintenance.confirm.text")}
            action={t("maintenance.start")}
            onClose={() => setAsking(false)}
            onConfirm={() => save({ on: true, text: words })}
          />
        )
        : null}
    </Card>
  );
}
