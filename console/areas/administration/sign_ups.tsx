// People who have registered and wait to be let in.
import { useState } from "preact/hooks";
import type { SignUp } from "../../../protocol/accounts/coming_in.ts";
import { Badge, Button, Time } from "../../components/basic.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { Empty, toastError } from "../../components/states.tsx";
import { type Column, PagedTable } from "../../components/table.tsx";
import { post, remove } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import type { Pages } from "../../lib/resource.ts";
import { toast } from "../../lib/toasts.ts";

export function SignUps({ pages, onApproved }: { pages: Pages<SignUp>; onApproved: () => void }) {
  const [refusing, setRefusing] = useState<SignUp | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const gone = (person: SignUp) => pages.update((items) => items.filter((item) => item.id !== person.id));
  const approve = async (person: SignUp) => {
    setBusy(person.id);
    try {
      await post(`/organization/sign-ups/${person.id}/approve`);
      gone(person);
      onApproved();
      toast({ kind: "success", title: t("waiting.approved", { name: person.username }) });
    } catch (error) {
      toastError(error);
    } finally {
      setBusy(null);
    }
  };
  const columns: Column<SignUp>[] = [
    {
      key: "name",
      label: t("user.name"),
      main: true,
      cell: (person) => (
        <span class="invite-for">
          <strong>{person.username}</strong>
          <span class="muted">{person.email}</span>
        </span>
      ),
    },
    {
      key: "email",
      label: t("user.email"),
      cell: (person) => (
        <Badge tone={person.email_verified ? "good" : "warn"}>
          {t(person.email_verified ? "waiting.email.confirmed" : "waiting.email.open")}
        </Badge>
      ),
    },
    { key: "since", label: t("waiting.since"), cell: (person) => <Time value={person.created_at} /> },
    {
      key: "actions",
      label: t("table.actions"),
      actions: "buttons",
      cell: (person) => (
        <>
          <Button small onClick={() => setRefusing(person)}>{t("waiting.refuse")}</Button>
          <Button small kind="primary" busy={busy === person.id} onClick={() => approve(person)}>
            {t("waiting.approve")}
          </Button>
        </>
      ),
    },
  ];
  return (
    <section class="card">
      <PagedTable
        pages={pages}
        columns={columns}
        caption={t("waiting.title")}
        empty={<Empty icon="check" title={t("waiting.empty")} text={t("waiting.empty.text")} />}
      />
      {refusing
        ? (
          <Confirm
            title={t("waiting.refuse.title", { name: refusing.username })}
            text={t("waiting.refuse.text")}
            action={t("waiting.refuse")}
            onClose={() => setRefusing(null)}
            onConfirm={async () => {
              await remove(`/organization/sign-ups/${refusing.id}`);
              gone(refusing);
              toast({ kind: "success", title: t("waiting.refused", { name: refusing.username }) });
            }}
          />
        )
        : null}
    </section>
  );
}
