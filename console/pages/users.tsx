// The people of the organisation: find, add, change role, switch off, delete.
import { useEffect, useState } from "preact/hooks";
import { guarded } from "../components/guarded.tsx";
import { Badge, Button, Checkbox, CopyButton, Field, PageHead, Time } from "../components/basic.tsx";
import { Confirm, Dialog } from "../components/dialog.tsx";
import { useForm } from "../components/form.ts";
import { Icon } from "../components/icon.tsx";
import { PasswordField } from "../components/password_field.tsx";
import { Empty, Failure } from "../components/states.tsx";
import { type Column, PagedTable } from "../components/table.tsx";
import { post, put, remove } from "../lib/api.ts";
import { t } from "../lib/i18n.ts";
import { generatePassword, MIN_PASSWORD } from "../lib/password.ts";
import { usePages } from "../lib/resource.ts";
import { route, setQuery } from "../lib/router.ts";
import { user as me } from "../lib/session.ts";
import { toast } from "../lib/toasts.ts";
import { type Role, ROLES, type User } from "../lib/types.ts";
import { BulkUsers } from "./users_bulk.tsx";
import { ChatAvatar, Presence, useApart } from "./chat/avatar.tsx";
import { UserSecondFactor } from "./user_second_factor.tsx";

/** A person gives at most the own role; only owners make owners. */
function grantable(): readonly Role[] {
  const own = me.value?.role ?? "viewer";
  return ROLES.slice(ROLES.indexOf(own));
}

export function UsersPage() {
  const query = route.value.query;
  const [search, setSearch] = useState(query.get("q") ?? "");
  const [editing, setEditing] = useState<User | "new" | null>(null);
  const [deleting, setDeleting] = useState<User | null>(null);
  const [bulk, setBulk] = useState(false);
  const q = query.get("q") ?? "", role = query.get("role") ?? "";
  const pages = usePages<User>("/users", { q, role });
  useApart(pages.items?.map((person) => person.id) ?? []);
  useEffect(() => {
    const timer = setTimeout(() => setQuery({ q: search.trim() || null }), 250);
    return () => clearTimeout(timer);
  }, [search]);

  const columns: Column<User>[] = [
    {
      key: "name",
      label: t("user.name"),
      main: true,
      cell: (person) => (
        <span class="person">
          <ChatAvatar user={person} size={32} />
          <span>
            <strong>
              {person.display_name || person.username}
              {person.id === me.value?.id ? <span class="muted">{` (${t("users.you")})`}</span> : null}
            </strong>
            <span class="muted">{person.email ?? person.username}</span>
          </span>
        </span>
      ),
    },
    {
      key: "role",
      label: t("user.role"),
      cell: (person) => (
        <span class="role-cell">
          <Badge tone={person.role === "owner" || person.role === "admin" ? "change" : "plain"}>
            {t(`role.${person.role}`)}
          </Badge>
          {person.second_factor || person.passkeys ? <Icon name="shield" size={16} label={t("users.second")} /> : null}
        </span>
      ),
    },
    {
      key: "state",
      label: t("user.state"),
      cell: (person) =>
        person.is_active
          ? (
            <span class="presence-line">
              <Presence id={person.id} words />
            </span>
          )
          : <Badge tone="bad">{t("user.disabled")}</Badge>,
    },
    { key: "seen", label: t("user.last_seen"), cell: (person) => <Time value={person.last_seen_at} /> },
    {
      key: "actions",
      label: t("table.actions"),
      actions: "icons",
      cell: (person) => (
        <>
          <Button
            kind="quiet"
            small
            icon="edit"
            label={t("users.edit", { name: person.username })}
            onClick={() => setEditing(person)}
          />
          {person.id !== me.value?.id
            ? (
              <Button
                kind="quiet"
                small
                icon="trash"
                label={t("users.delete", { name: person.username })}
                onClick={() => setDeleting(person)}
              />
            )
            : null}
        </>
      ),
    },
  ];

  return (
    <>
      <PageHead title={t("nav.users")} text={t("users.text")}>
        <Button icon="users" onClick={() => setBulk(true)}>{t("bulk.open")}</Button>
        <Button kind="primary" icon="user-plus" data-new onClick={() => setEditing("new")}>{t("users.new")}</Button>
      </PageHead>
      <section class="card">
        <div class="toolbar">
          <label class="search">
            <Icon name="search" size={18} />
            <input
              class="input"
              type="search"
              data-search
              value={search}
              placeholder={t("users.search")}
              aria-label={t("users.search")}
              onInput={(event) => setSearch(event.currentTarget.value)}
            />
          </label>
          <select
            class="input"
            aria-label={t("user.role")}
            value={role}
            onChange={(event) => setQuery({ role: event.currentTarget.value || null })}
          >
            <option value="">{t("users.all_roles")}</option>
            {ROLES.map((name) => <option key={name} value={name}>{t(`role.${name}`)}</option>)}
          </select>
        </div>
        <PagedTable
          pages={pages}
          columns={columns}
          caption={t("nav.users")}
          onOpen={setEditing}
          empty={
            <Empty icon="users" title={t("users.empty")} text={t("users.empty.text")}>
              <Button onClick={() => (setSearch(""), setQuery({ q: null, role: null }))}>
                {t("action.clear_filters")}
              </Button>
            </Empty>
          }
        />
      </section>
      {bulk ? <BulkUsers onClose={() => setBulk(false)} onDone={pages.reload} /> : null}
      {editing === "new" ? <NewUser onClose={() => setEditing(null)} onDone={pages.reload} /> : null}
      {editing && editing !== "new"
        ? (
          <EditUser
            person={editing}
            onClose={() => setEditing(null)}
            onDone={(changed) =>
              pages.update((items) => items.map((item) => item.id === changed.id ? { ...item, ...changed } : item))}
          />
        )
        : null}
      {deleting
        ? (
          <Confirm
            title={t("users.delete.title", { name: deleting.username })}
            text={t("users.delete.text")}
            action={t("action.delete")}
            onClose={() => setDeleting(null)}
            onConfirm={async () => {
              await remove(`/users/${deleting.id}`);
              pages.update((items) => items.filter((item) => item.id !== deleting.id));
              toast({ kind: "success", title: t("users.deleted", { name: deleting.username }) });
            }}
          />
        )
        : null}
    </>
  );
}

const NewUser = guarded(function NewUser({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [values, setValues] = useState({
    display_name: "",
    email: "",
    username: "",
    password: "",
    role: "member" as Role,
  });
  const form = useForm(["display_name", "email", "username", "password", "role"]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fine = form.check({
      email: !/^[^@\s]+@[^@\s]+$/.test(values.email.trim()) && t("form.email"),
      username: !/^[a-z0-9][a-z0-9_.-]{1,31}$/i.test(values.username.trim()) && t("form.username"),
      password: [...values.password].length < MIN_PASSWORD && t("form.password_short"),
    });
    if (!fine) return;
    const done = await form.submit(() =>
      post("/users", {
        ...values,
        display_name: values.display_name.trim() || undefined,
        email: values.email.trim(),
        username: values.username.trim(),
      })
    );
    if (!done) return;
    toast({ kind: "success", title: t("users.created", { name: values.display_name.trim() || values.username }) });
    onDone();
    onClose();
  };
  return (
    <Dialog title={t("users.new")} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <Field label={t("user.display_name")} optional error={form.fields.display_name}>
          {(props) => (
            <input
              {...props}
              class="input"
              autoFocus
              autoComplete="off"
              maxLength={100}
              value={values.display_name}
              onInput={(event) => setValues({ ...values, display_name: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label={t("user.email")} error={form.fields.email}>
          {(props) => (
            <input
              {...props}
              class="input"
              type="email"
              value={values.email}
              onInput={(event) => setValues({ ...values, email: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label={t("user.username")} hint={t("form.username")} error={form.fields.username}>
          {(props) => (
            <input
              {...props}
              class="input"
              autoCapitalize="none"
              spellcheck={false}
              autoComplete="off"
              value={values.username}
              onInput={(event) => setValues({ ...values, username: event.currentTarget.value })}
            />
          )}
        </Field>
        <PasswordField
          label={t("users.password")}
          value={values.password}
          onInput={(password) => setValues({ ...values, password })}
          error={form.fields.password}
          fresh
          personal={[values.username]}
          hint={t("users.password.hint")}
        />
        <div class="form-actions form-actions-start">
          <Button small icon="refresh" onClick={() => setValues({ ...values, password: generatePassword() })}>
            {t("users.password.generate")}
          </Button>
          {values.password ? <CopyButton small text={values.password} label={t("users.password.copy")} /> : null}
        </div>
        <RoleField value={values.role} onChange={(role) => setValues({ ...values, role })} error={form.fields.role} />
        <div class="form-actions form-actions-end">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" busy={form.busy}>{t("users.create")}</Button>
        </div>
      </form>
    </Dialog>
  );
});

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

const EditUser = guarded(
  function EditUser(
    { person, onClose, onDone }: { person: User; onClose: () => void; onDone: (person: User) => void },
  ) {
    const [values, setValues] = useState({
      display_name: person.display_name,
      role: person.role,
      is_active: person.is_active,
    });
    const form = useForm(["display_name", "role", "is_active"]);
    const self = person.id === me.value?.id;
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
      <Dialog title={person.username} onClose={onClose}>
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
          <div class="form-actions form-actions-end">
            <Button onClick={onClose}>{t("action.cancel")}</Button>
            <Button kind="primary" type="submit" busy={form.busy}>{t("action.save")}</Button>
          </div>
        </form>
      </Dialog>
    );
  },
);
