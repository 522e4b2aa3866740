// The choice of a role, with what it may do.
import { Field } from "../../components/basic.tsx";
import { t } from "../../lib/i18n.ts";
import { user as me } from "../../lib/session.ts";
import { type Role, ROLES } from "../../lib/types.ts";

/** A person gives at most the own role; only owners make owners. */
function grantable(): readonly Role[] {
  const own = me.value?.role ?? "viewer";
  return ROLES.slice(ROLES.indexOf(own));
}

export function RoleField(
  { value, onChange, error, disabled, program }: {
    value: Role;
    onChange: (role: Role) => void;
    error?: string;
    disabled?: boolean;
    /** A program is never the owner. */
    program?: boolean;
  },
) {
  const choices = [...new Set([...grantable(), value])].filter((role) => !program || role !== "owner");
  return (
    <Field label={t("user.role")} hint={t(`role.${value}.text`)} error={error}>
      {(props) => (
        <select
          {...props}
          class="input"
          value={value}
          disabled={disabled}
          onChange={(event) => onChange(event.currentTarget.value as Role)}
        >
          {choices.map((role) => <option key={role} value={role}>{t(`role.${role}`)}</option>)}
        </select>
      )}
    </Field>
  );
}
