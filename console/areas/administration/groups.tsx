// Groups of people: who is in them, and the word that calls them.
import { useEffect, useState } from "preact/hooks";
import type { UserGroup } from "../../../protocol/accounts/user_groups.ts";
import { Button, Field, PageHead } from "../../components/basic.tsx";
import { Confirm, Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { guarded } from "../../components/guarded.tsx";
import { Empty, Failure } from "../../components/states.tsx";
import { type Column, PagedTable } from "../../components/table.tsx";
import { post, put, remove } from "../../lib/api.ts";
import { loadGroups } from "../chat/lib/groups.ts";
import { loadDirectory, people, personName } from "../chat/lib/people.ts";
import { handleOf } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { usePages } from "../../lib/resource.ts";
import { toast } from "../../lib/toasts.ts";
import { ChatAvatar, GuestBadge } from "../chat/avatar.tsx";
import { PeoplePicker } from "../chat/people_picker.tsx";

export function GroupsPage() {
  const pages = usePages<UserGroup>("/user-groups", {});
  const [editing, setEditing] = useState<UserGroup | "new" | null>(null);
  const [deleting, setDeleting] = useState<UserGroup | null>(null);
  useEffect(() => void loadDirectory().catch(() => {}), []);
  const columns: Column<UserGroup>[] = [
    {
      key: "name",
      label: t("groups.name"),
      main: true,
      cell: (group) => (
        <span class="stack">
          <strong>{group.name}</strong>
          <code class="muted">@{group.handle}</code>
        </span>
      ),
    },
    {
      key: "people",
      label: t("groups.people"),
      cell: (group) => t("groups.people.n", { n: group.user_ids.length }),
    },
    {
      key: "actions",
      label: t("table.actions"),
      actions: "icons",
      cell: (group) => (
        <>
          <Button
            kind="quiet"
            small
            icon="edit"
            label={t("groups.edit", { name: group.name })}
            onClick={() => setEditing(group)}
          />
          <Button
            kind="quiet"
            small
            icon="trash"
            label={t("groups.delete", { name: group.name })}
            onClick={() => setDeleting(group)}
          />
        </>
      ),
    },
  ];
  const changed = () => {
    pages.reload();
    loadGroups();
  };
  const create = <Button icon="plus" onClick={() => setEditing("new")}>{t("groups.new")}</Button>;
  return (
    <>
      <PageHead title={t("nav.groups")} text={t("groups.text")}>
        <Button kind="primary" icon="plus" data-new onClick={() => setEditing("new")}>{t("groups.new")}</Button>
      </PageHead>
      <section class="card">
        <PagedTable
          pages={pages}
          columns={columns}
          caption={t("nav.groups")}
          onOpen={setEditing}
          empty={<Empty icon="users" title={t("groups.empty")} text={t("groups.empty.text")}>{create}</Empty>}
        />
      </section>
      {editing
        ? (
          <EditGroup
            group={editing === "new" ? null : editing}
            onClose={() => setEditing(null)}
            onDone={changed}
          />
        )
        : null}
      {deleting
        ? (
          <Confirm
            title={t("groups.delete.title", { name: deleting.name })}
            text={t("groups.delete.text")}
            action={t("action.delete")}
            onClose={() => setDeleting(null)}
            onConfirm={async () => {
              await remove(`/user-groups/${deleting.id}`);
              changed();
              toast({ kind: "success", title: t("groups.deleted", { name: deleting.name }) });
            }}
          />
        )
        : null}
    </>
  );
}

const EditGroup = guarded(function EditGroup(
  { group, onClose, onDone }: { group: UserGroup | null; onClose: () => void; onDone: () => void },
) {
  const [name, setName] = useState(group?.name ?? "");
  // Proposed from the name for as long as nobody has typed one.
  const [typed, setHandle] = useState(group?.handle ?? null);
  const handle = typed ?? handleOf(name);
  const [ids, setIds] = useState<string[]>(group?.user_ids ?? []);
  const [picking, setPicking] = useState(false);
  const form = useForm(["name", "handle", "user_ids"]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fine = form.check({
      name: !name.trim() && t("form.required"),
      handle: !/^[a-z0-9][a-z0-9_.-]{1,31}$/i.test(handle.trim()) && t("groups.handle.hint"),
    });
    if (!fine) return;
    const body = { name: name.trim(), handle: handle.trim(), user_ids: ids };
    const done = await form.submit(() => group ? put(`/user-groups/${group.id}`, body) : post("/user-groups", body));
    if (!done) return;
    toast({ kind: "success", title: t("state.saved") });
    onDone();
    onClose();
  };
  return (
    <>
      <Dialog title={group ? group.name : t("groups.new")} onClose={onClose}>
        <form class="form" onSubmit={submit} noValidate>
          {form.error ? <Failure error={form.error} /> : null}
          <Field label={t("groups.name")} error={form.fields.name}>
            {(props) => (
              <input
                {...props}
                class="input"
                autoFocus
                maxLength={100}
                value={name}
                onInput={(event) => setName(event.currentTarget.value)}
              />
            )}
          </Field>
          <Field label={t("groups.handle")} hint={t("groups.handle.hint")} error={form.fields.handle}>
            {(props) => (
              <input
                {...props}
                class="input"
                autoCapitalize="none"
                autoComplete="off"
                spellcheck={false}
                maxLength={32}
                value={handle}
                onInput={(event) => setHandle(event.currentTarget.value.replace(/^@/, ""))}
              />
            )}
          </Field>
          <div class="field">
            <span class="field-label">
              {ids.length ? `${t("groups.people")} · ${t("groups.people.n", { n: ids.length })}` : t("groups.people")}
            </span>
            {ids.length
              ? <Members ids={ids} onRemove={(id) => setIds(ids.filter((one) => one !== id))} />
              : <p class="muted">{t("groups.people.none")}</p>}
            {form.fields.user_ids ? <p class="field-hint field-error" role="alert">{form.fields.user_ids}</p> : null}
            <div class="form-actions form-actions-start">
              <Button small icon="user-plus" onClick={() => setPicking(true)}>{t("groups.people.add")}</Button>
            </div>
          </div>
          <div class="form-actions form-actions-end">
            <Button onClick={onClose}>{t("action.cancel")}</Button>
            <Button kind="primary" type="submit" busy={form.busy}>
              {group ? t("action.save") : t("groups.create")}
            </Button>
          </div>
        </form>
      </Dialog>
      {picking
        ? (
          <PeoplePicker
            title={t("groups.people.add")}
            action={t("action.add")}
            self
            without={new Set(ids)}
            onClose={() => setPicking(false)}
            onDone={(chosen) => Promise.resolve(setIds([...ids, ...chosen]))}
          />
        )
        : null}
    </>
  );
});

function Members({ ids, onRemove }: { ids: readonly string[]; onRemove: (id: string) => void }) {
  return (
    <ul class="group-people">
      {ids.map((id) => {
        const person = people.value.get(id), name = personName(id);
        return (
          <li key={id}>
            <span class="person">
              {person ? <ChatAvatar user={person} size={24} /> : null}
              <span>{name}</span>
              <GuestBadge id={id} />
            </span>
            <Button
              kind="quiet"
              small
              icon="close"
              label={t("groups.people.remove", { name })}
              onClick={() => onRemove(id)}
            />
          </li>
        );
      })}
    </ul>
  );
}
