// The invitations of the organisation: what each still gives, who made it, and taking it back.
import { useState } from "preact/hooks";
import type { Invite } from "../../../protocol/accounts/coming_in.ts";
import { Badge, Button, Time } from "../../components/basic.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { Empty } from "../../components/states.tsx";
import { type Column, PagedTable } from "../../components/table.tsx";
import { remove } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import type { Pages } from "../../lib/resource.ts";
import { toast } from "../../lib/toasts.ts";

const TONES = { open: "good", used_up: "plain", over: "plain" } as const;

export function Invites({ pages, onInvite }: { pages: Pages<Invite>; onInvite: () => void }) {
  const [revoking, setRevoking] = useState<Invite | null>(null);
  const columns: Column<Invite>[] = [
    {
      key: "for",
      label: t("invites.for"),
      main: true,
      cell: (invite) => (
        <span class="invite-for">
          <strong>{invite.email ?? t("invites.anybody")}</strong>
          <span class="muted">
            {invite.created_by ? t("invites.by", { name: invite.created_by.display_name }) : t("invites.by_command")}
          </span>
        </span>
      ),
    },
    { key: "role", label: t("user.role"), cell: (invite) => t(`role.${invite.role}`) },
    {
      key: "uses",
      label: t("invites.uses"),
      cell: (invite) => t("invites.uses_left", { left: invite.uses_left, n: invite.uses }),
    },
    {
      key: "state",
      label: t("user.state"),
      cell: (invite) => <Badge tone={TONES[invite.state]}>{t(`invites.state.${invite.state}`)}</Badge>,
    },
    { key: "ends", label: t("invites.ends"), cell: (invite) => <Time value={invite.expires_at} /> },
    {
      key: "actions",
      label: t("table.actions"),
      actions: "icons",
      cell: (invite) => (
        <Button
          kind="quiet"
          small
          icon="trash"
          label={t("invites.revoke")}
          onClick={() => setRevoking(invite)}
        />
      ),
    },
  ];
  return (
    <section class="card">
      <PagedTable
        pages={pages}
        columns={columns}
        caption={t("invites.title")}
        empty={
          <Empty icon="mail" title={t("invites.empty")} text={t("invites.empty.text")}>
            <Button icon="user-plus" onClick={onInvite}>{t("invites.new")}</Button>
          </Empty>
        }
      />
      {revoking
        ? (
          <Confirm
            title={t("invites.revoke.title")}
            text={t("invites.revoke.text")}
            action={t("invites.revoke")}
            onClose={() => setRevoking(null)}
            onConfirm={async () => {
              await remove(`/organization/invites/${revoking.id}`);
              pages.update((items) => items.filter((item) => item.id !== revoking.id));
              toast({ kind: "success", title: t("invites.revoked") });
            }}
          />
        )
        : null}
    </section>
  );
}
