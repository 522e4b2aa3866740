// What changes how somebody signs in asks for the password when the sign-in was a while ago: the action runs, the server says
// that it wants more, the password is asked for, and the action runs again.
import { useState } from "preact/hooks";
import { ApiError, post } from "../lib/api.ts";
import { t } from "../lib/i18n.ts";
import { user } from "../lib/session.ts";
import { Button } from "./basic.tsx";
import { Dialog } from "./dialog.tsx";
import { guarded } from "./guarded.tsx";
import { useForm } from "./form.ts";
import { PasswordField } from "./password_field.tsx";
import { Failure } from "./states.tsx";

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

const ConfirmDialog = guarded(function ConfirmDialog({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const [password, setPassword] = useState("");
  const form = useForm(["password"]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (!form.check({ password: !password && t("form.required") })) return;
    if (await form.submit(() => post("/auth/confirm", { password }, { renew: false }))) onDone();
  };
  return (
    <Dialog title={t("confirm.title")} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        <p>{t("confirm.text")}</p>
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
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" busy={form.busy}>{t("confirm.action")}</Button>
        </div>
      </form>
    </Dialog>
  );
});
