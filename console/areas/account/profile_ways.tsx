// The person's further ways in: a telephone number and accounts at providers. Shown as far as the server offers them; last in
// the page, because that is known only when the rest stands already.
import { useState } from "preact/hooks";
import type { Identity, SignInWays } from "../../../protocol/wire/identities.ts";
import type { CodeSent } from "../../../protocol/accounts/sign_in_codes.ts";
import { Button, Card, Field, Time } from "../../components/basic.tsx";
import { useConfirmed } from "../../components/confirmed.tsx";
import { CodeField, SendAgain } from "../../components/code_entry.tsx";
import { Confirm, Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { guarded } from "../../components/guarded.tsx";
import { Icon } from "../../components/icon.tsx";
import { Failure, Skeleton, toastError } from "../../components/states.tsx";
import { get, post, remove } from "../../lib/api.ts";
import { duration, phoneNumber } from "../../lib/format.ts";
import { language, t } from "../../lib/i18n.ts";
import { useResource } from "../../lib/resource.ts";
import { updateUser, user } from "../../lib/session.ts";
import { toast } from "../../lib/toasts.ts";
import type { Page, User } from "../../lib/types.ts";
import { ProviderFailure } from "../sign_in/login_other.tsx";

export function ProfileWays() {
  const { data: ways } = useResource((signal) => get<SignInWays>("/auth/providers", {}, signal), []);
  return (
    <>
      {ways?.codes.phone || user.value?.phone ? <Phone canAdd={ways?.codes.phone ?? false} /> : null}
      {ways?.items.length ? <LinkedAccounts providers={ways.items} /> : null}
    </>
  );
}

function Phone({ canAdd }: { canAdd: boolean }) {
  const [open, setOpen] = useState<"add" | "remove" | null>(null);
  const { run, dialog } = useConfirmed();
  const phone = user.value?.phone ?? null;
  return (
    <Card title={t("phone.title")} class="ways">
      <p class="muted">{t("phone.text")}</p>
      {phone
        ? (
          <p>
            <strong class="nowrap">{phoneNumber(phone)}</strong>
          </p>
        )
        : null}
      <div class="form-actions">
        {canAdd ? <Button onClick={() => setOpen("add")}>{t(phone ? "phone.change" : "phone.add")}</Button> : null}
        {phone ? <Button kind="danger" onClick={() => setOpen("remove")}>{t("phone.remove")}</Button> : null}
      </div>
      {open === "add" ? <PhoneDialog onClose={() => setOpen(null)} /> : null}
      {open === "remove"
        ? (
          <Confirm
            title={t("phone.title")}
            text={t("phone.remove.text", { phone: phoneNumber(phone!) })}
            action={t("phone.remove")}
            onClose={() => setOpen(null)}
            onConfirm={async () => {
              await run(() => remove("/auth/phone"));
              updateUser({ phone: null });
            }}
          />
        )
        : null}
      {dialog}
    </Card>
  );
}

const PhoneDialog = guarded(function PhoneDialog({ onClose }: { onClose: () => void }) {
  const [phone, setPhone] = useState("");
  const [code, setCode] = useState("");
  const [sent, setSent] = useState<{ goodFor: number; againAt: number } | null>(null);
  const form = useForm(["phone", "code"]);
  const { run, dialog } = useConfirmed();
  const send = () =>
    form.submit(async () => {
      const answer = await run(() => post<CodeSent>("/auth/phone", { phone: phone.trim() }));
      setSent({ goodFor: answer.expires_in, againAt: Date.now() + answer.retry_after * 1000 });
    });
  const verify = async () => {
    const done = await form.submit(async () =>
      updateUser(await post<User>("/auth/phone/verify", { phone: phone.trim(), code }))
    );
    if (!done) return setCode("");
    toast({ kind: "success", title: t("phone.added") });
    onClose();
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!sent) {
      if (form.check({ phone: !phone.trim() && t("form.required") })) await send();
    } else if (form.check({ code: code.length < 6 && t("code.digits") })) await verify();
  };
  return (
    <Dialog title={t("phone.add")} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        {sent
          ? (
            <>
              <p>
                {t("code.sent.own", { to: phoneNumber(phone.trim()), time: duration(sent.goodFor, language.value) })}
              </p>
              <CodeField value={code} onInput={setCode} error={form.fields.code ?? form.fields.phone} />
            </>
          )
          : (
            <Field label={t("phone.title")} hint={t("code.target.hint")} error={form.fields.phone}>
              {(props) => (
                <input
                  {...props}
                  class="input"
                  type="tel"
                  value={phone}
                  autoComplete="tel"
                  autoFocus
                  required
                  onInput={(event) => setPhone(event.currentTarget.value)}
                />
              )}
            </Field>
          )}
        <div class="form-actions">
          {sent
            ? (
              <Button
                kind="quiet"
                onClick={() => {
                  setSent(null);
                  setCode("");
                }}
              >
                {t("phone.other")}
              </Button>
            )
            : null}
          {sent ? <SendAgain until={sent.againAt} onSend={send} /> : null}
          <Button kind="primary" type="submit" busy={form.busy}>{t(sent ? "phone.verify" : "code.send")}</Button>
        </div>
      </form>
      {dialog}
    </Dialog>
  );
});

function LinkedAccounts({ providers }: { providers: { id: string; label: string }[] }) {
  const linked = useResource((signal) => get<Page<Identity>>("/auth/identities", {}, signal), []);
  const [ending, setEnding] = useState<Identity | null>(null);
  const { run, dialog } = useConfirmed();
  const link = async (provider: string) => {
    try {
      const { url } = await run(() => post<{ url: string }>("/auth/identities", { provider }));
      location.assign(url);
    } catch (error) {
      // null: the password was not given.
      if (error) toastError(error);
    }
  };
  const items = linked.data?.items ?? [];
  return (
    <Card title={t("linked.title")} class="ways">
      <p class="muted">{t("linked.text")}</p>
      <ProviderFailure />
      {!linked.data
        ? linked.error ? <Failure error={linked.error} onRetry={linked.reload} /> : <Skeleton rows={2} />
        : items.length === 0
        ? <p class="muted">{t("linked.none")}</p>
        : (
          <ul class="devices">
            {items.map((identity) => (
              <li key={identity.id}>
                <span class="type-icon tone-plain">
                  <Icon name="link" />
                </span>
                <span class="feed-text">
                  <strong>{identity.label}</strong>
                  <span class="feed-meta">
                    <span class="break">{identity.name}</span>
                    <span>
                      {t("linked.used")} <Time value={identity.last_used_at ?? identity.created_at} />
                    </span>
                  </span>
                </span>
                <Button small onClick={() => setEnding(identity)}>{t("linked.unlink")}</Button>
              </li>
            ))}
          </ul>
        )}
      <div class="form-actions">
        {providers.filter(({ id }) => !items.some(({ provider }) => provider === id)).map(({ id, label }) => (
          <Button
            key={id}
            icon="link"
            onClick={() => link(id)}
          >
            {t("linked.link", { name: label })}
          </Button>
        ))}
      </div>
      {ending
        ? (
          <Confirm
            title={t("linked.unlink.title", { name: ending.label })}
            text={t("linked.unlink.text")}
            action={t("linked.unlink")}
            onClose={() => setEnding(null)}
            onConfirm={async () => {
              await run(() => remove(`/auth/identities/${ending.id}`));
              linked.reload();
            }}
          />
        )
        : null}
      {dialog}
    </Card>
  );
}
