// What each role may do: permissions × roles, on a phone one role at a time. What differs from how the product comes is marked,
// and every role can be given back as it comes.
import { useState } from "preact/hooks";
import type { OrganizationRoles } from "../../../protocol/accounts/role_changes.ts";
import { Button, PageHead } from "../../components/basic.tsx";
import { Failure, Skeleton } from "../../components/states.tsx";
import { get, put } from "../../lib/api.ts";
import { t, tryT } from "../../lib/i18n.ts";
import { useResource } from "../../lib/resource.ts";
import { can, user } from "../../lib/session.ts";
import { toast } from "../../lib/toasts.ts";
import { type Role, ROLES } from "../../lib/types.ts";

/** Those that can be changed, as far as the person stands above them. */
const SHOWN = ROLES.filter((role) => role !== "owner");
type Permission = OrganizationRoles["permissions"][number];
/** `role permission` → has it. */
type Rights = ReadonlySet<string>;

const key = (role: Role, permission: string) => `${role} ${permission}`;

function rightsOf({ roles, permissions }: OrganizationRoles): Rights {
  const held = new Set<string>();
  for (const { name, roles: holders } of permissions) {
    for (const role of SHOWN) {
      const { add, remove } = roles[role];
      if (add.includes(name) || (holders.includes(role) && !remove.includes(name))) held.add(key(role, name));
    }
  }
  return held;
}

function changeOf(permissions: readonly Permission[], rights: Rights, role: Role) {
  const add: string[] = [], remove: string[] = [];
  for (const { name, roles } of permissions) {
    const has = rights.has(key(role, name)), comes = roles.includes(role);
    if (has && !comes) add.push(name);
    else if (!has && comes) remove.push(name);
  }
  return { add, remove };
}

export function RolesPage() {
  const { data, error, reload, update } = useResource(
    (signal) => get<OrganizationRoles>("/organization/roles", {}, signal),
    [],
  );
  return (
    <>
      <PageHead title={t("nav.roles")} text={t("roles.text")} />
      {error && !data ? <Failure error={error} onRetry={reload} /> : null}
      {!error && !data ? <Skeleton rows={8} tall /> : null}
      {data ? <Matrix data={data} onSaved={(saved) => update(() => saved)} /> : null}
    </>
  );
}

/** What was not saved stays for as long as the console is open, whatever page is looked at meanwhile. */
let draft: { of: string; rights: Rights } | null = null;

function Matrix({ data, onSaved }: { data: OrganizationRoles; onSaved: (saved: OrganizationRoles) => void }) {
  const saved = rightsOf(data);
  const of = JSON.stringify([user.value?.id, data]);
  const [rights, show] = useState<Rights>(draft?.of === of ? draft.rights : saved);
  const setRights = (next: Rights) => {
    draft = { of, rights: next };
    show(next);
  };
  // On a phone one role is shown at a time.
  const [picked, setPicked] = useState<Role>("member");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const unsaved = [...rights.symmetricDifference(saved)].length;
  const set = (role: Role, permission: string, on: boolean) => {
    const next = new Set(rights);
    if (on) next.add(key(role, permission));
    else next.delete(key(role, permission));
    setRights(next);
  };
  const reset = (role: Role) => {
    const next = new Set([...rights].filter((one) => !one.startsWith(`${role} `)));
    for (const { name, roles } of data.permissions) if (roles.includes(role)) next.add(key(role, name));
    setRights(next);
  };
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      const changed = SHOWN.filter((role) =>
        data.permissions.some(({ name }) => rights.has(key(role, name)) !== saved.has(key(role, name)))
      );
      const roles = Object.fromEntries(changed.map((role) => [role, changeOf(data.permissions, rights, role)]));
      const answer = await put<OrganizationRoles>("/organization/roles", { roles });
      onSaved(answer);
      draft = null;
      show(rightsOf(answer));
      toast({ kind: "success", title: t("roles.saved"), text: t("roles.saved.text") });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="card">
      {error ? <Failure error={error} /> : null}
      <ul class="role-sums">
        {SHOWN.map((role) => {
          const { add, remove } = changeOf(data.permissions, rights, role);
          const n = add.length + remove.length;
          return (
            <li key={role}>
              <strong>{t(`role.${role}`)}</strong>
              <span class="muted small">{n ? t("roles.changes", { n }) : t("roles.as_it_comes")}</span>
              {n
                ? (
                  <Button small icon="refresh" onClick={() => reset(role)}>
                    {t("roles.reset", { role: t(`role.${role}`) })}
                  </Button>
                )
                : null}
            </li>
          );
        })}
      </ul>
      <div class="chips role-pick" role="group" aria-label={t("user.role")}>
        {SHOWN.map((role) => (
          <button
            key={role}
            type="button"
            class="chip"
            aria-pressed={role === picked}
            onClick={() => setPicked(role)}
          >
            {t(`role.${role}`)}
          </button>
        ))}
      </div>
      <div class="table-wrap role-wrap">
        <table class="table role-table">
          <caption class="offscreen">{t("nav.roles")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("roles.permission")}</th>
              {SHOWN.map((role) => <th key={role} scope="col" class="role-cell">{t(`role.${role}`)}</th>)}
            </tr>
          </thead>
          <tbody>
            {data.permissions.map((permission) => (
              <Row
                key={permission.name}
                permission={permission}
                rights={rights}
                saved={saved}
                picked={picked}
                onSet={set}
              />
            ))}
          </tbody>
        </table>
      </div>
      <div class="role-bar" aria-live="polite">
        <span class="muted">{unsaved ? t("roles.unsaved", { n: unsaved }) : ""}</span>
        <Button disabled={!unsaved || busy} onClick={() => setRights(saved)}>{t("roles.discard")}</Button>
        <Button kind="primary" disabled={!unsaved} busy={busy} onClick={save}>{t("action.save")}</Button>
      </div>
    </section>
  );
}

function Row({ permission, rights, saved, picked, onSet }: {
  permission: Permission;
  rights: Rights;
  saved: Rights;
  picked: Role;
  onSet: (role: Role, permission: string, on: boolean) => void;
}) {
  const { name, roles, for_guests } = permission;
  const sentence = tryT(`scope.${name}`) ?? name;
  return (
    <tr>
      <th scope="row" class="cell-main">
        <span class="stack">
          <span>{sentence}</span>
          <code class="muted">{name}</code>
        </span>
      </th>
      {SHOWN.map((role) => {
        const on = rights.has(key(role, name)), changed = on !== roles.includes(role);
        const never = role === "guest" && !for_guests;
        // What is taken away can only be given back by somebody who holds it.
        const blocked = never || (!saved.has(key(role, name)) && !can(name));
        const why = never ? t("roles.never_guests") : blocked ? t("roles.not_yours") : undefined;
        return (
          <td key={role} class={role === picked ? "role-cell role-picked" : "role-cell"}>
            <label class="role-box" title={why}>
              <span class="offscreen">{`${t(`role.${role}`)}: ${sentence}`}</span>
              {changed ? <span class="role-mark">{t("roles.changed")}</span> : null}
              <input
                type="checkbox"
                checked={on}
                disabled={blocked}
                onChange={(event) => onSet(role, name, event.currentTarget.checked)}
              />
            </label>
          </td>
        );
      })}
    </tr>
  );
}
