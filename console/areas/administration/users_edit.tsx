// One person of the organisation: name, role, on or off, and a link for a forgotten password.
import { useState } from "preact/hooks";
import type { AccountLink } from "../../../protocol/accounts/coming_in.ts";
import { Button, Checkbox, Field, Time } from "../../components/basic.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { guarded } from "../../components/guarded.tsx";
import { SecretDialog } from "../../components/secret.tsx";
import { Failure } from "../../components/states.tsx";
import { post, put } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { user as me } from "../../lib/session.ts";
import { toast } from "../../lib/toasts.ts";
import type { User } from "../../lib/types.ts";
import { RoleField } from "./role_field.tsx";
import { UserSecondFactor } from "./user_second_factor.tsx";

export const EditUser = guarded(
  function EditUser(
    { person, onClose, onDone }: { person: User; onClose: () => void; onDone: (person: User) => void },
  ) {
    const [values, setValues] = useState({
      display_name: person.display_name,
      role: person.role,
      is_active: person.is_active,
    });
    const form = useForm(["display_name", "role", "is_active"]);
    const [link, setLink] = useState<string | null>(null);
    const self = person.id === me.value?.id;
    const makeLink = () =>
      form.submit(async () => setLink((await post<AccountLink>(`/users/${person.id}/reset-link`)).url));
    if (link) {
      const name = person.display_name || person.username;
      return (
        <SecretDialog
          title={t("users.reset_link.title", { name })}
          text={t("users.reset_link.text", { name })}
          secrets={[{ label: t("users.link"), value: link }]}
          onClose={onClose}
        />
      );
    }
    const submit = async (event: SubmitEvent) => {
      event.preventDefault();
      const changes: Partial<User> = {};
      if (values.display_name.trim() && values.display_name !== person.display_name) {
        changes.display_name = values.display_name.trim();
      }
      if (values.role !== person.role) changes.role = values.role;
      if (values.is_active !== person.is_active) changes.is_active = values.is_active;
      if (!Object.keys(changes).length) return onClose();
      const done = await form.submit(async () => onDone(await put<User>(`/users/${person.id}`, changes)));
      if (!done) return;
      toast({ kind: "success", title: t("state.saved") });
      onClose();
    };
    return (
      <Dialog title={person.display_name || person.username} onClose={onClose}>
        <form class="form" onSubmit={submit} noValidate>
          {form.error ? <Failure error={form.error} /> : null}
          <dl class="details">
            <div>
              <dt>{t("user.email")}</dt>
              <dd>{person.email ?? "–"}</dd>
            </div>
            <div>
              <dt>{t("user.created")}</dt>
              <dd>
                <Time value={person.created_at} mode="absolute" />
              </dd>
            </div>
            <div>
              <dt>{t("user.last_seen")}</dt>
              <dd>
                <Time value={person.last_seen_at} mode="absolute" />
              </dd>
            </div>
            <UserSecondFactor person={person} onDone={onDone} />
          </dl>
          <Field label={t("user.display_name")} error={form.fields.display_name}>
            {(props) => (
              <input
                {...props}
                class="input"
                maxLength={100}
                value={values.display_name}
                onInput={(event) => setValues({ ...values, display_name: event.currentTarget.value })}
              />
            )}
          </Field>
          <RoleField
            value={values.role}
            onChange={(role) => setValues({ ...values, role })}
            error={form.fields.role}
            disabled={self}
          />
          <Checkbox
            kind="switch"
            checked={values.is_active}
            disabled={self}
            onChange={(is_active) => setValues({ ...values, is_active })}
          >
            {t("user.active")}
          </Checkbox>
          <p class="muted small">{t(self ? "users.self" : "user.active.text")}</p>
          {!self && person.is_active
            ? (
              <div class="form-actions form-actions-start">
                <Button small icon="key" onClick={makeLink} disabled={form.busy}>{t("users.reset_link")}</Button>
              </div>
            )
            : null}
          <div class="form-actions form-actions-end">
            <Button onClick={onClose}>{t("action.cancel")}</Button>
            <Button kind="primary" type="submit" busy={form.busy}>{t("action.save")}</Button>
          </div>
        </form>
      </Dialog>
    );
  },
);
