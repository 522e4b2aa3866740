// Who may register by themselves. Counts where the server's registration is open; elsewhere the card says what is so.
import { useState } from "preact/hooks";
import type { Organization } from "../../../protocol/accounts/accounts.ts";
import { Button, Card, Checkbox, Field } from "../../components/basic.tsx";
import { useForm } from "../../components/form.ts";
import { Failure, Notice } from "../../components/states.tsx";
import { put } from "../../lib/api.ts";
import { accountOptions } from "../../lib/coming_in.ts";
import { t } from "../../lib/i18n.ts";
import { useResource } from "../../lib/resource.ts";
import { toast } from "../../lib/toasts.ts";

const listOf = (text: string): string[] => text.split(/[\s,;]+/).map((word) => word.replace(/^@/, "")).filter(Boolean);

export function SignUpCard(
  { organization, onSaved }: { organization: Organization; onSaved: (organization: Organization) => void },
) {
  const stored = organization.settings!.sign_up;
  const [domains, setDomains] = useState(stored.domains.join("\n"));
  const [approval, setApproval] = useState(stored.approval);
  const form = useForm(["settings"]);
  const { data: options } = useResource((signal) => accountOptions(signal), []);
  const changed = approval !== stored.approval || listOf(domains).join() !== stored.domains.join();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const done = await form.submit(async () => {
      const sign_up = { domains: listOf(domains), approval };
      const saved = await put<Organization>("/organization", { settings: { sign_up } });
      setDomains(saved.settings!.sign_up.domains.join("\n"));
      onSaved(saved);
    });
    if (done) toast({ kind: "success", title: t("state.saved") });
  };
  return (
    <Card title={t("sign_up.title")}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        {options && options.registration !== "open"
          ? <Notice>{t(`sign_up.server.${options.registration}`)}</Notice>
          : null}
        <Field
          label={t("sign_up.domains")}
          optional
          hint={t(options && !options.mail ? "sign_up.domains.no_mail" : "sign_up.domains.hint")}
          error={form.fields.settings}
        >
          {(props) => (
            <textarea
              {...props}
              class="input"
              rows={3}
              spellcheck={false}
              placeholder="example.org"
              value={domains}
              onInput={(event) => setDomains(event.currentTarget.value)}
            />
          )}
        </Field>
        <Checkbox kind="switch" checked={approval} onChange={setApproval}>{t("sign_up.approval")}</Checkbox>
        <p class="muted small">{t("sign_up.approval.text")}</p>
        <div class="form-actions">
          <Button kind="primary" type="submit" busy={form.busy} disabled={!changed}>{t("action.save")}</Button>
        </div>
      </form>
    </Card>
  );
}
