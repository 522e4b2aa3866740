// Inviting: a link to copy, to show as a QR code, or to send by mail. The link is shown once.
import { useEffect, useState } from "preact/hooks";
import type { Channel } from "../../../protocol/chat/chat.ts";
import type { NewInvite } from "../../../protocol/accounts/coming_in.ts";
import { Button, Checkbox, Code, Field } from "../../components/basic.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { guarded } from "../../components/guarded.tsx";
import { OnlyHere } from "../../components/only_here.tsx";
import { QrCode } from "../../components/qr.tsx";
import { SearchField } from "../../components/search_field.tsx";
import { Failure, Notice } from "../../components/states.tsx";
import { get, post } from "../../lib/api.ts";
import { looksLikeEmail } from "../../lib/coming_in.ts";
import { dateTime } from "../../lib/format.ts";
import { locale, t } from "../../lib/i18n.ts";
import { isLoopback } from "../../lib/reach.ts";
import { useResource } from "../../lib/resource.ts";
import type { Page, Role } from "../../lib/types.ts";
import { RoleField } from "./role_field.tsx";

const DAY = 86_400;
const LIVES = [DAY, 7 * DAY, 30 * DAY] as const;
const USES = [1, 5, 25, 100] as const;

export function InviteDialog({ mail, onClose, onDone }: { mail: boolean; onClose: () => void; onDone: () => void }) {
  const [made, setMade] = useState<NewInvite | null>(null);
  const [sentTo, setSentTo] = useState("");
  if (made) return <Made invite={made} sentTo={sentTo} onClose={onClose} />;
  return (
    <InviteForm
      mail={mail}
      onClose={onClose}
      onMade={(invite, email) => {
        setSentTo(invite.mailed ? email : "");
        setMade(invite);
        onDone();
      }}
    />
  );
}

const InviteForm = guarded(function InviteForm(
  { mail, onClose, onMade }: { mail: boolean; onClose: () => void; onMade: (invite: NewInvite, email: string) => void },
) {
  const [values, setValues] = useState({ email: "", role: "member" as Role, uses: 1, expires_in: 7 * DAY });
  const [into, setInto] = useState<readonly Channel[]>([]);
  const form = useForm(["email", "role", "uses", "expires_in", "channel_ids"]);
  const email = values.email.trim();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!form.check({ email: email && !looksLikeEmail(email) && t("form.email") })) return;
    await form.submit(async () => {
      const invite = await post<NewInvite>("/organization/invites", {
        ...values,
        email: email || undefined,
        uses: email ? 1 : values.uses,
        channel_ids: into.map(({ id }) => id),
      });
      onMade(invite, email);
    });
  };
  return (
    <Dialog title={t("invites.new")} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <Field
          label={t("user.email")}
          optional
          hint={t(mail ? "invites.email.mailed" : "invites.email.bound")}
          error={form.fields.email}
        >
          {(props) => (
            <input
              {...props}
              class="input"
              type="email"
              autoComplete="off"
              autoFocus
              value={values.email}
              onInput={(event) => setValues({ ...values, email: event.currentTarget.value })}
            />
          )}
        </Field>
        <RoleField value={values.role} onChange={(role) => setValues({ ...values, role })} error={form.fields.role} />
        <div class="form-row">
          <Field label={t("invites.uses")} error={form.fields.uses}>
            {(props) => (
              <select
                {...props}
                class="input"
                value={email ? 1 : values.uses}
                disabled={email !== ""}
                onChange={(event) => setValues({ ...values, uses: Number(event.currentTarget.value) })}
              >
                {USES.map((n) => <option key={n} value={n}>{t("invites.people", { n })}</option>)}
              </select>
            )}
          </Field>
          <Field label={t("invites.ends")} error={form.fields.expires_in}>
            {(props) => (
              <select
                {...props}
                class="input"
                value={values.expires_in}
                onChange={(event) => setValues({ ...values, expires_in: Number(event.currentTarget.value) })}
              >
                {LIVES.map((s) => <option key={s} value={s}>{t("invites.in_days", { n: s / DAY })}</option>)}
              </select>
            )}
          </Field>
        </div>
        <ChannelChoice chosen={into} onChange={setInto} error={form.fields.channel_ids} />
        <div class="form-actions form-actions-end">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" busy={form.busy}>
            {t(email && mail ? "invites.send" : "invites.make")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
});

/** So many stand there at once; the field finds the others. */
const LISTED = 200;

/**
 * Channels where the person may add people, found on the server: it knows more of them than the console has loaded. Everybody
 * comes into the default ones anyway.
 */
function ChannelChoice(
  { chosen, onChange, error }: { chosen: readonly Channel[]; onChange: (channels: Channel[]) => void; error?: string },
) {
  const [query, setQuery] = useState("");
  const [wanted, setWanted] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setWanted(query.trim()), 200);
    return () => clearTimeout(timer);
  }, [query]);
  const found = useResource(
    (signal) => get<Page<Channel>>("/channels", { q: wanted || undefined, limit: LISTED }, signal),
    [wanted],
  );
  const offered = (found.data?.items ?? []).filter((channel) =>
    channel.type !== "direct" && !channel.is_default && channel.rights.includes("invite")
  );
  const picked = new Set(chosen.map(({ id }) => id));
  const shown = [...chosen, ...offered.filter(({ id }) => !picked.has(id))];
  const all = found.data !== null && !found.data.next_cursor;
  if (!wanted && all && shown.length === 0) return null;
  return (
    <details class="invite-channels">
      <summary>{chosen.length ? t("invites.channels_chosen", { n: chosen.length }) : t("invites.channels")}</summary>
      {error ? <Notice tone="bad">{error}</Notice> : null}
      <SearchField
        label={t("invites.channels.find")}
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
      />
      {found.error ? <Failure error={found.error} onRetry={found.reload} /> : null}
      <div class="invite-channel-list">
        {shown.map((channel) => (
          <Checkbox
            key={channel.id}
            checked={picked.has(channel.id)}
            onChange={(on) => onChange(on ? [...chosen, channel] : chosen.filter(({ id }) => id !== channel.id))}
          >
            {`#${channel.name}`}
          </Checkbox>
        ))}
        {found.data && shown.length === 0 ? <p class="muted">{t("chat.find_none")}</p> : null}
      </div>
    </details>
  );
}

const Made = guarded(
  function Made({ invite, sentTo, onClose }: { invite: NewInvite; sentTo: string; onClose: () => void }) {
    return (
      <Dialog
        title={t("invites.made")}
        onClose={onClose}
        locked
        footer={<Button kind="primary" onClick={onClose}>{t("invites.close")}</Button>}
      >
        {sentTo ? <Notice tone="good">{t("invites.sent", { email: sentTo })}</Notice> : null}
        <p>{t("invites.made.text", { time: dateTime(Date.parse(invite.expires_at), locale(), 0) })}</p>
        <Code text={invite.url} />
        <OnlyHere address={invite.url} />
        {isLoopback(invite.url) ? null : (
          <div class="invite-qr">
            <QrCode text={invite.url} label={t("invites.qr")} />
            <p class="muted small">{t("invites.qr.text")}</p>
          </div>
        )}
      </Dialog>
    );
  },
);
