// What changes how somebody signs in asks who it is when the sign-in was a while ago: the action runs, the server says that it
// wants more, the person shows a password or passkey, and the action runs again. Who has neither signs in again.
import { useState } from "preact/hooks";
import type { SecondFactorState } from "../../protocol/accounts/second_factor.ts";
import { ApiError, get, post } from "../lib/api.ts";
import { t } from "../lib/i18n.ts";
import { confirmWithPasskey, passkeysPossible, wasGivenUp } from "../lib/passkeys.ts";
import { useResource } from "../lib/resource.ts";
import { signOut, user } from "../lib/session.ts";
import { Button } from "./basic.tsx";
import { Dialog } from "./dialog.tsx";
import { guarded } from "./guarded.tsx";
import { useForm } from "./form.ts";
import { PasswordField } from "./password_field.tsx";
import { Failure, Skeleton, toastError } from "./states.tsx";

/** @returns `run` for such actions, and the dialog to draw while it is open */
export function useConfirmed() {
  const [waiting, setWaiting] = useState<{ again: () => void; stop: (error: unknown) => void } | null>(null);
  const run = async <T,>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "recent_sign_in_required") throw error;
      await new Promise<void>((again, stop) => setWaiting({ again, stop: () => stop(error) }))
        .finally(() => setWaiting(null));
      return await action();
    }
  };
  const dialog = waiting ? <ConfirmDialog onDone={waiting.again} onClose={() => waiting.stop(null)} /> : null;
  return { run, dialog };
}

/** By the password where there is one, by a passkey where there is one, or by signing in again. */
const ConfirmDialog = guarded(function ConfirmDialog({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const state = useResource((signal) => get<SecondFactorState>("/auth/2fa", {}, signal), []);
  if (!state.data) {
    return (
      <Dialog title={t("proof.title")} onClose={onClose}>
        {state.error ? <Failure error={state.error} onRetry={state.reload} /> : <Skeleton rows={3} />}
      </Dialog>
    );
  }
  const passkey = passkeysPossible() && (user.value?.passkeys ?? 0) > 0;
  if (state.data.has_password) return <ByPassword passkey={passkey} onDone={onDone} onClose={onClose} />;
  return <WithoutPassword passkey={passkey} onDone={onDone} onClose={onClose} />;
});

interface Way {
  passkey: boolean;
  onDone: () => void;
  onClose: () => void;
}

const ByPassword = guarded(function ByPassword({ passkey, onDone, onClose }: Way) {
  const [password, setPassword] = useState("");
  const form = useForm(["password"]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (!form.check({ password: !password && t("form.required") })) return;
    if (await form.submit(() => post("/auth/confirm", { password }, { renew: false }))) onDone();
  };
  return (
    <Dialog title={t("proof.title")} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        <p>{t("proof.password")}</p>
        {form.error ? <Failure error={form.error} /> : null}
        <input
          class="offscreen"
          type="text"
          autoComplete="username"
          value={user.value?.username ?? ""}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <PasswordField
          label={t("profile.password.current")}
          value={password}
          onInput={setPassword}
          error={form.fields.password}
          autoFocus
        />
        <div class="form-actions form-actions-end">
          {passkey ? <UsePasskey onDone={onDone} /> : null}
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" busy={form.busy}>{t("proof.action")}</Button>
        </div>
      </form>
    </Dialog>
  );
});

const WithoutPassword = guarded(function WithoutPassword({ passkey, onDone, onClose }: Way) {
  const again = () => signOut({ stay: true }).catch(toastError);
  return (
    <Dialog title={t("proof.title")} onClose={onClose}>
      <div class="form">
        <p>{t(passkey ? "proof.passkey" : "proof.again")}</p>
        <div class="form-actions form-actions-end">
          {passkey ? null : <Button onClick={onClose}>{t("action.cancel")}</Button>}
          <Button kind={passkey ? "plain" : "primary"} icon="log-in" onClick={again}>{t("proof.sign_in")}</Button>
          {passkey ? <UsePasskey primary onDone={onDone} /> : null}
        </div>
      </div>
    </Dialog>
  );
});

function UsePasskey({ primary, onDone }: { primary?: boolean; onDone: () => void }) {
  const [busy, setBusy] = useState(false);
  const use = async () => {
    setBusy(true);
    try {
      await confirmWithPasskey();
      onDone();
    } catch (problem) {
      if (!wasGivenUp(problem)) toastError(problem);
      setBusy(false);
    }
  };
  return (
    <Button kind={primary ? "primary" : "plain"} icon="key" busy={busy} onClick={use}>{t("proof.use_passkey")}</Button>
  );
}
