// The people of the organisation: find, add, invite, let in, change role, switch off, delete.
import { useEffect, useState } from "preact/hooks";
import type { Invite, SignUp } from "../../../protocol/accounts/coming_in.ts";
import { Badge, Button, PageHead, Tabs, Time } from "../../components/basic.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { Icon } from "../../components/icon.tsx";
import { SearchField } from "../../components/search_field.tsx";
import { Empty } from "../../components/states.tsx";
import { type Column, PagedTable } from "../../components/table.tsx";
import { remove } from "../../lib/api.ts";
import { accountOptions } from "../../lib/coming_in.ts";
import { t } from "../../lib/i18n.ts";
import { usePages, useResource } from "../../lib/resource.ts";
import { route, setQuery } from "../../lib/router.ts";
import { user as me } from "../../lib/session.ts";
import { toast } from "../../lib/toasts.ts";
import { ROLES, type User } from "../../lib/types.ts";
import { ChatAvatar, Presence, useApart } from "../chat/avatar.tsx";
import { InviteDialog } from "./invite_dialog.tsx";
import { Invites } from "./invites.tsx";
import { SignUps } from "./sign_ups.tsx";
import { BulkUsers } from "./users_bulk.tsx";
import { EditUser } from "./users_edit.tsx";
import { NewUser } from "./users_new.tsx";

export function UsersPage() {
  const query = route.value.query;
  const [search, setSearch] = useState(query.get("q") ?? "");
  const [editing, setEditing] = useState<User | "new" | null>(null);
  const [deleting, setDeleting] = useState<User | null>(null);
  const [bulk, setBulk] = useState(false);
  // The list of first steps leads here with the dialog open.
  const [inviting, setInviting] = useState(query.has("invite"));
  const invites = usePages<Invite>("/organization/invites", {});
  const waiting = usePages<SignUp>("/organization/sign-ups", {});
  const { data: options } = useResource((signal) => accountOptions(signal), []);
  const mail = options?.mail ?? false;
  const tab = tabOf(query.get("tab"));
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
        <span class="role-line">
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
        <Button icon="plus" data-new onClick={() => setEditing("new")}>{t("users.new")}</Button>
        {options?.registration === "closed"
          ? null
          : <Button kind="primary" icon="user-plus" onClick={() => setInviting(true)}>{t("users.invite")}</Button>}
      </PageHead>
      <Tabs
        tabs={[
          { id: "people", label: t("users.tab.people") },
          { id: "invites", label: t("users.tab.invites") },
          { id: "waiting", label: counted(t("users.tab.waiting"), waiting.items?.length) },
        ]}
        current={tab}
        href={(id) => id === "people" ? "/users" : `/users?tab=${id}`}
      />
      {tab === "invites" ? <Invites pages={invites} onInvite={() => setInviting(true)} /> : null}
      {tab === "waiting" ? <SignUps pages={waiting} onApproved={pages.reload} /> : null}
      <section class="card" hidden={tab !== "people"}>
        <div class="toolbar">
          <SearchField
            label={t("users.search")}
            data-search
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
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
      {bulk ? <BulkUsers mail={mail} onClose={() => setBulk(false)} onDone={pages.reload} /> : null}
      {inviting
        ? (
          <InviteDialog
            mail={mail}
            onClose={() => (setInviting(false), setQuery({ invite: null }))}
            onDone={invites.reload}
          />
        )
        : null}
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

const counted = (label: string, n = 0) => n > 0 ? `${label} (${n})` : label;

type TabName = "people" | "invites" | "waiting";

function tabOf(wanted: string | null): TabName {
  return wanted === "invites" || wanted === "waiting" ? wanted : "people";
}
