// The form of a custom slash command: new, or an existing one.
import { useState } from "preact/hooks";
import type { CustomCommand } from "../../../protocol/chat/extras.ts";
import { guarded } from "../../components/guarded.tsx";
import { Button, Field } from "../../components/basic.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { Failure } from "../../components/states.tsx";
import { post, put } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";

const TRIGGER = /^[a-z][a-z0-9_-]{0,31}$/;

export const CommandForm = guarded(function CommandForm(
  { command, onClose, onDone }: {
    command?: CustomCommand;
    onClose: () => void;
    onDone: (command: CustomCommand) => void;
  },
) {
  const [trigger, setTrigger] = useState(command?.trigger ?? "");
  const [url, setUrl] = useState(command?.url ?? "");
  const [description, setDescription] = useState(command?.description ?? "");
  const [usage, setUsage] = useState(command?.usage ?? "");
  const [format, setFormat] = useState<"form" | "json">(command?.format ?? "form");
  const form = useForm(["trigger", "url", "description", "usage"]);
  const name = trigger.trim().toLowerCase().replace(/^\//, "");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fine = form.check({
      trigger: !TRIGGER.test(name) && t("commands.name.bad"),
      url: !/^https?:\/\/.+/.test(url.trim()) && t("hooks.url.bad"),
    });
    if (!fine) return;
    const body = { trigger: name, url: url.trim(), description: description.trim(), usage: usage.trim(), format };
    await form.submit(async () =>
      onDone(
        command
          ? await put<CustomCommand>(`/admin/commands/${command.id}`, body)
          : await post<CustomCommand>("/admin/commands", body),
      )
    );
  };
  return (
    <Dialog title={command ? `/${command.trigger}` : t("commands.new")} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <Field label={t("commands.name")} hint={t("commands.name.hint")} error={form.fields.trigger}>
          {(props) => (
            <div class="input-prefix">
              <span aria-hidden="true">/</span>
              <input
                {...props}
                class="input"
                autoFocus
                autoCapitalize="none"
                spellcheck={false}
                maxLength={33}
                placeholder="deploy"
                value={trigger}
                onInput={(event) => setTrigger(event.currentTarget.value)}
              />
            </div>
          )}
        </Field>
        <Field label={t("commands.url")} hint={t("commands.url.hint")} error={form.fields.url}>
          {(props) => (
            <input
              {...props}
              class="input"
              type="url"
              placeholder="https://example.org/deploy"
              value={url}
              onInput={(event) => setUrl(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={t("commands.description")} optional error={form.fields.description}>
          {(props) => (
            <input
              {...props}
              class="input"
              maxLength={200}
              value={description}
              onInput={(event) => setDescription(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={t("commands.usage")} hint={t("commands.usage.hint")} optional error={form.fields.usage}>
          {(props) => (
            <input
              {...props}
              class="input"
              maxLength={100}
              value={usage}
              onInput={(event) => setUsage(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={t("commands.format")}>
          {(props) => (
            <select
              {...props}
              class="input"
              value={format}
              onChange={(event) => setFormat(event.currentTarget.value === "json" ? "json" : "form")}
            >
              <option value="form">{t("commands.format.form")}</option>
              <option value="json">{t("commands.format.json")}</option>
            </select>
          )}
        </Field>
        <div class="form-actions form-actions-end">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" busy={form.busy}>{t(command ? "action.save" : "action.create")}</Button>
        </div>
      </form>
    </Dialog>
  );
});
