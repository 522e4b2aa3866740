// Coming in by oneself: with an invitation (the link carries it behind `#`), or where registration is open.
import { useState } from "preact/hooks";
import type { AccountOptions, InviteShown } from "../../../protocol/accounts/coming_in.ts";
import { Button, LinkButton } from "../../components/basic.tsx";
import { Failure, Notice, Skeleton } from "../../components/states.tsx";
import { accountOptions, lookAtInvite, ofLink } from "../../lib/coming_in.ts";
import { t } from "../../lib/i18n.ts";
import { useResource } from "../../lib/resource.ts";
import { navigate } from "../../lib/router.ts";
import { session, signOut } from "../../lib/session.ts";
import { Outside } from "./outside.tsx";
import { RegisterForm } from "./register_form.tsx";

interface Door {
  options: AccountOptions;
  invite: InviteShown | null;
}

export function RegisterPage() {
  const [token] = useState(() => ofLink("invite"));
  // Who is signed in already may not want a second account: asked once, before anything else.
  const [before, setBefore] = useState(session.value.kind === "signed_in" ? session.value.user : null);
  const [waiting, setWaiting] = useState<"email" | "approval" | null>(null);
  const door = useResource<Door>(async (signal) => ({
    options: await accountOptions(signal),
    invite: token ? await lookAtInvite(token) : null,
  }), [token]);

  if (before) {
    return (
      <Outside title={t("register.signed_in", { name: before.display_name || before.username })}>
        <p>{t("register.signed_in.text")}</p>
        <div class="form">
          <Button kind="primary" onClick={() => navigate("/", { replace: true })}>{t("register.stay")}</Button>
          <Button onClick={() => signOut({ stay: true }).then(() => setBefore(null), () => {})}>
            {t("register.sign_out")}
          </Button>
        </div>
      </Outside>
    );
  }
  if (waiting) return <Waiting for={waiting} />;
  const { data, error } = door;
  if (error) {
    return (
      <Outside title={t("register.title")}>
        <Failure error={error} onRetry={error.code === "invite_invalid" ? undefined : door.reload} />
        <LinkButton href="/login">{t("register.to_login")}</LinkButton>
      </Outside>
    );
  }
  if (!data) {
    return (
      <Outside title={t("register.title")}>
        <Skeleton rows={5} />
      </Outside>
    );
  }
  if (!data.invite && data.options.registration !== "open") {
    return (
      <Outside title={t("register.title")}>
        <Notice>{t(data.options.registration === "closed" ? "register.closed" : "register.invite_only")}</Notice>
        <LinkButton kind="primary" href="/login">{t("register.to_login")}</LinkButton>
      </Outside>
    );
  }
  return <RegisterForm token={token} options={data.options} invite={data.invite} onWaiting={setWaiting} />;
}

function Waiting({ for: what }: { for: "email" | "approval" }) {
  return (
    <Outside title={t(`register.waiting.${what}`)} text={t(`register.waiting.${what}.text`)}>
      <LinkButton kind="primary" href="/login">{t("register.to_login")}</LinkButton>
    </Outside>
  );
}
