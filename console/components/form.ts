// Sending a form: one call at a time, problems of single fields beside the field, all others above the buttons.
import { useState } from "preact/hooks";
import { ApiError } from "../lib/api.ts";
import { t } from "../lib/i18n.ts";
import { user } from "../lib/session.ts";

export interface FormState {
  busy: boolean;
  /** What is not about one of the form's fields. */
  error: ApiError | null;
  /** By field name. */
  fields: Record<string, string>;
  /** Runs `send`; problems end up in `error` and `fields`. */
  submit: (send: () => Promise<unknown>) => Promise<boolean>;
  /** Shows problems found before sending. @returns true when there are none. */
  check: (problems: Record<string, string | false | null | undefined>) => boolean;
}

export function useForm(known: readonly string[]): FormState {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [fields, setFields] = useState<Record<string, string>>({});
  return {
    busy,
    error,
    fields,
    async submit(send) {
      if (busy) return false;
      setBusy(true);
      setError(null);
      setFields({});
      try {
        await send();
        return true;
      } catch (problem) {
        const failure = problem instanceof ApiError ? problem : new ApiError("internal", 0, String(problem));
        const password = known.find((name) => name === "password" || name === "current_password");
        if (failure.code === "invalid_credentials" && password && user.peek()) {
          setFields({ [password]: t("form.not_your_password") });
          return false;
        }
        const named = Object.entries(failure.options.fields ?? {}).map(([path, text]) =>
          [path.split(".")[0]!, text] as const
        );
        const mine = named.filter(([name]) => known.includes(name));
        setFields(Object.fromEntries(mine));
        if (mine.length < named.length || !named.length) setError(failure);
        return false;
      } finally {
        setBusy(false);
      }
    },
    check(problems) {
      const found = Object.entries(problems).filter((entry): entry is [string, string] => Boolean(entry[1]));
      setFields(Object.fromEntries(found));
      setError(null);
      return found.length === 0;
    },
  };
}
