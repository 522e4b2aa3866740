// The person's ways in beside the password: the second step and passkeys.
import { useState } from "preact/hooks";
import type { Passkey } from "../../../protocol/accounts/passkeys.ts";
import type { SecondFactorState } from "../../../protocol/accounts/second_factor.ts";
import { Badge, Button, Card, Field, Time } from "../../components/basic.tsx";
import { useConfirmed } from "../../components/confirmed.tsx";
import { Confirm, Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { guarded } from "../../components/guarded.tsx";
import { Icon } from "../../components/icon.tsx";
import { PasswordField } from "../../components/password_field.tsx";
import { Failure, Notice, Skeleton, toastError } from "../../components/states.tsx";
import { get, post, put, remove } from "../../lib/api.ts";
import { dateTime } from "../../lib/format.ts";
import { focusAtOnce } from "../../lib/focus.ts";
import { locale, t } from "../../lib/i18n.ts";
import { addPasskey, passkeysPossible, wasGivenUp } from "../../lib/passkeys.ts";
import { useResource } from "../../lib/resource.ts";
import { updateUser, user } from "../../lib/session.ts";
import { toast } from "../../lib/toasts.ts";
import type { Page } from "../../lib/types.ts";
import { CodesDialog, SetUpDialog } from "../sign_in/second_factor_setup.tsx";

/** Few enough that somebody should make new ones. */
const FEW_CODES = 3;

export function ProfileSecurity() {
  return (
    <>
      <SecondFactor />
      <Passkeys />
    </>
  );
}

function SecondFactor() {
  const state = useResource((signal) => get<SecondFactorState>("/auth/2fa", {}, signal), []);
  const [open, setOpen] = useState<"set_up" | "disable" | "renew" | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const close = () => setOpen(null);
  const changed = (enabled: boolean) => {
    close();
    updateUser({ second_factor: enabled, second_factor_due: enabled ? null : user.value?.second_factor_due });
    state.reload();
  };
  const due = user.value?.second_factor_due;
  const { data } = state;
  // The person knows already whether it is on: nothing moves when the rest arrives.
  const enabled = data?.enabled ?? user.value?.second_factor ?? false;
  return (
    <Card
      title={t("second.title")}
      actions={<Badge tone={enabled ? "good" : "plain"}>{t(enabled ? "second.on" : "second.off")}</Badge>}
    >
      {enabled
        ? (
          <div class="form">
            <p>{t("second.on.text")}</p>
            {state.error && !data ? <Failure error={state.error} onRetry={state.reload} /> : <CodesLeft state={data} />}
            <div class="form-actions">
              <Button disabled={!data} onClick={() => setOpen("renew")}>{t("recovery.renew")}</Button>
              <Button kind="danger" disabled={!data} onClick={() => setOpen("disable")}>{t("second.disable")}</Button>
            </div>
          </div>
        )
        : (
          <div class="form">
            {due
              ? <Notice tone="warn">{t("required.due", { date: dateTime(Date.parse(due), locale(), 0) })}</Notice>
              : null}
            <p>{t("second.text")}</p>
            <div class="form-actions">
              <Button icon="shield" onClick={() => setOpen("set_up")}>{t("second.set_up")}</Button>
            </div>
          </div>
        )}
      {open === "set_up" ? <SetUpDialog onClose={close} onDone={() => changed(true)} /> : null}
      {open === "disable"
        ? (
          <ProofDialog
            title={t("second.disable")}
            text={t("second.disable.text")}
            hasPassword={data!.has_password}
            danger
            onClose={close}
            onProof={async (proof) => {
              await post("/auth/2fa/disable", proof, { renew: false });
              changed(false);
              toast({ kind: "success", title: t("second.disabled") });
            }}
          />
        )
        : null}
      {open === "renew"
        ? (
          <ProofDialog
            title={t("recovery.renew")}
            text={t("recovery.renew.text")}
            hasPassword={data!.has_password}
            onClose={close}
            onProof={async (proof) => {
              const answer = await post<{ recovery_codes: string[] }>("/auth/2fa/recovery-codes", proof, {
                renew: false,
              });
              close();
              setCodes(answer.recovery_codes);
            }}
          />
        )
        : null}
      {codes ? <CodesDialog codes={codes} onClose={() => (setCodes(null), state.reload())} /> : null}
    </Card>
  );
}

function CodesLeft({ state }: { state: SecondFactorState | undefined | null }) {
  if (!state) return <p class="muted small">…</p>;
  const text = t("recovery.left", { n: state.recovery_codes_left });
  return state.recovery_codes_left <= FEW_CODES
    ? <Notice tone="warn">{text}</Notice>
    : <p class="muted small">{text}</p>;
}

interface Proof {
  password?: string;
  code: string;
}

const ProofDialog = guarded(function ProofDialog(
  { title, text, hasPassword, danger, onProof, onClose }: {
    title: string;
    text: string;
    hasPassword: boolean;
    danger?: boolean;
    onProof: (proof: Proof) => Promise<unknown>;
    onClose: () => void;
  },
) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const form = useForm(["password", "code"]);
  const { run, dialog } = useConfirmed();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fine = form.check({
      password: hasPassword && !password && t("form.required"),
      code: !code.trim() && t("form.required"),
    });
    const proof = { code: code.trim(), ...(hasPassword ? { password } : {}) };
    if (fine) await form.submit(() => run(() => onProof(proof)));
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        <p>{text}</p>
        {form.error ? <Failure error={form.error} /> : null}
        {hasPassword
          ? (
            <PasswordField
              label={t("profile.password.current")}
              value={password}
              onInput={setPassword}
              error={form.fields.password}
              autoFocus
            />
          )
          : null}
        <Field label={t("second.any_code")} error={form.fields.code}>
          {(props) => (
            <input
              {...props}
              class="input code-input"
              ref={hasPassword ? undefined : focusAtOnce}
              value={code}
              autoComplete="one-time-code"
              autoCapitalize="none"
              spellcheck={false}
              maxLength={20}
              onInput={(event) => setCode(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="form-actions form-actions-end">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind={danger ? "danger" : "primary"} type="submit" busy={form.busy}>{title}</Button>
        </div>
      </form>
      {dialog}
    </Dialog>
  );
});

function Passkeys() {
  const list = useResource((signal) => get<Page<Passkey>>("/auth/passkeys", {}, signal), []);
  const [busy, setBusy] = useState(false);
  const [renaming, setRenaming] = useState<Passkey | null>(null);
  const [removing, setRemoving] = useState<Passkey | null>(null);
  const { run, dialog } = useConfirmed();
  const counted = (by: number) => {
    updateUser({ passkeys: Math.max(0, (user.value?.passkeys ?? 0) + by) });
    list.reload();
  };
  const add = async () => {
    setBusy(true);
    try {
      const made = await run(addPasskey);
      toast({ kind: "success", title: t("passkey.added", { name: made.name }) });
      counted(1);
    } catch (problem) {
      if (!wasGivenUp(problem)) toastError(problem);
    }
    setBusy(false);
  };
  const possible = passkeysPossible();
  return (
    <Card title={t("passkey.title")}>
      <div class="form">
        <p class="muted">{t(possible ? "passkey.text" : "passkey.impossible")}</p>
        {!list.data
          ? list.error
            ? <Failure error={list.error} onRetry={list.reload} />
            : user.value?.passkeys
            ? <Skeleton rows={user.value.passkeys} />
            : null
          : list.data.items.length === 0
          ? null
          : (
            <ul class="devices">
              {list.data.items.map((one) => (
                <li key={one.id}>
                  <span class="type-icon tone-plain">
                    <Icon name="key" />
                  </span>
                  <span class="feed-text">
                    <strong>{one.name}</strong>
                    <span class="feed-meta">
                      <span>
                        {t("passkey.made")} <Time value={one.created_at} />
                      </span>
                      <span>
                        {one.last_used_at
                          ? (
                            <>
                              {t("passkey.used")} <Time value={one.last_used_at} />
                            </>
                          )
                          : t("passkey.unused")}
                      </span>
                    </span>
                  </span>
                  <Button
                    kind="quiet"
                    small
                    icon="edit"
                    label={t("passkey.rename", { name: one.name })}
                    onClick={() => setRenaming(one)}
                  />
                  <Button
                    kind="quiet"
                    small
                    icon="trash"
                    label={t("passkey.remove", { name: one.name })}
                    onClick={() => setRemoving(one)}
                  />
                </li>
              ))}
            </ul>
          )}
        {possible
          ? (
            <div class="form-actions">
              <Button icon="key" busy={busy} onClick={add}>{t("passkey.add")}</Button>
            </div>
          )
          : null}
      </div>
      {renaming
        ? (
          <RenameDialog
            passkey={renaming}
            onClose={() => setRenaming(null)}
            onDone={() => (setRenaming(null), list.reload())}
          />
        )
        : null}
      {removing
        ? (
          <Confirm
            title={t("passkey.remove", { name: removing.name })}
            text={t("passkey.remove.text")}
            action={t("action.delete")}
            onClose={() => setRemoving(null)}
            onConfirm={async () => {
              await run(() => remove(`/auth/passkeys/${removing.id}`));
              counted(-1);
            }}
          />
        )
        : null}
      {dialog}
    </Card>
  );
}

const RenameDialog = guarded(function RenameDialog(
  { passkey, onClose, onDone }: { passkey: Passkey; onClose: () => void; onDone: () => void },
) {
  const [name, setName] = useState(passkey.name);
  const form = useForm(["name"]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!form.check({ name: !name.trim() && t("form.required") })) return;
    if (await form.submit(() => put(`/auth/passkeys/${passkey.id}`, { name }))) onDone();
  };
  return (
    <Dialog title={t("passkey.rename", { name: passkey.name })} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        {form.error ? <Failure error={form.error} /> : null}
        <Field label={t("passkey.name")} error={form.fields.name}>
          {(props) => (
            <input
              {...props}
              class="input"
              value={name}
              maxLength={100}
              autoFocus
              ref={focusAtOnce}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="form-actions form-actions-end">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" busy={form.busy}>{t("action.save")}</Button>
        </div>
      </form>
    </Dialog>
  );
});
