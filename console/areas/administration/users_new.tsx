// A new account: with a first password to hand on, or without one, and the person chooses it through a link.
import { useState } from "preact/hooks";
import type { CreatedUser } from "../../../protocol/accounts/coming_in.ts";
import { Button, CopyButton, Field } from "../../components/basic.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { guarded } from "../../components/guarded.tsx";
import { PasswordField } from "../../components/password_field.tsx";
import { SecretDialog } from "../../components/secret.tsx";
import { Failure } from "../../components/states.tsx";
import { post } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { generatePassword, MIN_PASSWORD } from "../../lib/password.ts";
import { toast } from "../../lib/toasts.ts";
import type { Role } from "../../lib/types.ts";
import { RoleField } from "./role_field.tsx";

export const NewUser = guarded(function NewUser({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [values, setValues] = useState({
    display_name: "",
    email: "",
    username: "",
    password: "",
    role: "member" as Role,
  });
  const [link, setLink] = useState<string | null>(null);
  const form = useForm(["display_name", "email", "username", "password", "role"]);
  const name = values.display_name.trim() || values.username.trim();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fine = form.check({
      email: !/^[^@\s]+@[^@\s]+$/.test(values.email.trim()) && t("form.email"),
      username: !/^[a-z0-9][a-z0-9_.-]{1,31}$/i.test(values.username.trim()) && t("form.username"),
      password: values.password !== "" && [...values.password].length < MIN_PASSWORD && t("form.password_short"),
    });
    if (!fine) return;
    await form.submit(async () => {
      const created = await post<CreatedUser>("/users", {
        ...values,
        password: values.password || undefined,
        display_name: values.display_name.trim() || undefined,
        email: values.email.trim(),
        username: values.username.trim(),
      });
      onDone();
      if (created.invitation?.url) return setLink(created.invitation.url);
      const title = t("users.created", { name });
      toast({ kind: "success", title, text: created.invitation ? t("users.first_mailed") : undefined });
      onClose();
    });
  };
  if (link) {
    return (
      <SecretDialog
        title={t("users.first_link.title", { name })}
        text={t("users.first_link.text")}
        secrets={[{ label: t("users.link"), value: link }]}
        onClose={onClose}
      />
    );
  }
  return (
    <Dialog title={t("users.new")} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <Field label={t("user.display_name")} optional error={form.fields.display_name}>
          {(props) => (
            <input
              {...props}
              class="input"
              autoFocus
              autoComplete="off"
              maxLength={100}
              value={values.display_name}
              onInput={(event) => setValues({ ...values, display_name: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label={t("user.email")} error={form.fields.email}>
          {(props) => (
            <input
              {...props}
              class="input"
              type="email"
              value={values.email}
              onInput={(event) => setValues({ ...values, email: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label={t("user.username")} hint={t("form.username")} error={form.fields.username}>
          {(props) => (
            <input
              {...props}
              class="input"
              autoCapitalize="none"
              spellcheck={false}
              autoComplete="off"
              value={values.username}
              onInput={(event) => setValues({ ...values, username: event.currentTarget.value })}
            />
          )}
        </Field>
        <PasswordField
          label={t("users.password")}
          value={values.password}
          onInput={(password) => setValues({ ...values, password })}
          error={form.fields.password}
          fresh
          personal={[values.username]}
          hint={t(values.password ? "users.password.hint" : "users.password.none")}
          optional
        />
        <div class="form-actions form-actions-start">
          <Button small icon="refresh" onClick={() => setValues({ ...values, password: generatePassword() })}>
            {t("users.password.generate")}
          </Button>
          {values.password ? <CopyButton small text={values.password} label={t("users.password.copy")} /> : null}
        </div>
        <RoleField value={values.role} onChange={(role) => setValues({ ...values, role })} error={form.fields.role} />
        <div class="form-actions form-actions-end">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" busy={form.busy}>{t("users.create")}</Button>
        </div>
      </form>
    </Dialog>
  );
});
