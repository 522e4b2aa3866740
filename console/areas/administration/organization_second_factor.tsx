// Which roles must have a second factor.
import { useState } from "preact/hooks";
import type { Organization } from "../../../protocol/accounts/accounts.ts";
import { Button, Card, Checkbox, Field } from "../../components/basic.tsx";
import { useForm } from "../../components/form.ts";
import { Failure, Notice } from "../../components/states.tsx";
import { put } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { loadSession, user } from "../../lib/session.ts";
import { toast } from "../../lib/toasts.ts";
import { type Role, ROLES } from "../../lib/types.ts";

export function SecondFactorCard(
  { organization, onSaved }: { organization: Organization; onSaved: (organization: Organization) => void },
) {
  const section = organization.settings!.second_factor;
  const [roles, setRoles] = useState<Role[]>(section.roles);
  const [days, setDays] = useState(String(section.grace_days));
  const form = useForm(["settings"]);
  const choose = (role: Role, on: boolean) => setRoles(ROLES.filter((one) => one === role ? on : roles.includes(one)));
  const me = user.value!;
  const shutsMe = roles.includes(me.role) && !section.roles.includes(me.role) && !me.second_factor &&
    !me.passkeys && Number(days) === 0;
  const changed = days !== String(section.grace_days) ||
    ROLES.some((r) => roles.includes(r) !== section.roles.includes(r));
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!form.check({ settings: !/^\d{1,2}$/.test(days) && t("organization.second.days_bad") })) return;
    const second_factor = { roles, grace_days: Number(days) };
    const done = await form.submit(async () =>
      onSaved(await put<Organization>("/organization", { settings: { second_factor } }))
    );
    if (!done) return;
    toast({ kind: "success", title: t("state.saved") });
    await loadSession();
  };
  return (
    <Card title={t("organization.second")}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <fieldset class="role-choices">
          <legend>{t("organization.second.roles")}</legend>
          {ROLES.map((role) => (
            <Checkbox key={role} checked={roles.includes(role)} onChange={(on) => choose(role, on)}>
              {t(`role.${role}`)}
            </Checkbox>
          ))}
        </fieldset>
        <Field
          label={t("organization.second.days")}
          hint={t("organization.second.days.hint")}
          error={form.fields.settings}
        >
          {(props) => (
            <input
              {...props}
              class="input input-number"
              type="number"
              min={0}
              max={90}
              value={days}
              onInput={(event) => setDays(event.currentTarget.value)}
            />
          )}
        </Field>
        {shutsMe ? <Notice tone="warn">{t("organization.second.you")}</Notice> : null}
        <p class="muted small">{t("organization.second.text")}</p>
        <div class="form-actions">
          <Button kind="primary" type="submit" busy={form.busy} disabled={!changed}>{t("action.save")}</Button>
        </div>
      </form>
    </Card>
  );
}
