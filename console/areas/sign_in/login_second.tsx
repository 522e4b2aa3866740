// The second step of signing in: a code of the authenticator app, or a recovery code.
import { useState } from "preact/hooks";
import { Button, Field } from "../../components/basic.tsx";
import { useForm } from "../../components/form.ts";
import { Failure } from "../../components/states.tsx";
import { focusAtOnce } from "../../lib/focus.ts";
import { t } from "../../lib/i18n.ts";

export interface SecondStep {
  totp?: string;
  recovery_code?: string;
}

/** @param onCode sends the sign-in again with the code; @throws ApiError */
export function SecondStepForm(
  { onCode, onBack }: { onCode: (step: SecondStep) => Promise<unknown>; onBack: () => void },
) {
  const [recovery, setRecovery] = useState(false);
  const [code, setCode] = useState("");
  const form = useForm(["totp", "recovery_code"]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const field = recovery ? "recovery_code" : "totp";
    const fine = recovery ? code.trim() !== "" : /^\d{6}$/.test(code.replace(/\s/g, ""));
    if (!form.check({ [field]: !fine && t(recovery ? "form.required" : "second.six_digits") })) return;
    if (!(await form.submit(() => onCode({ [field]: code.trim() })))) setCode("");
  };
  const other = () => {
    setRecovery(!recovery);
    setCode("");
    form.check({});
  };
  return (
    <form class="form" onSubmit={submit} noValidate>
      {form.error ? <Failure error={form.error} /> : null}
      <Field
        key={recovery ? "recovery" : "totp"}
        label={t(recovery ? "second.recovery" : "second.code")}
        hint={t(recovery ? "second.recovery.hint" : "second.code.hint")}
        error={form.fields[recovery ? "recovery_code" : "totp"]}
      >
        {(props) => (
          <input
            {...props}
            class="input code-input"
            value={code}
            inputMode={recovery ? "text" : "numeric"}
            autoComplete={recovery ? "off" : "one-time-code"}
            autoCapitalize="none"
            spellcheck={false}
            maxLength={recovery ? 20 : 10}
            ref={focusAtOnce}
            required
            onInput={(event) => setCode(event.currentTarget.value)}
          />
        )}
      </Field>
      <Button kind="primary" type="submit" busy={form.busy}>{t("action.sign_in")}</Button>
      <div class="form-actions form-actions-between">
        <Button kind="quiet" onClick={other}>{t(recovery ? "second.use_app" : "second.use_recovery")}</Button>
        <Button kind="quiet" onClick={onBack}>{t("second.back")}</Button>
      </div>
    </form>
  );
}
