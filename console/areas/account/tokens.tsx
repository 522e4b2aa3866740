// API tokens of the signed-in person: made with scopes and an end, shown once, revoked.
import { serverUrl } from "../../lib/base.ts";
import { useState } from "preact/hooks";
import { guarded } from "../../components/guarded.tsx";
import { Badge, Button, Checkbox, Code, Field, PageHead, Time } from "../../components/basic.tsx";
import { Confirm, Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { SecretDialog } from "../../components/secret.tsx";
import { Empty, Failure, Skeleton } from "../../components/states.tsx";
import { type Column, PagedTable } from "../../components/table.tsx";
import { get, post, remove } from "../../lib/api.ts";
import { t, tryT } from "../../lib/i18n.ts";
import { curlNotify, pythonNotify } from "../../lib/notify.ts";
import { type Pages, usePages, useResource } from "../../lib/resource.ts";
import { presetScopes, TOKEN_PRESETS, type TokenPreset } from "../../lib/token_presets.ts";
import { toast } from "../../lib/toasts.ts";
import type { ApiToken } from "../../lib/types.ts";

/** Days until the end of a new token; 0: none. */
const LIFETIMES = [30, 90, 365, 0] as const;
const DAY = 86_400_000;

export function TokensPage() {
  const pages = usePages<ApiToken>("/auth/tokens", {});
  const { create, revoke, dialogs } = useTokenDialogs(pages, "/auth/tokens");

  const columns: Column<ApiToken>[] = [
    nameColumn(),
    {
      key: "scopes",
      label: t("tokens.scopes"),
      cell: (token) => (
        <span class="badges">
          {token.scopes.map((scope) => <Badge key={scope}>{scope}</Badge>)}
        </span>
      ),
    },
    usedColumn(),
    {
      key: "expires",
      label: t("tokens.expires"),
      cell: (token) => {
        if (!token.expires_at) return <span class="muted">{t("tokens.no_end")}</span>;
        const left = Date.parse(token.expires_at) - Date.now();
        if (left < 0) return <Badge tone="bad">{t("tokens.expired")}</Badge>;
        return left < 7 * DAY
          ? (
            <Badge tone="warn">
              <Time value={token.expires_at} />
            </Badge>
          )
          : <Time value={token.expires_at} />;
      },
    },
    revokeColumn(revoke),
  ];

  return (
    <>
      <PageHead title={t("nav.tokens")} text={t("tokens.text")}>
        <Button kind="primary" icon="plus" data-new onClick={create}>{t("tokens.new")}</Button>
      </PageHead>
      <section class="card">
        <PagedTable
          pages={pages}
          columns={columns}
          caption={t("nav.tokens")}
          empty={
            <Empty icon="key" title={t("tokens.empty")} text={t("tokens.empty.text")}>
              <Button icon="plus" onClick={create}>{t("tokens.new")}</Button>
            </Empty>
          }
        />
      </section>
      {dialogs}
    </>
  );
}

export const nameColumn = (): Column<ApiToken> => ({
  key: "name",
  label: t("tokens.name"),
  main: true,
  cell: (token) => (
    <span class="stack">
      <strong>{token.name}</strong>
      <code class="muted">{token.prefix}…</code>
    </span>
  ),
});

export const usedColumn = (): Column<ApiToken> => ({
  key: "used",
  label: t("tokens.last_used"),
  cell: (token) => <Time value={token.last_used_at} />,
});

export const revokeColumn = (revoke: (token: ApiToken) => void): Column<ApiToken> => ({
  key: "actions",
  label: t("table.actions"),
  actions: "icons",
  cell: (token) => (
    <Button
      kind="quiet"
      small
      icon="trash"
      label={t("tokens.revoke", { name: token.name })}
      onClick={() => revoke(token)}
    />
  ),
});

/**
 * Making a token, showing it once, and revoking one.
 * @param path where the list lives in the API
 * @param of permissions of the program that the tokens are for; absent: the person's own
 */
export function useTokenDialogs(pages: Pages<ApiToken>, path: string, of?: readonly string[]) {
  const [creating, setCreating] = useState(false);
  const [fresh, setFresh] = useState<ApiToken | null>(null);
  const [revoking, setRevoking] = useState<ApiToken | null>(null);
  const dialogs = (
    <>
      {creating
        ? (
          <NewToken
            path={path}
            of={of}
            onClose={() => setCreating(false)}
            onCreated={(token) => {
              setCreating(false);
              setFresh(token);
              pages.reload();
            }}
          />
        )
        : null}
      {fresh ? <FreshToken token={fresh} onClose={() => setFresh(null)} /> : null}
      {revoking
        ? (
          <Confirm
            title={t("tokens.revoke.title", { name: revoking.name })}
            text={t("tokens.revoke.text")}
            action={t("tokens.revoke.action")}
            onClose={() => setRevoking(null)}
            onConfirm={async () => {
              await remove(`${path}/${revoking.id}`);
              pages.update((items) => items.filter((item) => item.id !== revoking.id));
              toast({ kind: "success", title: t("tokens.revoked", { name: revoking.name }) });
            }}
          />
        )
        : null}
    </>
  );
  return { create: () => setCreating(true), revoke: setRevoking, dialogs };
}

const NewToken = guarded(
  function NewToken({ onClose, onCreated, path, of }: {
    onClose: () => void;
    onCreated: (token: ApiToken) => void;
    path: string;
    /** Permissions of the program that it is for; absent: the person's own. */
    of?: readonly string[];
  }) {
    const available = useResource(
      (signal) => of ? Promise.resolve({ items: [...of] }) : get<{ items: string[] }>("/auth/scopes", {}, signal),
      [],
    );
    const [name, setName] = useState("");
    const [scopes, setScopes] = useState<string[]>(of ? [] : ["notify"]);
    const [days, setDays] = useState<number>(90);
    const form = useForm(["name", "scopes", "expires_at"]);
    const submit = async (event: SubmitEvent) => {
      event.preventDefault();
      const fine = form.check({
        name: !name.trim() && t("form.required"),
        scopes: !scopes.length && t("tokens.scopes.none"),
      });
      if (!fine) return;
      await form.submit(async () => {
        const expires_at = days ? new Date(Date.now() + days * DAY).toISOString() : undefined;
        onCreated(await post<ApiToken>(path, { name: name.trim(), scopes, expires_at }));
      });
    };
    return (
      <Dialog title={t("tokens.new")} onClose={onClose}>
        <form class="form" onSubmit={submit} noValidate>
          {form.error ? <Failure error={form.error} /> : null}
          <Field label={t("tokens.name")} hint={t("tokens.name.hint")} error={form.fields.name}>
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
          {available.data ? <Presets available={available.data.items} scopes={scopes} onChoose={setScopes} /> : null}
          <fieldset class="scopes">
            <legend>{t("tokens.scopes")}</legend>
            {available.data
              ? (
                <div class="scope-list">
                  {available.data.items.map((scope) => (
                    <Checkbox
                      key={scope}
                      checked={scopes.includes(scope)}
                      onChange={(on) => setScopes(on ? [...scopes, scope] : scopes.filter((other) => other !== scope))}
                    >
                      <span class="stack">
                        <span>{tryT(`scope.${scope}`) ?? scope}</span>
                        <code class="muted">{scope}</code>
                      </span>
                    </Checkbox>
                  ))}
                </div>
              )
              : available.error
              ? <Failure error={available.error} onRetry={available.reload} />
              : <Skeleton rows={3} />}
            {form.fields.scopes ? <p class="field-hint field-error" role="alert">{form.fields.scopes}</p> : null}
          </fieldset>
          <Field
            label={t("tokens.lifetime")}
            hint={days ? undefined : t("tokens.lifetime.none_hint")}
            error={form.fields.expires_at}
          >
            {(props) => (
              <select
                {...props}
                class="input"
                value={days}
                onChange={(event) => setDays(Number(event.currentTarget.value))}
              >
                {LIFETIMES.map((value) => (
                  <option key={value} value={value}>
                    {value ? t("tokens.days", { n: value }) : t("tokens.no_end")}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <div class="form-actions form-actions-end">
            <Button onClick={onClose}>{t("action.cancel")}</Button>
            <Button kind="primary" type="submit" busy={form.busy}>{t("tokens.create")}</Button>
          </div>
        </form>
      </Dialog>
    );
  },
);

function Presets({ available, scopes, onChoose }: {
  available: readonly string[];
  scopes: readonly string[];
  onChoose: (scopes: string[]) => void;
}) {
  const chosen = [...scopes].sort().join();
  return (
    <div class="field">
      <span class="field-label" id="token-presets">{t("tokens.presets")}</span>
      <div class="chips" role="group" aria-labelledby="token-presets">
        {(Object.keys(TOKEN_PRESETS) as TokenPreset[]).map((preset) => {
          const wanted = presetScopes(preset, available);
          return wanted
            ? (
              <button
                key={preset}
                type="button"
                class="chip"
                aria-pressed={wanted.join() === chosen}
                onClick={() => onChoose(wanted)}
              >
                {t(`tokens.preset.${preset}`)}
              </button>
            )
            : null;
        })}
      </div>
    </div>
  );
}

const FreshToken = guarded(function FreshToken({ token, onClose }: { token: ApiToken; onClose: () => void }) {
  const sample = { type: "test", message: t("send.default_message") };
  const canNotify = token.scopes.some((scope) => scope === "notify" || scope === "notify.send");
  return (
    <SecretDialog
      title={t("tokens.created", { name: token.name })}
      text={t("tokens.once")}
      secrets={[{ label: t("tokens.token"), value: token.token ?? "" }]}
      onClose={onClose}
    >
      {canNotify
        ? (
          <>
            <h3>{t("tokens.try_curl")}</h3>
            <Code text={curlNotify(serverUrl(), sample, token.token)} />
            <h3>{t("tokens.try_python")}</h3>
            <Code text={pythonNotify(serverUrl(), sample, token.token ?? "")} />
          </>
        )
        : null}
    </SecretDialog>
  );
});
