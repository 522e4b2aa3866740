// The form of a new account. Where registration is open and an organisation is there already, whoever comes chooses between
// joining it and beginning one of their own.
import { useState } from "preact/hooks";
import type { AccountOptions, InviteShown } from "../../../protocol/accounts/coming_in.ts";
import { Button, Field } from "../../components/basic.tsx";
import { useForm } from "../../components/form.ts";
import { PasswordField } from "../../components/password_field.tsx";
import { Failure } from "../../components/states.tsx";
import { looksLikeEmail, looksLikeUsername } from "../../lib/coming_in.ts";
import { t } from "../../lib/i18n.ts";
import { MIN_PASSWORD } from "../../lib/password.ts";
import { navigate } from "../../lib/router.ts";
import { register } from "../../lib/session.ts";
import { InvitedWays } from "./login_other.tsx";
import { Outside } from "./outside.tsx";

interface Props {
  token: string;
  options: AccountOptions;
  invite: InviteShown | null;
  onWaiting: (what: "email" | "approval") => void;
}

export function RegisterForm({ token, options, invite, onWaiting }: Props) {
  const [values, setValues] = useState({ email: invite?.email ?? "", username: "", password: "", organization: "" });
  const [own, setOwn] = useState(!invite && options.organization === null);
  const form = useForm(["email", "username", "password", "organization_name"]);
  const set = (name: keyof typeof values) => (event: { currentTarget: HTMLInputElement }) =>
    setValues({ ...values, [name]: event.currentTarget.value });

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fine = form.check({
      organization_name: own && !values.organization.trim() && t("form.required"),
      email: !looksLikeEmail(values.email) && t("form.email"),
      username: !looksLikeUsername(values.username) && t("form.username"),
      password: [...values.password].length < MIN_PASSWORD && t("form.password_short"),
    });
    if (!fine) return;
    await form.submit(async () => {
      const pending = await register({
        email: values.email.trim(),
        username: values.username.trim(),
        password: values.password,
        ...(invite ? { invite: token } : {}),
        ...(own ? { organization_name: values.organization.trim() } : {}),
      });
      if (pending) onWaiting(pending);
      else navigate("/", { replace: true });
    });
  };

  return (
    <Outside title={titleOf(invite, own, options)} text={textOf(invite)}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        {!invite && options.organization !== null
          ? (
            <fieldset class="choices">
              <legend>{t("register.where")}</legend>
              <Choice checked={!own} onChange={() => setOwn(false)}>
                {t("register.join", { organization: options.organization })}
              </Choice>
              <Choice checked={own} onChange={() => setOwn(true)}>{t("register.own")}</Choice>
            </fieldset>
          )
          : null}
        {own
          ? (
            <Field
              label={t("setup.organization")}
              hint={t("register.own.hint")}
              error={form.fields.organization_name}
            >
              {(props) => (
                <input
                  {...props}
                  class="input"
                  value={values.organization}
                  autoComplete="organization"
                  maxLength={200}
                  required
                  onInput={set("organization")}
                />
              )}
            </Field>
          )
          : null}
        <Field
          label={t("user.email")}
          hint={invite?.email ? t("register.email_fixed") : undefined}
          error={form.fields.email}
        >
          {(props) => (
            <input
              {...props}
              class="input"
              type="email"
              value={values.email}
              autoComplete="email"
              readOnly={Boolean(invite?.email)}
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
          personal={[values.username, values.email.split("@")[0]!]}
          hint={t("form.password_short")}
        />
        <Button kind="primary" type="submit" busy={form.busy}>{t("register.action")}</Button>
        <p class="muted small outside-links">
          {t("register.have_account")} <a href="/login">{t("action.sign_in")}</a>
        </p>
      </form>
      {invite ? <InvitedWays invite={token} /> : null}
    </Outside>
  );
}

function titleOf(invite: InviteShown | null, own: boolean, { organization }: AccountOptions): string {
  if (invite) return t("register.join", { organization: invite.organization });
  return own || organization === null ? t("register.title") : t("register.join", { organization });
}

function textOf(invite: InviteShown | null): string | undefined {
  if (!invite) return undefined;
  const role = t(`role.${invite.role}`);
  return invite.invited_by
    ? t("register.invited_by", { name: invite.invited_by, role })
    : t("register.invited", { role });
}

function Choice({ checked, onChange, children }: { checked: boolean; onChange: () => void; children: string }) {
  return (
    <label class="check">
      <input type="radio" name="where" checked={checked} onChange={onChange} />
      <span>{children}</span>
    </label>
  );
}
