// The link in the mail that confirms an address. A button does it: programs that open links of mails confirm nothing.
import { useState } from "preact/hooks";
import { Button, LinkButton } from "../components/basic.tsx";
import { useForm } from "../components/form.ts";
import { Failure } from "../components/states.tsx";
import { confirmEmail, ofLink } from "../lib/coming_in.ts";
import { t } from "../lib/i18n.ts";
import { Outside } from "./outside.tsx";

export function ConfirmPage() {
  const [token] = useState(() => ofLink("token"));
  const [done, setDone] = useState<"in" | "approval" | null>(null);
  const form = useForm([]);
  if (done === "approval") {
    return <Outside title={t("register.waiting.approval")} text={t("register.waiting.approval.text")}>{null}</Outside>;
  }
  if (done) {
    return (
      <Outside title={t("confirm.done")} text={t("confirm.done.text")}>
        <LinkButton kind="primary" href="/login">{t("action.sign_in")}</LinkButton>
      </Outside>
    );
  }
  const confirm = () => form.submit(async () => setDone((await confirmEmail(token)).pending ?? "in"));
  return (
    <Outside title={t("confirm.title")} text={t("confirm.text")}>
      {form.error ? <Failure error={form.error} /> : null}
      <Button kind="primary" busy={form.busy} onClick={confirm}>{t("confirm.action")}</Button>
    </Outside>
  );
}
