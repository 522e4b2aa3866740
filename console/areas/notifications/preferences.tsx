// How notifications reach the person: per type, quiet hours, and the browser's own notifications.
import { useState } from "preact/hooks";
import { Button, Card, Checkbox, Field } from "../../components/basic.tsx";
import { useForm } from "../../components/form.ts";
import { Failure, Notice, Skeleton } from "../../components/states.tsx";
import { get, put } from "../../lib/api.ts";
import { humanType } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { desktopEnabled, setDesktop } from "../../lib/announce.ts";
import { TYPE_PATTERN } from "../../lib/notify.ts";
import { presets, typeLabel } from "../../lib/presets.ts";
import { useResource } from "../../lib/resource.ts";
import { toast } from "../../lib/toasts.ts";
import { DELIVERIES, type Delivery, type Preferences } from "../../lib/types.ts";

export function PreferencesForm() {
  const loaded = useResource((signal) => get<Preferences>("/notifications/preferences", {}, signal), []);
  if (!loaded.data) {
    return loaded.error ? <Failure error={loaded.error} onRetry={loaded.reload} /> : <Skeleton rows={5} tall />;
  }
  return <Editor initial={loaded.data} />;
}

function timezones(): string[] {
  return Intl.supportedValuesOf?.("timeZone") ?? [];
}

function Editor({ initial }: { initial: Preferences }) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [values, setValues] = useState<Preferences>(() => ({
    ...initial,
    // Before anyone chose hours, the person's own zone is the better start than the server's.
    quiet_hours: initial.quiet_hours.enabled || initial.quiet_hours.timezone !== "UTC"
      ? initial.quiet_hours
      : { ...initial.quiet_hours, timezone: here },
  }));
  const [saved, setSaved] = useState(() => JSON.stringify(values));
  const [added, setAdded] = useState("");
  const form = useForm(["default", "quiet_hours"]);
  const quiet = values.quiet_hours;
  const changed = JSON.stringify(values) !== saved;
  const setQuiet = (change: Partial<Preferences["quiet_hours"]>) =>
    setValues({ ...values, quiet_hours: { ...quiet, ...change } });
  const setType = (type: string, delivery: Delivery | "") => {
    const types = { ...values.types };
    if (delivery) types[type] = delivery;
    else delete types[type];
    setValues({ ...values, types });
  };
  const known = presets.value.flatMap((preset) => preset.types.map((entry) => entry.type));
  const rest = known.filter((type) => !(type in values.types));

  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!form.check({ quiet_hours: quiet.enabled && quiet.start === quiet.end && t("prefs.quiet.same") })) return;
    const done = await form.submit(async () => {
      const answer = await put<Preferences>("/notifications/preferences", values);
      setValues(answer);
      setSaved(JSON.stringify(answer));
    });
    if (done) toast({ kind: "success", title: t("state.saved") });
  };

  return (
    <form class="prefs" onSubmit={save} noValidate>
      <Card title={t("prefs.delivery")}>
        <Field label={t("prefs.default")} hint={t("prefs.default.hint")} error={form.fields.default}>
          {(props) => (
            <select
              {...props}
              class="input"
              value={values.default}
              onChange={(event) => setValues({ ...values, default: event.currentTarget.value as Delivery })}
            >
              {DELIVERIES.map((way) => <option key={way} value={way}>{t(`delivery.${way}`)}</option>)}
            </select>
          )}
        </Field>
        <div class="prefs-types" role="group" aria-label={t("prefs.types")}>
          <h3>{t("prefs.types")}</h3>
          {Object.keys(values.types).length === 0 ? <p class="muted">{t("prefs.types.none")}</p> : null}
          {Object.entries(values.types).map(([type, way]) => (
            <div class="prefs-type" key={type}>
              <span>
                {typeLabel(type) ?? humanType(type)} <code class="muted">{type}</code>
              </span>
              <select
                class="input input-small"
                aria-label={typeLabel(type) ?? type}
                value={way}
                onChange={(event) => setType(type, event.currentTarget.value as Delivery)}
              >
                {DELIVERIES.map((choice) => <option key={choice} value={choice}>{t(`delivery.${choice}`)}</option>)}
              </select>
              <Button
                kind="quiet"
                small
                icon="close"
                label={t("prefs.types.remove", { type })}
                onClick={() => setType(type, "")}
              />
            </div>
          ))}
          <div class="inline-form">
            <input
              class="input mono"
              list="prefs-types"
              value={added}
              placeholder="reserva_creada"
              aria-label={t("prefs.types.add")}
              autoCapitalize="none"
              spellcheck={false}
              onInput={(event) => setAdded(event.currentTarget.value)}
            />
            <datalist id="prefs-types">
              {rest.map((type) => <option key={type} value={type}>{typeLabel(type)}</option>)}
            </datalist>
            <Button
              icon="plus"
              disabled={!TYPE_PATTERN.test(added.trim())}
              onClick={() => {
                setType(added.trim(), "none");
                setAdded("");
              }}
            >
              {t("action.add")}
            </Button>
          </div>
        </div>
      </Card>
      <Card title={t("prefs.quiet")}>
        <Checkbox kind="switch" checked={quiet.enabled} onChange={(enabled) => setQuiet({ enabled })}>
          {t("prefs.quiet.on")}
        </Checkbox>
        <p class="muted small">{t("prefs.quiet.text")}</p>
        <div class="field-row">
          <Field label={t("prefs.quiet.start")}>
            {(props) => (
              <input
                {...props}
                class="input"
                type="time"
                required
                value={quiet.start}
                disabled={!quiet.enabled}
                onInput={(event) => setQuiet({ start: event.currentTarget.value })}
              />
            )}
          </Field>
          <Field label={t("prefs.quiet.end")}>
            {(props) => (
              <input
                {...props}
                class="input"
                type="time"
                required
                value={quiet.end}
                disabled={!quiet.enabled}
                onInput={(event) => setQuiet({ end: event.currentTarget.value })}
              />
            )}
          </Field>
          <Field label={t("prefs.quiet.zone")}>
            {(props) => (
              <select
                {...props}
                class="input"
                value={quiet.timezone}
                disabled={!quiet.enabled}
                onChange={(event) => setQuiet({ timezone: event.currentTarget.value })}
              >
                {[...new Set([quiet.timezone, here, "UTC", ...timezones()])].map((zone) => (
                  <option key={zone} value={zone}>{zone}</option>
                ))}
              </select>
            )}
          </Field>
        </div>
        {form.fields.quiet_hours ? <p class="field-hint field-error" role="alert">{form.fields.quiet_hours}</p> : null}
      </Card>
      <DesktopCard />
      {form.error ? <Failure error={form.error} /> : null}
      <div class="form-actions">
        <Button kind="primary" type="submit" busy={form.busy} disabled={!changed}>{t("action.save")}</Button>
        {changed ? <span class="muted">{t("prefs.unsaved")}</span> : null}
      </div>
    </form>
  );
}

/** Asked for by the person only: a browser that is asked by the page itself soon says no for ever. */
function DesktopCard() {
  const [on, setOn] = useState(desktopEnabled());
  const supported = "Notification" in globalThis && globalThis.isSecureContext;
  const blocked = supported && Notification.permission === "denied";
  return (
    <Card title={t("desktop.title")}>
      <Checkbox
        kind="switch"
        checked={on}
        disabled={!supported || blocked}
        onChange={async (wanted) => setOn(await setDesktop(wanted))}
      >
        {t("desktop.on")}
      </Checkbox>
      <p class="muted small">{t("desktop.text")}</p>
      {!supported ? <Notice tone="warn">{t("desktop.unsupported")}</Notice> : null}
      {blocked ? <Notice tone="warn">{t("desktop.blocked")}</Notice> : null}
    </Card>
  );
}
