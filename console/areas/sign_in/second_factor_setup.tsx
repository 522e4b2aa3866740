// Setting up an authenticator app: scan, type a code, keep the recovery codes.
import { useEffect, useState } from "preact/hooks";
import type { TotpSetup } from "../../../protocol/accounts/second_factor.ts";
import { Button, Code, Field } from "../../components/basic.tsx";
import { useConfirmed } from "../../components/confirmed.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { guarded } from "../../components/guarded.tsx";
import { QrCode } from "../../components/qr.tsx";
import { RecoveryCodes } from "../../components/recovery_codes.tsx";
import { Failure, Skeleton } from "../../components/states.tsx";
import { post } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";

/** @param onEnabled gets the recovery codes; from then on the second step is on */
export function TotpSetupForm({ onEnabled }: { onEnabled: (codes: string[]) => void }) {
  const [setup, setSetup] = useState<TotpSetup | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const [code, setCode] = useState("");
  const form = useForm(["code"]);
  const { run, dialog } = useConfirmed();
  const begin = () => {
    setFailed(null);
    run(() => post<TotpSetup>("/auth/2fa/setup")).then(setSetup, setFailed);
  };
  useEffect(begin, []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const digits = code.replace(/\s/g, "");
    if (!form.check({ code: !/^\d{6}$/.test(digits) && t("second.six_digits") })) return;
    const done = await form.submit(async () => {
      const answer = await post<{ recovery_codes: string[] }>("/auth/2fa/enable", { code: digits }, { renew: false });
      onEnabled(answer.recovery_codes);
    });
    if (!done) setCode("");
  };
  if (failed) {
    return (
      <>
        <Failure error={failed} onRetry={begin} />
        {dialog}
      </>
    );
  }
  if (!setup) {
    return (
      <>
        <Skeleton rows={6} />
        {dialog}
      </>
    );
  }
  return (
    <form class="form totp-setup" onSubmit={submit} noValidate>
      <ol class="totp-steps">
        <li>
          <p>{t("second.scan")}</p>
          <QrCode text={setup.otpauth_url} label={t("second.qr")} />
          <p class="muted small">{t("second.by_hand")}</p>
          <Code text={setup.secret.replace(/(.{4})(?=.)/g, "$1 ")} />
          <p class="small">
            <a href={setup.otpauth_url}>{t("second.open_app")}</a>
          </p>
        </li>
        <li>
          {form.error ? <Failure error={form.error} /> : null}
          <Field label={t("second.type_code")} error={form.fields.code}>
            {(props) => (
              <input
                {...props}
                class="input code-input"
                value={code}
                inputMode="numeric"
                autoComplete="one-time-code"
                maxLength={10}
                required
                onInput={(event) => setCode(event.currentTarget.value)}
              />
            )}
          </Field>
        </li>
      </ol>
      <div class="form-actions form-actions-end">
        <Button kind="primary" type="submit" busy={form.busy}>{t("second.enable")}</Button>
      </div>
    </form>
  );
}

/** Closes by its button only: the codes are shown once. */
export const CodesDialog = guarded(function CodesDialog(
  { codes, onClose }: { codes: readonly string[]; onClose: () => void },
) {
  return (
    <Dialog
      title={t("recovery.title")}
      onClose={onClose}
      locked
      footer={<Button kind="primary" onClick={onClose}>{t("secret.stored")}</Button>}
    >
      <RecoveryCodes codes={codes} />
    </Dialog>
  );
});

export const SetUpDialog = guarded(
  function SetUpDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
    const [codes, setCodes] = useState<string[] | null>(null);
    if (codes) return <CodesDialog codes={codes} onClose={onDone} />;
    return (
      <Dialog title={t("second.set_up")} onClose={onClose}>
        <TotpSetupForm onEnabled={setCodes} />
      </Dialog>
    );
  },
);
