// The link in the mail that confirms an address. A button does it: programs that open links of mails confirm nothing. Whoever
// knows the password of the registration keeps it; everybody else chooses one, because somebody else may have registered.
import { useState } from "preact/hooks";
import type { Confirmed } from "../../../protocol/accounts/coming_in.ts";
import { Button, LinkButton } from "../../components/basic.tsx";
import { useForm } from "../../components/form.ts";
import { PasswordField } from "../../components/password_field.tsx";
import { Failure } from "../../components/states.tsx";
import { confirmEmail, ofLink } from "../../lib/coming_in.ts";
import { t } from "../../lib/i18n.ts";
import { Outside } from "./outside.tsx";
import { NewPassword } from "./reset.tsx";

export function ConfirmPage() {
  const [token] = useState(() => ofLink("token"));
  const [password, setPassword] = useState("");
  const [done, setDone] = useState<Confirmed | null>(null);
  const form = useForm(["password"]);
  if (done?.set_password) return <NewPassword token={done.set_password.token} />;
  if (done?.pending === "approval") {
    return <Outside title={t("register.waiting.approval")} text={t("register.waiting.approval.text")}>{null}</Outside>;
  }
  if (done) {
    return (
      <Outside title={t("confirm_address.done")} text={t("confirm_address.done.text")}>
        <LinkButton kind="primary" href="/login">{t("action.sign_in")}</LinkButton>
      </Outside>
    );
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void form.submit(async () => setDone(await confirmEmail(token, password)));
  };
  return (
    <Outside title={t("confirm_address.title")} text={t("confirm_address.text")}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <PasswordField
          label={t("confirm_address.password")}
          hint={t("confirm_address.password.hint")}
          value={password}
          onInput={setPassword}
          error={form.fields.password}
          optional
        />
        <Button kind="primary" type="submit" busy={form.busy}>{t("confirm_address.action")}</Button>
      </form>
    </Outside>
  );
}
