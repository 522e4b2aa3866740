// Sign-in. After too many tries the button counts down what the server asks to wait.
import { useEffect, useState } from "preact/hooks";
import { Button, Field } from "../../components/basic.tsx";
import { useForm } from "../../components/form.ts";
import { PasskeySignIn } from "../../components/passkey_sign_in.tsx";
import { PasswordField } from "../../components/password_field.tsx";
import { Failure, Notice } from "../../components/states.tsx";
import { ApiError } from "../../lib/api.ts";
import { now } from "../../lib/clock.ts";
import { accountOptions } from "../../lib/coming_in.ts";
import { duration } from "../../lib/format.ts";
import { focusAtOnce } from "../../lib/focus.ts";
import { language, t } from "../../lib/i18n.ts";
import { passkeysPossible } from "../../lib/passkeys.ts";
import { useResource } from "../../lib/resource.ts";
import { route } from "../../lib/router.ts";
import { signIn, signInWith } from "../../lib/session.ts";
import { LoginCodePage } from "./login_code.tsx";
import { OtherWays, ProviderFailure } from "./login_other.tsx";
import { SecondStepForm } from "./login_second.tsx";
import { Outside } from "./outside.tsx";

/** The other ways: a forgotten password, and a new account where anybody may make one. */
function LoginLinks() {
  const { data } = useResource((signal) => accountOptions(signal), []);
  return (
    <p class="small outside-links">
      <a href="/reset">{t("login.forgot")}</a>
      {data?.registration === "open"
        ? (
          <span>
            <span class="muted">{t("login.no_account")}</span> <a href="/register">{t("login.register")}</a>
          </span>
        )
        : null}
    </p>
  );
}

export function LoginPage() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [second, setSecond] = useState(false);
  // A provider's sign-in leads here when the account asks for more; the fragment reaches no server.
  const [ticket, setTicket] = useState(() => /^#second=([\w.-]+)$/.exec(location.hash)?.[1] ?? "");
  const [until, setUntil] = useState(0);
  const form = useForm(["email", "username", "password"]);
  const seconds = Math.max(0, Math.ceil((until - now.value) / 1000));

  useEffect(() => {
    if (form.error instanceof ApiError && form.error.code === "rate_limited") {
      setUntil(Date.now() + (form.error.options.retryAfterSeconds ?? 60) * 1000);
    }
  }, [form.error]);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!form.check({ username: !name.trim() && t("form.required"), password: !password && t("form.required") })) {
      return;
    }
    const done = await form.submit(async () => {
      try {
        await signIn(name.trim(), password);
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== "totp_required") throw error;
        setSecond(true);
      }
    });
    if (!done) setPassword("");
  };

  if (second || ticket) {
    const begin = () => {
      setSecond(false);
      setTicket("");
      setPassword("");
    };
    return (
      <Outside title={t("login.second")} text={t("login.second.text")}>
        <SecondStepForm
          onCode={(step) =>
            ticket ? signInWith("/auth/login/second", { ticket, ...step }) : signIn(name.trim(), password, step)}
          onBack={begin}
        />
      </Outside>
    );
  }
  if (route.value.query.get("way") === "code") return <LoginCodePage />;

  return (
    <Outside title={t("login.title")} text={t("login.text")}>
      <ProviderFailure />
      <form class="form" onSubmit={submit} noValidate>
        {route.value.query.has("next") && !form.error ? <Notice>{t("login.next")}</Notice> : null}
        {form.error?.code === "maintenance"
          ? (
            <Notice tone="warn">
              <strong>{t("maintenance.page")}</strong>
              <p>{form.error.message}</p>
            </Notice>
          )
          : form.error && (form.error.code !== "rate_limited" || seconds > 0)
          ? <Failure error={form.error} />
          : null}
        <Field label={t("login.name")} error={form.fields.username ?? form.fields.email}>
          {(props) => (
            <input
              {...props}
              class="input"
              value={name}
              autoComplete={passkeysPossible() ? "username webauthn" : "username"}
              autoCapitalize="none"
              spellcheck={false}
              ref={focusAtOnce}
              required
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <PasswordField
          label={t("login.password")}
          value={password}
          onInput={setPassword}
          error={form.fields.password}
        />
        <Button kind="primary" type="submit" busy={form.busy} disabled={seconds > 0}>
          {seconds > 0 ? t("login.wait", { time: duration(seconds, language.value) }) : t("action.sign_in")}
        </Button>
        <LoginLinks />
      </form>
      <PasskeySignIn />
      <OtherWays />
    </Outside>
  );
}
