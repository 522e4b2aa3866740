// A password with "show", a warning when caps lock is on, and (for new ones) how strong it is.
import { useState } from "preact/hooks";
import { focusAtOnce } from "../lib/focus.ts";
import { t } from "../lib/i18n.ts";
import { passwordStrength } from "../lib/password.ts";
import { Field } from "./basic.tsx";
import { Icon } from "./icon.tsx";

export function PasswordField(
  { label, value, onInput, error, fresh, personal, autoFocus, hint, optional }: {
    label: string;
    value: string;
    onInput: (value: string) => void;
    error?: string | null;
    /** A new password: shows its strength, and password managers offer one. */
    fresh?: boolean;
    /** Words that should not be in it. */
    personal?: string[];
    autoFocus?: boolean;
    hint?: string;
    optional?: boolean;
  },
) {
  const [shown, setShown] = useState(false);
  const [caps, setCaps] = useState(false);
  const watch = (event: KeyboardEvent) => setCaps(event.getModifierState?.("CapsLock") ?? false);
  const strength = fresh && value ? passwordStrength(value, personal) : null;
  return (
    <Field
      label={label}
      optional={optional}
      error={error}
      hint={caps ? t("password.caps") : strength !== null ? t(`password.strength.${strength}`) : hint}
    >
      {(props) => (
        <>
          <div class="input-group">
            <input
              {...props}
              class="input"
              type={(shown ? "text" : "password") as "password"}
              value={value}
              autoComplete={fresh ? "new-password" : "current-password"}
              autoFocus={autoFocus}
              ref={autoFocus ? focusAtOnce : undefined}
              required={!optional}
              spellcheck={false}
              onInput={(event) => onInput(event.currentTarget.value)}
              onKeyDown={watch}
              onKeyUp={watch}
              onBlur={() => setCaps(false)}
            />
            <button
              type="button"
              class="input-button"
              aria-label={t(shown ? "password.hide" : "password.show")}
              aria-pressed={shown}
              onClick={() => setShown(!shown)}
            >
              <Icon name={shown ? "eye-off" : "eye"} size={18} />
            </button>
          </div>
          {strength !== null
            ? (
              <meter
                class="strength"
                min={0}
                max={4}
                low={2}
                high={3}
                optimum={4}
                value={strength}
                aria-hidden="true"
              />
            )
            : null}
        </>
      )}
    </Field>
  );
}
