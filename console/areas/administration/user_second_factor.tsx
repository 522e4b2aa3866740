// What a person's sign-in asks for, in the dialog of the Users page, and the reset for whoever has lost it.
import { useState } from "preact/hooks";
import { Button } from "../../components/basic.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { call } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { user as me } from "../../lib/session.ts";
import { toast } from "../../lib/toasts.ts";
import type { User } from "../../lib/types.ts";

/** A row of the list of details. `onDone` gets what changed. */
export function UserSecondFactor({ person, onDone }: { person: User; onDone: (change: User) => void }) {
  const [asking, setAsking] = useState(false);
  const [gone, setGone] = useState(false);
  const has = gone ? [] : [
    ...(person.second_factor ? [t("users.second.app")] : []),
    ...(person.passkeys ? [t("users.second.passkeys", { n: person.passkeys })] : []),
  ];
  const name = person.display_name || person.username;
  return (
    <div>
      <dt>{t("users.second")}</dt>
      <dd>
        {has.join(", ") || t("users.second.none")}
        {has.length > 0 && person.id !== me.value?.id
          ? <Button kind="quiet" small onClick={() => setAsking(true)}>{t("users.second.reset")}</Button>
          : null}
        {asking
          ? (
            <Confirm
              title={t("users.second.reset")}
              text={t("users.second.reset.text", { name })}
              action={t("users.second.reset")}
              onClose={() => setAsking(false)}
              onConfirm={async () => {
                await call("DELETE", `/users/${person.id}/2fa`);
                setGone(true);
                onDone({ ...person, second_factor: false, passkeys: 0 });
                toast({ kind: "success", title: t("users.second.done", { name }) });
              }}
            />
          )
          : null}
      </dd>
    </div>
  );
}
