// What holds for the whole organisation: a card per subject, each saved by itself.
import { useState } from "preact/hooks";
import type { Organization } from "../../../protocol/accounts/accounts.ts";
import { Button, Card, Field, PageHead, Time } from "../../components/basic.tsx";
import { useForm } from "../../components/form.ts";
import { Failure, Skeleton } from "../../components/states.tsx";
import { get, put } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { useResource } from "../../lib/resource.ts";
import { updateUser, user } from "../../lib/session.ts";
import { toast } from "../../lib/toasts.ts";
import { SecondFactorCard } from "./organization_second_factor.tsx";
import { OwnerCard } from "./organization_owner.tsx";
import { FeatureSwitches, MaintenanceCard, SessionLimits } from "./organization_limits.tsx";
import { SignUpCard } from "./organization_sign_up.tsx";

export function OrganizationPage() {
  const { data, error, reload, update } = useResource((signal) => get<Organization>("/organization", {}, signal), []);
  const save = (saved: Organization) => update(() => saved);
  return (
    <>
      <PageHead title={t("nav.organization")} text={t("organization.text")} />
      {error && !data ? <Failure error={error} onRetry={reload} /> : null}
      {!error && !data ? <Skeleton rows={4} tall /> : null}
      {data
        ? (
          <div class="columns">
            <div>
              <NameCard organization={data} onSaved={save} />
              <OwnerCard />
              <SecondFactorCard organization={data} onSaved={save} />
              <SessionLimits organization={data} onSaved={save} />
            </div>
            <div>
              {data.settings ? <SignUpCard organization={data} onSaved={save} /> : null}
              <FeatureSwitches organization={data} onSaved={save} />
              <MaintenanceCard organization={data} onSaved={save} />
            </div>
          </div>
        )
        : null}
    </>
  );
}

interface CardProps {
  organization: Organization;
  onSaved: (organization: Organization) => void;
}

function NameCard({ organization, onSaved }: CardProps) {
  const [name, setName] = useState(organization.name);
  const [domain, setDomain] = useState(organization.domain ?? "");
  const form = useForm(["name", "domain"]);
  const changed = name.trim() !== organization.name || domain.trim() !== (organization.domain ?? "");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!form.check({ name: !name.trim() && t("form.required") })) return;
    const done = await form.submit(async () => {
      const saved = await put<Organization>("/organization", { name, domain: domain.trim() || null });
      onSaved(saved);
      setName(saved.name);
      setDomain(saved.domain ?? "");
      updateUser({ organization: { ...user.value!.organization, name: saved.name } });
    });
    if (done) toast({ kind: "success", title: t("state.saved") });
  };
  return (
    <Card title={t("organization.name")}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <Field label={t("organization.name")} error={form.fields.name}>
          {(props) => (
            <input
              {...props}
              class="input"
              autoComplete="organization"
              maxLength={200}
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field
          label={t("organization.domain")}
          hint={t("organization.domain.hint")}
          optional
          error={form.fields.domain}
        >
          {(props) => (
            <input
              {...props}
              class="input"
              autoCapitalize="none"
              autoComplete="off"
              spellcheck={false}
              maxLength={253}
              value={domain}
              onInput={(event) => setDomain(event.currentTarget.value)}
            />
          )}
        </Field>
        <p class="muted small">
          {organization.plan ? `${t("organization.plan")}: ${organization.plan} · ` : ""}
          {t("organization.people", { n: organization.users })} · {t("organization.begun")}{" "}
          <Time value={organization.created_at} />
        </p>
        <div class="form-actions">
          <Button kind="primary" type="submit" busy={form.busy} disabled={!changed}>{t("action.save")}</Button>
        </div>
      </form>
    </Card>
  );
}
