// Signing in with a one-time code: first the number or address, then the digits.
import { useEffect, useState } from "preact/hooks";
import type { CodeSent } from "../../../protocol/accounts/sign_in_codes.ts";
import { Button, Field, LinkButton } from "../../components/basic.tsx";
import { CodeField, SendAgain } from "../../components/code_entry.tsx";
import { useForm } from "../../components/form.ts";
import { Failure } from "../../components/states.tsx";
import { ApiError, post } from "../../lib/api.ts";
import { duration, phoneNumber } from "../../lib/format.ts";
import { focusAtOnce } from "../../lib/focus.ts";
import { language, t } from "../../lib/i18n.ts";
import { route } from "../../lib/router.ts";
import { signInWith } from "../../lib/session.ts";
import { codeKind, loadSignInWays, signInWays } from "../../lib/sign_in_ways.ts";
import { type SecondStep, SecondStepForm } from "./login_second.tsx";
import { Outside } from "./outside.tsx";

interface Sent {
  to: string;
  /** How the server calls it. */
  target: { phone: string } | { email: string };
  goodFor: number;
  againAt: number;
}

async function sendCode(to: string): Promise<Sent> {
  const target = to.includes("@") ? { email: to } : { phone: to };
  const answer = await post<CodeSent>("/auth/request-otp", target, { renew: false });
  return { to, target, goodFor: answer.expires_in, againAt: Date.now() + answer.retry_after * 1000 };
}

export function LoginCodePage() {
  const [sent, setSent] = useState<Sent | null>(null);
  useEffect(() => void loadSignInWays(), []);
  const kind = codeKind(signInWays.value) ?? "phone";
  const text = sent
    ? t("code.sent", { to: phoneNumber(sent.to), time: duration(sent.goodFor, language.value) })
    : t(`code.text.${kind}`);
  return (
    <Outside title={t("code.title")} text={text}>
      {sent
        ? <EnterCode sent={sent} onSent={setSent} onBack={() => setSent(null)} />
        : <AskForCode kind={kind} onSent={setSent} />}
    </Outside>
  );
}

function AskForCode({ kind, onSent }: { kind: "phone" | "email" | "both"; onSent: (sent: Sent) => void }) {
  const [to, setTo] = useState("");
  const form = useForm(["phone", "email"]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!form.check({ phone: !to.trim() && t("form.required") })) return;
    await form.submit(async () => onSent(await sendCode(to.trim())));
  };
  const next = route.value.query.get("next");
  return (
    <form class="form" onSubmit={submit} noValidate>
      {form.error ? <Failure error={form.error} /> : null}
      <Field
        label={t(`code.target.${kind}`)}
        hint={kind === "email" ? undefined : t("code.target.hint")}
        error={form.fields.phone ?? form.fields.email}
      >
        {(props) => (
          <input
            {...props}
            class="input"
            type={(kind === "phone" ? "tel" : kind === "email" ? "email" : "text") as "text"}
            value={to}
            autoComplete={kind === "phone" ? "tel" : kind === "email" ? "email" : "username"}
            autoCapitalize="none"
            spellcheck={false}
            ref={focusAtOnce}
            required
            onInput={(event) => setTo(event.currentTarget.value)}
          />
        )}
      </Field>
      <Button kind="primary" type="submit" busy={form.busy}>{t("code.send")}</Button>
      <LinkButton kind="quiet" href={next ? `/login?next=${encodeURIComponent(next)}` : "/login"}>
        {t("code.back")}
      </LinkButton>
    </form>
  );
}

function EnterCode({ sent, onSent, onBack }: { sent: Sent; onSent: (sent: Sent) => void; onBack: () => void }) {
  const [code, setCode] = useState("");
  const [organization, setOrganization] = useState<string | null>(null);
  const [second, setSecond] = useState(false);
  const form = useForm(["code", "organization_name"]);
  const give = (digits: string, more: object) =>
    signInWith("/auth/verify-otp", { ...sent.target, code: digits, ...more });
  const signIn = async (digits: string, organization_name: string | null) => {
    const done = await form.submit(async () => {
      try {
        await give(digits, organization_name ? { organization_name } : {});
      } catch (error) {
        // The code stays good for the second step.
        if (error instanceof ApiError && error.code === "totp_required") return setSecond(true);
        // A new person, and several organisations: the code stays good while they name theirs.
        const unclear = error instanceof ApiError && error.options.fields?.organization_name;
        if (!unclear || organization_name !== null) throw error;
        setOrganization("");
      }
    });
    if (!done && organization_name === null) setCode("");
  };
  const input = (digits: string) => {
    setCode(digits);
    if (digits.length === 6 && code.length < 6 && organization === null) void signIn(digits, null);
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fine = form.check({
      code: code.length < 6 && t("code.digits"),
      organization_name: organization === "" && t("form.required"),
    });
    if (fine) await signIn(code, organization);
  };
  if (second) return <SecondStepForm onCode={(step: SecondStep) => give(code, step)} onBack={onBack} />;
  const again = () => form.submit(async () => onSent(await sendCode(sent.to)));
  return (
    <form class="form" onSubmit={submit} noValidate>
      {form.error ? <Failure error={form.error} /> : null}
      <CodeField value={code} onInput={input} error={form.fields.code} />
      {organization !== null
        ? (
          <Field
            label={t("code.organization")}
            hint={t("code.organization.hint")}
            error={form.fields.organization_name}
          >
            {(props) => (
              <input
                {...props}
                class="input"
                value={organization}
                maxLength={200}
                autoComplete="organization"
                ref={focusAtOnce}
                required
                onInput={(event) => setOrganization(event.currentTarget.value)}
              />
            )}
          </Field>
        )
        : null}
      <Button kind="primary" type="submit" busy={form.busy}>{t("action.sign_in")}</Button>
      <div class="form-actions">
        <SendAgain until={sent.againAt} onSend={again} />
        <Button kind="quiet" onClick={onBack}>{t("code.other")}</Button>
      </div>
    </form>
  );
}
