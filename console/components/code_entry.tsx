// Six digits from a message: typed, pasted, or offered by the telephone; and another message when it does not come.
import { useState } from "preact/hooks";
import { now } from "../lib/clock.ts";
import { focusAtOnce } from "../lib/focus.ts";
import { duration } from "../lib/format.ts";
import { language, t } from "../lib/i18n.ts";
import { Button, Field } from "./basic.tsx";

/** `value` holds the digits only. */
export function CodeField(
  { value, onInput, error }: { value: string; onInput: (digits: string) => void; error?: string | null },
) {
  return (
    <Field label={t("code.enter")} error={error}>
      {(props) => (
        <input
          {...props}
          class="input code-entry"
          value={value}
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
          ref={focusAtOnce}
          required
          onInput={(event) => onInput(event.currentTarget.value.replace(/\D/g, "").slice(0, 6))}
        />
      )}
    </Field>
  );
}

/** @param until when it may be asked for again, in milliseconds since 1970 */
export function SendAgain({ until, onSend }: { until: number; onSend: () => Promise<unknown> }) {
  const [busy, setBusy] = useState(false);
  const seconds = Math.max(0, Math.ceil((until - now.value) / 1000));
  const click = async () => {
    setBusy(true);
    await onSend();
    setBusy(false);
  };
  return (
    <Button kind="quiet" busy={busy} disabled={seconds > 0} onClick={click}>
      {seconds > 0 ? t("code.again.in", { time: duration(seconds, language.value) }) : t("code.again")}
    </Button>
  );
}
