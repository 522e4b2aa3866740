// The form of an outgoing webhook: new, or an existing one.
import { useState } from "preact/hooks";
import { guarded } from "../../components/guarded.tsx";
import { Button, Checkbox, Field } from "../../components/basic.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { Failure } from "../../components/states.tsx";
import { post, put } from "../../lib/api.ts";
import { language, t } from "../../lib/i18n.ts";
import { TYPE_PATTERN } from "../../lib/notify.ts";
import { presets } from "../../lib/presets.ts";
import type { OutgoingWebhook } from "../../lib/types.ts";

export const OutgoingForm = guarded(function OutgoingForm(
  { hook, onClose, onDone }: { hook?: OutgoingWebhook; onClose: () => void; onDone: (hook: OutgoingWebhook) => void },
) {
  const [name, setName] = useState(hook?.name ?? "");
  const [url, setUrl] = useState(hook?.url ?? "");
  const [all, setAll] = useState(hook ? hook.events.includes("*") : true);
  const [events, setEvents] = useState<string[]>(hook?.events.filter((event) => event !== "*") ?? []);
  const [own, setOwn] = useState("");
  const form = useForm(["name", "url", "events"]);
  const known = presets.value.flatMap((preset) => preset.types);
  const custom = events.filter((event) => !known.some((entry) => entry.type === event));
  const toggle = (event: string, on: boolean) =>
    setEvents(on ? [...events, event] : events.filter((other) => other !== event));
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
        <Field label={t("hooks.url")} hint={t("hooks.url.hint")} error={form.fields.url}>
          {(props) => (
            <input
              {...props}
              class="input"
              type="url"
              placeholder="https://example.org/hooks/pulpo"
              value={url}
              onInput={(event) => setUrl(event.currentTarget.value)}
            />
          )}
        </Field>
        <fieldset class="scopes">
          <legend>{t("hooks.events")}</legend>
          <Checkbox checked={all} onChange={setAll}>{t("hooks.events.all")}</Checkbox>
          {all ? null : (
            <>
              <div class="scope-list">
                {known.map((entry) => (
                  <Checkbox
                    key={entry.type}
                    checked={events.includes(entry.type)}
                    onChange={(on) => toggle(entry.type, on)}
                  >
                    <span class="stack">
                      {entry.label[language.value]}
                      <small class="muted">{entry.type}</small>
                    </span>
                  </Checkbox>
                ))}
                {custom.map((event) => (
                  <Checkbox key={event} checked onChange={() => toggle(event, false)}>
                    <code>{event}</code>
                  </Checkbox>
                ))}
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
                <Button icon="plus" disabled={!TYPE_PATTERN.test(own.trim())} onClick={addOwn}>
                  {t("action.add")}
                </Button>
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
});
