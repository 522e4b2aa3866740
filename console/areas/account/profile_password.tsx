// The person's password: changed with the old one, or where there is none made after a fresh sign-in.
import { useState } from "preact/hooks";
import { Button, Card } from "../../components/basic.tsx";
import { useConfirmed } from "../../components/confirmed.tsx";
import { useForm } from "../../components/form.ts";
import { PasswordField } from "../../components/password_field.tsx";
import { Failure } from "../../components/states.tsx";
import { post } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { MIN_PASSWORD } from "../../lib/password.ts";
import { user } from "../../lib/session.ts";
import { toast } from "../../lib/toasts.ts";

export function ChangePassword({ hasPassword, onDone }: { hasPassword: boolean; onDone: () => void }) {
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const form = useForm(["current_password", "new_password"]);
  const { run, dialog } = useConfirmed();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fine = form.check({
      current_password: hasPassword && !current && t("form.required"),
      new_password: [...fresh].length < MIN_PASSWORD && t("form.password_short"),
    });
    if (!fine) return;
    const body = { ...(hasPassword ? { current_password: current } : {}), new_password: fresh };
    const done = await form.submit(() => run(() => post("/auth/change-password", body, { renew: false })));
    if (!done) return;
    setCurrent("");
    setFresh("");
    onDone();
    toast({
      kind: "success",
      title: t(hasPassword ? "profile.password.changed" : "profile.password.made"),
      text: t("profile.password.changed.text"),
    });
  };
  const me = user.value!;
  return (
    <Card title={t("profile.password")}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <input
          class="offscreen"
          type="text"
          name="username"
          autoComplete="username"
          value={me.username}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        {hasPassword
          ? (
            <PasswordField
              label={t("profile.password.current")}
              value={current}
              onInput={setCurrent}
              error={form.fields.current_password}
            />
          )
          : <p class="muted">{t("profile.password.none")}</p>}
        <PasswordField
          label={t("profile.password.new")}
          value={fresh}
          onInput={setFresh}
          error={form.fields.new_password}
          fresh
          personal={[me.username, me.email?.split("@")[0] ?? ""]}
          hint={t("form.password_short")}
        />
        <div class="form-actions">
          <Button kind="primary" type="submit" busy={form.busy} disabled={(hasPassword && !current) || !fresh}>
            {t(hasPassword ? "profile.password.action" : "profile.password.make")}
          </Button>
        </div>
      </form>
      {dialog}
    </Card>
  );
}
