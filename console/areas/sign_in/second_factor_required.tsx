// All that a person sees whose role needs a second factor and who has not shown one: the ways to set one up.
import { useState } from "preact/hooks";
import { Button } from "../../components/basic.tsx";
import { useConfirmed } from "../../components/confirmed.tsx";
import { RecoveryCodes } from "../../components/recovery_codes.tsx";
import { Failure, Notice } from "../../components/states.tsx";
import { t } from "../../lib/i18n.ts";
import { addPasskey, passkeysPossible, wasGivenUp } from "../../lib/passkeys.ts";
import { loadSession, signOut, user } from "../../lib/session.ts";
import { Outside } from "./outside.tsx";
import { TotpSetupForm } from "./second_factor_setup.tsx";

export function SecondFactorRequiredPage() {
  const [codes, setCodes] = useState<string[] | null>(null);
  const [app, setApp] = useState(false);
  if (codes) {
    return (
      <Outside title={t("recovery.title")}>
        <RecoveryCodes codes={codes} />
        <Button kind="primary" onClick={loadSession}>{t("required.go_on")}</Button>
      </Outside>
    );
  }
  const elsewhere = (user.value?.passkeys ?? 0) > 0;
  return (
    <Outside title={t("required.title")} text={t("required.text")}>
      {elsewhere ? <Notice>{t("required.passkey_there")}</Notice> : app
        ? (
          <>
            <TotpSetupForm onEnabled={setCodes} />
            {passkeysPossible()
              ? <Button icon="key" onClick={() => setApp(false)}>{t("required.passkey_instead")}</Button>
              : null}
          </>
        )
        : <Choice onApp={() => setApp(true)} />}
      <Button kind="quiet" icon="log-out" onClick={() => signOut()}>{t("action.sign_out")}</Button>
    </Outside>
  );
}

function Choice({ onApp }: { onApp: () => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { run, dialog } = useConfirmed();
  const passkey = async () => {
    setBusy(true);
    setError(null);
    try {
      await run(addPasskey);
      await loadSession();
    } catch (problem) {
      if (!wasGivenUp(problem)) setError(problem);
      setBusy(false);
    }
  };
  return (
    <div class="form">
      {error ? <Failure error={error} /> : null}
      {passkeysPossible()
        ? (
          <>
            <Button kind="primary" icon="key" busy={busy} onClick={passkey}>{t("passkey.add")}</Button>
            <p class="muted small">{t("passkey.text")}</p>
          </>
        )
        : null}
      <Button kind={passkeysPossible() ? "plain" : "primary"} icon="shield" onClick={onApp}>
        {t("second.set_up")}
      </Button>
      <p class="muted small">{t("second.text")}</p>
      {dialog}
    </div>
  );
}
