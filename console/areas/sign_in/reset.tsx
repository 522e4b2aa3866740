// A forgotten password: asking for the link, and setting the new one through it. The same page sets the first password of an
// account that somebody else made.
import { useState } from "preact/hooks";
import type { LinkShown } from "../../../protocol/accounts/coming_in.ts";
import { Button, Field, LinkButton } from "../../components/basic.tsx";
import { useForm } from "../../components/form.ts";
import { PasswordField } from "../../components/password_field.tsx";
import { Failure, Notice, Skeleton } from "../../components/states.tsx";
import { focusAtOnce } from "../../lib/focus.ts";
import { accountOptions, askForReset, confirmReset, lookAtLink, looksLikeEmail, ofLink } from "../../lib/coming_in.ts";
import { t } from "../../lib/i18n.ts";
import { MIN_PASSWORD } from "../../lib/password.ts";
import { useResource } from "../../lib/resource.ts";
import { Outside } from "./outside.tsx";

export function ResetPage() {
  const [token] = useState(() => ofLink("token"));
  return token ? <NewPassword token={token} /> : <Ask />;
}

function Ask() {
  const [email, setEmail] = useState("");
  const [asked, setAsked] = useState(false);
  const form = useForm(["email"]);
  const { data: options } = useResource((signal) => accountOptions(signal), []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!form.check({ email: !looksLikeEmail(email) && t("form.email") })) return;
    if (await form.submit(() => askForReset(email.trim()))) setAsked(true);
  };
  if (asked) {
    return (
      <Outside title={t("reset.asked")} text={t("reset.asked.text", { email: email.trim() })}>
        <LinkButton kind="primary" href="/login">{t("register.to_login")}</LinkButton>
      </Outside>
    );
  }
  if (options && !options.mail) {
    return (
      <Outside title={t("reset.title")}>
        <Notice>{t("reset.no_mail")}</Notice>
        <LinkButton kind="primary" href="/login">{t("register.to_login")}</LinkButton>
      </Outside>
    );
  }
  return (
    <Outside title={t("reset.title")} text={t("reset.text")}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <Field label={t("user.email")} error={form.fields.email}>
          {(props) => (
            <input
              {...props}
              class="input"
              type="email"
              value={email}
              autoComplete="email"
              ref={focusAtOnce}
              required
              onInput={(event) => setEmail(event.currentTarget.value)}
            />
          )}
        </Field>
        <Button kind="primary" type="submit" busy={form.busy}>{t("reset.send")}</Button>
        <p class="small outside-links">
          <a href="/login">{t("register.to_login")}</a>
        </p>
      </form>
    </Outside>
  );
}

export function NewPassword({ token }: { token: string }) {
  const link = useResource<LinkShown>(() => lookAtLink(token), [token]);
  const [password, setPassword] = useState("");
  const [done, setDone] = useState(false);
  const form = useForm(["new_password"]);
  if (done) {
    return (
      <Outside title={t("reset.done")} text={t("reset.done.text")}>
        <LinkButton kind="primary" href="/login">{t("action.sign_in")}</LinkButton>
      </Outside>
    );
  }
  if (link.error) {
    return (
      <Outside title={t("reset.new")}>
        <Failure error={link.error} onRetry={link.error.code === "link_invalid" ? undefined : link.reload} />
        <LinkButton href="/reset">{t("reset.again")}</LinkButton>
      </Outside>
    );
  }
  if (!link.data) {
    return (
      <Outside title={t("reset.new")}>
        <Skeleton rows={3} />
      </Outside>
    );
  }
  const { username, email, organization, first } = link.data;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!form.check({ new_password: [...password].length < MIN_PASSWORD && t("form.password_short") })) return;
    if (await form.submit(() => confirmReset(token, password))) setDone(true);
  };
  return (
    <Outside
      title={t(first ? "reset.first" : "reset.new")}
      text={t("reset.for", { username, organization })}
    >
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        {/* Password managers keep the name with the password. */}
        <input
          class="offscreen"
          type="text"
          name="username"
          autoComplete="username"
          value={username}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <PasswordField
          label={t("reset.password")}
          value={password}
          onInput={setPassword}
          error={form.fields.new_password}
          fresh
          autoFocus
          personal={[username, email?.split("@")[0] ?? ""]}
          hint={t("form.password_short")}
        />
        <Button kind="primary" type="submit" busy={form.busy}>{t("reset.action")}</Button>
        <p class="muted small">{t("reset.sessions")}</p>
      </form>
    </Outside>
  );
}
