// The person's own matters: profile, look, password, devices.
import { useState } from "preact/hooks";
import type { SecondFactorState } from "../../../protocol/accounts/second_factor.ts";
import { Button, Card, Field, PageHead } from "../../components/basic.tsx";
import { useConfirmed } from "../../components/confirmed.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { Icon } from "../../components/icon.tsx";
import { PictureDialog } from "../../components/picture_dialog.tsx";
import { PasswordField } from "../../components/password_field.tsx";
import { Failure, toastError } from "../../components/states.tsx";
import { statusOpen } from "../../lib/presence.ts";
import { call, get } from "../../lib/api.ts";
import { type Language, language, t } from "../../lib/i18n.ts";
import { useResource } from "../../lib/resource.ts";
import { chooseLanguage, updateUser, user } from "../../lib/session.ts";
import { setTheme, type Theme, theme } from "../../lib/theme.ts";
import { toast } from "../../lib/toasts.ts";
import type { User } from "../../lib/types.ts";
import { LANGUAGE_NAMES, LANGUAGES } from "../../messages/texts.ts";
import { ChatAvatar, Presence } from "../chat/avatar.tsx";
import { ChangePassword } from "./profile_password.tsx";
import { ProfileSecurity } from "./profile_security.tsx";
import { Devices } from "./devices.tsx";
import { DeleteAccount, OwnData } from "./own_data.tsx";
import { ProfileWays } from "./profile_ways.tsx";

export function ProfilePage() {
  const ways = useResource((signal) => get<SecondFactorState>("/auth/2fa", {}, signal), []);
  // Until it is known: nearly everybody has one.
  const hasPassword = ways.data?.has_password ?? true;
  return (
    <>
      <PageHead title={t("nav.profile")} text={t("profile.text")} />
      <div class="columns">
        <div>
          <Profile hasPassword={hasPassword} />
          <Look />
          <ProfileWays />
        </div>
        <div>
          <ChangePassword hasPassword={hasPassword} onDone={ways.reload} />
          <ProfileSecurity />
          <Devices />
          <OwnData />
          <DeleteAccount hasPassword={hasPassword} />
        </div>
      </div>
    </>
  );
}

function Profile({ hasPassword }: { hasPassword: boolean }) {
  const me = user.value!;
  const [values, setValues] = useState({ display_name: me.display_name, username: me.username, email: me.email ?? "" });
  const [password, setPassword] = useState("");
  const form = useForm(["display_name", "username", "email", "current_password"]);
  const { run, dialog } = useConfirmed();
  const changes = Object.fromEntries(
    Object.entries(values).filter(([key, value]) => value.trim() !== (me[key as keyof typeof values] ?? "")),
  );
  const proof = hasPassword && "email" in changes;
  const dirty = Object.keys(changes).length > 0;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fine = form.check({
      display_name: !values.display_name.trim() && t("form.required"),
      username: !/^[a-z0-9][a-z0-9_.-]{1,31}$/i.test(values.username.trim()) && t("form.username"),
      email: (me.email !== null || values.email.trim() !== "") && !/^[^@\s]+@[^@\s]+$/.test(values.email.trim()) &&
        t("form.email"),
      current_password: proof && !password && t("form.required"),
    });
    if (!fine) return;
    const body = { ...changes, ...(proof ? { current_password: password } : {}) };
    // Who has no password shows in another way who it is.
    const done = await form.submit(() =>
      run(async () => updateUser(await call<User>("PUT", "/auth/me", { body, renew: !proof })))
    );
    if (!done) return;
    setPassword("");
    toast({ kind: "success", title: t("state.saved") });
  };
  return (
    <Card title={t("profile.title")}>
      <Picture />
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <Field label={t("user.display_name")} error={form.fields.display_name}>
          {(props) => (
            <input
              {...props}
              class="input"
              autoComplete="name"
              maxLength={100}
              value={values.display_name}
              onInput={(event) => setValues({ ...values, display_name: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label={t("user.username")} error={form.fields.username}>
          {(props) => (
            <input
              {...props}
              class="input"
              autoComplete="username"
              autoCapitalize="none"
              spellcheck={false}
              value={values.username}
              onInput={(event) => setValues({ ...values, username: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label={t("user.email")} error={form.fields.email}>
          {(props) => (
            <input
              {...props}
              class="input"
              type="email"
              autoComplete="email"
              value={values.email}
              onInput={(event) => setValues({ ...values, email: event.currentTarget.value })}
            />
          )}
        </Field>
        {proof
          ? (
            <PasswordField
              label={t("profile.password.current")}
              value={password}
              onInput={setPassword}
              error={form.fields.current_password}
              hint={t("profile.email.proof")}
            />
          )
          : null}
        <div class="form-actions">
          <Button kind="primary" type="submit" busy={form.busy} disabled={!dirty}>{t("action.save")}</Button>
        </div>
      </form>
      {dialog}
    </Card>
  );
}

/** The person's picture and status, and the ways to change both. */
function Picture() {
  const me = user.value!;
  const [choosing, setChoosing] = useState(false);
  const [removing, setRemoving] = useState(false);
  return (
    <div class="person person-picture">
      <ChatAvatar user={me} size={96} presence />
      <div>
        <strong>{me.display_name || me.username}</strong>
        <span class="muted">{me.organization.name} · {t(`role.${me.role}`)}</span>
        <span class="presence-line">
          <Presence id={me.id} words />
        </span>
        <div class="form-actions form-actions-start">
          <Button small icon="smile" onClick={() => statusOpen.value = true}>{t("status.set")}</Button>
          <Button small icon="user" onClick={() => setChoosing(true)}>{t("picture.choose")}</Button>
          {me.avatar_url
            ? <Button small kind="quiet" icon="trash" onClick={() => setRemoving(true)}>{t("picture.remove")}</Button>
            : null}
        </div>
      </div>
      {choosing ? <PictureDialog person={me} onClose={() => setChoosing(false)} onDone={updateUser} /> : null}
      {removing
        ? (
          <Confirm
            title={t("picture.remove")}
            text={t("picture.remove.text")}
            action={t("picture.remove")}
            onClose={() => setRemoving(false)}
            onConfirm={async () => updateUser(await call<User>("DELETE", `/users/${me.id}/avatar`))}
          />
        )
        : null}
    </div>
  );
}

function Look() {
  return (
    <Card title={t("profile.look")}>
      <div class="form">
        <Field label={t("language.label")} hint={t("language.hint")}>
          {(props) => (
            <select
              {...props}
              class="input"
              value={language.value}
              onChange={(event) => chooseLanguage(event.currentTarget.value as Language).catch(toastError)}
            >
              {LANGUAGES.map((code) => <option key={code} value={code}>{LANGUAGE_NAMES[code]}</option>)}
            </select>
          )}
        </Field>
        <div class="field">
          <span class="field-label" id="theme-label">{t("theme.label")}</span>
          <div class="segmented" role="group" aria-labelledby="theme-label">
            {(["system", "light", "dark"] as Theme[]).map((choice) => (
              <button
                key={choice}
                type="button"
                aria-pressed={theme.value === choice}
                onClick={() => setTheme(choice)}
              >
                <Icon name={choice === "system" ? "monitor" : choice === "light" ? "sun" : "moon"} size={18} />
                {t(`theme.${choice}`)}
              </button>
            ))}
          </div>
        </div>
      </div>
    </Card>
  );
}
