// First run: the link that the server printed carries the token behind `#`, which browsers do not send or log.
import { MIN_PASSWORD } from "../../lib/password.ts";
import { useState } from "preact/hooks";
import { Button, Code, Field, LinkButton } from "../../components/basic.tsx";
import { useForm } from "../../components/form.ts";
import { PasswordField } from "../../components/password_field.tsx";
import { focusAtOnce } from "../../lib/focus.ts";
import { Failure, Notice } from "../../components/states.tsx";
import { t } from "../../lib/i18n.ts";
import { session, setUp } from "../../lib/session.ts";
import { Outside } from "./outside.tsx";

function tokenOfLink(): string {
  return new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
}

export function SetupPage() {
  const [token] = useState(tokenOfLink);
  const [values, setValues] = useState({ organization_name: "", email: "", username: "", password: "" });
  const form = useForm(["organization_name", "email", "username", "password"]);
  const set = (name: keyof typeof values) => (event: { currentTarget: HTMLInputElement }) => {
    setValues({ ...values, [name]: event.currentTarget.value });
  };

  if (session.value.kind === "signed_out") {
    return (
      <Outside title={t("setup.done")} text={t("setup.done.text")}>
        <LinkButton kind="primary" href="/login">{t("action.sign_in")}</LinkButton>
      </Outside>
    );
  }
  if (!token) {
    return (
      <Outside title={t("setup.title")} text={t("setup.no_token")}>
        <Notice>{t("setup.no_token.next")}</Notice>
        {session.value.kind === "setup" && session.value.command ? <Code text={session.value.command} /> : null}
      </Outside>
    );
  }

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const required = t("form.required");
    const fine = form.check({
      organization_name: !values.organization_name.trim() && required,
      email: !/^[^@\s]+@[^@\s]+$/.test(values.email.trim()) && t("form.email"),
      username: !/^[a-z0-9][a-z0-9_.-]{1,31}$/i.test(values.username.trim()) && t("form.username"),
      password: [...values.password].length < MIN_PASSWORD && t("form.password_short"),
    });
    if (!fine) return;
    await form.submit(() =>
      setUp({
        token,
        organization_name: values.organization_name.trim(),
        email: values.email.trim(),
        username: values.username.trim(),
        password: values.password,
      })
    );
  };

  return (
    <Outside title={t("setup.title")} text={t("setup.text")}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <Field
          label={t("setup.organization")}
          hint={t("setup.organization.hint")}
          error={form.fields.organization_name}
        >
          {(props) => (
            <input
              {...props}
              class="input"
              value={values.organization_name}
              autoComplete="organization"
              ref={focusAtOnce}
              required
              onInput={set("organization_name")}
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
              autoComplete="email"
              required
              onInput={set("email")}
            />
          )}
        </Field>
        <Field label={t("user.username")} hint={t("form.username")} error={form.fields.username}>
          {(props) => (
            <input
              {...props}
              class="input"
              value={values.username}
              autoComplete="username"
              autoCapitalize="none"
              spellcheck={false}
              required
              onInput={set("username")}
            />
          )}
        </Field>
        <PasswordField
          label={t("login.password")}
          value={values.password}
          onInput={(password) => setValues({ ...values, password })}
          error={form.fields.password}
          fresh
          personal={[values.username, values.email.split("@")[0]!, values.organization_name]}
          hint={t("form.password_short")}
        />
        <Button kind="primary" type="submit" busy={form.busy}>{t("setup.action")}</Button>
      </form>
    </Outside>
  );
}
