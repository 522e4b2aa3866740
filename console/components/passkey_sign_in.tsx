// "Sign in with a passkey" on the sign-in page; browsers that can also offer passkeys under the name field.
import { useEffect, useState } from "preact/hooks";
import { t } from "../lib/i18n.ts";
import { autofillPossible, passkeysPossible, signInWithPasskey, stopAutofill, wasGivenUp } from "../lib/passkeys.ts";
import { Button } from "./basic.tsx";
import { Failure } from "./states.tsx";

export function PasskeySignIn() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = async (autofill: boolean) => {
    setError(null);
    try {
      await signInWithPasskey({ autofill });
    } catch (problem) {
      // Nobody asked for what goes on by itself.
      if (!autofill && !wasGivenUp(problem)) setError(problem);
    }
  };
  useEffect(() => {
    let left = false;
    const waiting = autofillPossible().then((possible) => {
      if (possible && !left) void run(true);
      return possible;
    });
    return () => {
      left = true;
      void waiting.then((possible) => possible ? stopAutofill() : undefined);
    };
  }, []);
  if (!passkeysPossible()) return null;
  const click = async () => {
    setBusy(true);
    await run(false);
    setBusy(false);
  };
  return (
    <div class="passkey-sign-in">
      <span class="or-line muted small">{t("login.or")}</span>
      {error ? <Failure error={error} /> : null}
      <Button icon="key" busy={busy} onClick={click}>{t("passkey.sign_in")}</Button>
    </div>
  );
}
