// Accounts of programs: their role, and the API tokens that are theirs and nobody's.
import { useState } from "preact/hooks";
import type { ServiceAccount } from "../../../protocol/accounts/service_accounts.ts";
import { Badge, Button, Checkbox, Field, PageHead, Time } from "../../components/basic.tsx";
import { Confirm, Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { guarded } from "../../components/guarded.tsx";
import { Empty, Failure } from "../../components/states.tsx";
import { type Column, PagedTable } from "../../components/table.tsx";
import { get, post, put, remove } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { usePages, useResource } from "../../lib/resource.ts";
import { toast } from "../../lib/toasts.ts";
import type { ApiToken, Role } from "../../lib/types.ts";
import { nameColumn, revokeColumn, usedColumn, useTokenDialogs } from "../account/tokens.tsx";
import { RoleField } from "./role_field.tsx";

export function ServiceAccountsPage() {
  const pages = usePages<ServiceAccount>("/service-accounts", {});
  const [editing, setEditing] = useState<ServiceAccount | "new" | null>(null);
  const [deleting, setDeleting] = useState<ServiceAccount | null>(null);
  const [tokensOf, setTokensOf] = useState<ServiceAccount | null>(null);
  const columns: Column<ServiceAccount>[] = [
    {
      key: "name",
      label: t("user.name"),
      main: true,
      cell: (account) => (
        <span class="stack">
          <strong>{account.display_name}</strong>
          <code class="muted">@{account.username}</code>
        </span>
      ),
    },
    { key: "role", label: t("user.role"), cell: (account) => <Badge>{t(`role.${account.role}`)}</Badge> },
    {
      key: "tokens",
      label: t("service.tokens"),
      cell: (account) => account.is_active ? account.tokens : <Badge tone="bad">{t("user.disabled")}</Badge>,
    },
    { key: "used", label: t("service.last_used"), cell: (account) => <Time value={account.last_used_at} /> },
    {
      key: "actions",
      label: t("table.actions"),
      actions: "icons",
      cell: (account) => {
        const name = account.display_name;
        return (
          <>
            <Button
              kind="quiet"
              small
              icon="key"
              label={t("service.tokens.of", { name })}
              onClick={() => setTokensOf(account)}
            />
            <Button
              kind="quiet"
              small
              icon="edit"
              label={t("service.edit", { name })}
              onClick={() => setEditing(account)}
            />
            <Button
              kind="quiet"
              small
              icon="trash"
              label={t("service.delete", { name })}
              onClick={() => setDeleting(account)}
            />
          </>
        );
      },
    },
  ];
  return (
    <>
      <PageHead title={t("nav.service_accounts")} text={t("service.text")}>
        <Button kind="primary" icon="plus" data-new onClick={() => setEditing("new")}>{t("service.new")}</Button>
      </PageHead>
      <section class="card">
        <PagedTable
          pages={pages}
          columns={columns}
          caption={t("nav.service_accounts")}
          onOpen={setTokensOf}
          empty={
            <Empty icon="cpu" title={t("service.empty")} text={t("service.empty.text")}>
              <Button icon="plus" onClick={() => setEditing("new")}>{t("service.new")}</Button>
            </Empty>
          }
        />
      </section>
      {editing
        ? (
          <EditAccount
            account={editing === "new" ? null : editing}
            onClose={() => setEditing(null)}
            onDone={(account) => {
              pages.reload();
              if (editing === "new") setTokensOf(account);
            }}
          />
        )
        : null}
      {tokensOf
        ? (
          <Tokens
            account={tokensOf}
            onClose={() => {
              setTokensOf(null);
              pages.reload();
            }}
          />
        )
        : null}
      {deleting
        ? (
          <Confirm
            title={t("service.delete.title", { name: deleting.display_name })}
            text={t("service.delete.text")}
            action={t("action.delete")}
            onClose={() => setDeleting(null)}
            onConfirm={async () => {
              await remove(`/service-accounts/${deleting.id}`);
              pages.update((items) => items.filter((item) => item.id !== deleting.id));
              toast({ kind: "success", title: t("service.deleted", { name: deleting.display_name }) });
            }}
          />
        )
        : null}
    </>
  );
}

const EditAccount = guarded(function EditAccount({ account, onClose, onDone }: {
  account: ServiceAccount | null;
  onClose: () => void;
  onDone: (account: ServiceAccount) => void;
}) {
  const [values, setValues] = useState({
    display_name: account?.display_name ?? "",
    username: account?.username ?? "",
    role: (account?.role ?? "member") as Role,
    is_active: account?.is_active ?? true,
  });
  const form = useForm(["display_name", "username", "role"]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fine = form.check({
      username: !/^[a-z0-9][a-z0-9_.-]{1,31}$/i.test(values.username.trim()) && t("form.username"),
    });
    if (!fine) return;
    const { role, is_active } = values, username = values.username.trim();
    const named = { username, display_name: values.display_name.trim() || username, role };
    const done = await form.submit(async () =>
      onDone(
        account
          ? await put<ServiceAccount>(`/service-accounts/${account.id}`, { ...named, is_active })
          : await post<ServiceAccount>("/service-accounts", named),
      )
    );
    if (!done) return;
    toast({ kind: "success", title: account ? t("state.saved") : t("service.created", { name: named.display_name }) });
    onClose();
  };
  return (
    <Dialog title={account?.display_name ?? t("service.new")} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <Field label={t("user.display_name")} optional error={form.fields.display_name}>
          {(props) => (
            <input
              {...props}
              class="input"
              autoFocus
              maxLength={100}
              value={values.display_name}
              onInput={(event) => setValues({ ...values, display_name: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label={t("user.username")} hint={t("form.username")} error={form.fields.username}>
          {(props) => (
            <input
              {...props}
              class="input"
              autoCapitalize="none"
              autoComplete="off"
              spellcheck={false}
              value={values.username}
              onInput={(event) => setValues({ ...values, username: event.currentTarget.value })}
            />
          )}
        </Field>
        <RoleField
          value={values.role}
          onChange={(role) => setValues({ ...values, role })}
          error={form.fields.role}
          program
        />
        {account
          ? (
            <Checkbox
              kind="switch"
              checked={values.is_active}
              onChange={(is_active) => setValues({ ...values, is_active })}
            >
              {t("service.active")}
            </Checkbox>
          )
          : null}
        <div class="form-actions form-actions-end">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" busy={form.busy}>
            {account ? t("action.save") : t("service.create")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
});

const Tokens = guarded(function Tokens({ account, onClose }: { account: ServiceAccount; onClose: () => void }) {
  const path = `/service-accounts/${account.id}/tokens`;
  const pages = usePages<ApiToken>(path, {});
  const roles = useResource(
    (signal) => get<{ items: { role: Role; permissions: string[] }[] }>("/roles", {}, signal),
    [],
  );
  const held = roles.data?.items.find((one) => one.role === account.role)?.permissions;
  const { create, revoke, dialogs } = useTokenDialogs(pages, path, held);
  const columns = [nameColumn(), usedColumn(), revokeColumn(revoke)];
  return (
    <>
      <Dialog
        title={t("service.tokens.of", { name: account.display_name })}
        onClose={onClose}
        footer={
          <Button kind="primary" icon="plus" disabled={!held} onClick={create}>
            {t("tokens.new")}
          </Button>
        }
      >
        {roles.error ? <Failure error={roles.error} onRetry={roles.reload} /> : null}
        <PagedTable
          pages={pages}
          columns={columns}
          caption={t("nav.tokens")}
          empty={<p class="muted">{t("service.tokens.none")}</p>}
        />
      </Dialog>
      {dialogs}
    </>
  );
});
