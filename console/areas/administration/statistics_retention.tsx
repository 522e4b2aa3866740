// How long messages and files are kept. Before anything that erases is saved, the server says how much would go.
import { useState } from "preact/hooks";
import type { RetentionPreview, RetentionRules, RetentionState } from "../../../protocol/operation/analytics.ts";
import type { Channel } from "../../../protocol/chat/chat.ts";
import { Button, Card, Field, Time } from "../../components/basic.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { Failure, Notice, Skeleton } from "../../components/states.tsx";
import { get, post, put } from "../../lib/api.ts";
import { dateTime, fileSize } from "../../lib/format.ts";
import { locale, t } from "../../lib/i18n.ts";
import { useResource } from "../../lib/resource.ts";
import { toast } from "../../lib/toasts.ts";
import type { Page } from "../../lib/types.ts";

type Draft = Omit<RetentionState, "last_run">;

const toRules = (draft: Draft): RetentionRules => ({
  messages_days: draft.messages_days,
  files_days: draft.files_days,
  per_channel: draft.per_channel.map(({ channel_id, days }) => ({ channel_id, days })),
});

const bytes = (size: number): string => fileSize(size, locale());

export function RetentionTab() {
  const state = useResource((signal) => get<RetentionState>("/admin/retention", {}, signal), []);
  if (!state.data) {
    return state.error ? <Failure error={state.error} onRetry={state.reload} /> : <Skeleton rows={5} />;
  }
  return <Editor state={state.data} onSaved={(saved) => state.update(() => saved)} />;
}

function Editor({ state, onSaved }: { state: RetentionState; onSaved: (state: RetentionState) => void }) {
  const [draft, setDraft] = useState<Draft>(state);
  const [preview, setPreview] = useState<RetentionPreview | null>(null);
  const [asking, setAsking] = useState<RetentionPreview | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const channels = useResource(
    (signal) => get<Page<Channel>>("/channels", { limit: 200 }, signal),
    [],
  );
  const change = (more: Partial<Draft>) => {
    setDraft({ ...draft, ...more });
    setPreview(null);
  };
  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const ask = () => post<RetentionPreview>("/admin/retention/preview", toRules(draft));
  const save = async () => {
    onSaved(await put<RetentionState>("/admin/retention", toRules(draft)));
    toast({ kind: "success", title: t("retention.saved") });
  };
  const submit = (event: Event) => {
    event.preventDefault();
    attempt(async () => {
      const found = await ask();
      if (found.messages + found.files > 0) setAsking(found);
      else await save();
    });
  };
  const setChannel = (id: string, days: number | null) =>
    change({ per_channel: draft.per_channel.map((c) => c.channel_id === id ? { ...c, days } : c) });
  const others = (channels.data?.items ?? []).filter((c) =>
    c.type !== "direct" && !draft.per_channel.some((own) => own.channel_id === c.id)
  );
  const counted = (found: RetentionPreview) => ({
    messages: t("retention.preview.messages", { n: found.messages }),
    files: t("retention.preview.files", { n: found.files }),
    size: bytes(found.bytes),
  });
  return (
    <form onSubmit={submit}>
      <Card title={t("retention.title")}>
        <p class="card-text muted">{t("retention.text")}</p>
        <div class="field-row">
          <DaysField
            label={t("retention.messages")}
            value={draft.messages_days}
            onChange={(messages_days) => change({ messages_days })}
          />
          <DaysField
            label={t("retention.files")}
            hint={t("retention.files.hint")}
            value={draft.files_days}
            onChange={(files_days) => change({ files_days })}
          />
        </div>
        <h3 class="stats-sub">{t("retention.channels")}</h3>
        {draft.per_channel.length === 0
          ? <p class="muted small">{t("retention.channels.none")}</p>
          : (
            <ul class="retention-list">
              {draft.per_channel.map((own) => (
                <li key={own.channel_id}>
                  <DaysField
                    label={own.name ? `#${own.name}` : t("stats.channel.private")}
                    value={own.days}
                    onChange={(days) => setChannel(own.channel_id, days)}
                  />
                  <Button
                    kind="quiet"
                    icon="close"
                    label={t("retention.channel.remove")}
                    onClick={() => change({ per_channel: draft.per_channel.filter((c) => c !== own) })}
                  />
                </li>
              ))}
            </ul>
          )}
        {others.length
          ? (
            <select
              class="input retention-add"
              aria-label={t("retention.channel.add")}
              value=""
              onChange={(event) => {
                const picked = others.find((c) => c.id === event.currentTarget.value);
                if (!picked) return;
                event.currentTarget.value = "";
                const own = { channel_id: picked.id, name: picked.name, days: null };
                change({ per_channel: [...draft.per_channel, own] });
              }}
            >
              <option value="">{t("retention.channel.add")}</option>
              {others.map((c) => <option key={c.id} value={c.id}>#{c.name}</option>)}
            </select>
          )
          : null}
        {error ? <Failure error={error} /> : null}
        {preview
          ? (
            <Notice tone={preview.messages + preview.files > 0 ? "warn" : "good"}>
              {preview.messages + preview.files > 0
                ? (
                  <p>
                    {counted(preview).messages}, {counted(preview).files} ({counted(preview).size}). {preview.oldest
                      ? t("retention.preview.oldest", { date: dateTime(Date.parse(preview.oldest), locale()) })
                      : null}
                  </p>
                )
                : <p>{t("retention.preview.none")}</p>}
            </Notice>
          )
          : null}
        <div class="form-actions">
          <Button busy={busy} icon="search" onClick={() => attempt(async () => setPreview(await ask()))}>
            {t("retention.preview")}
          </Button>
          <Button kind="primary" type="submit" busy={busy}>{t("retention.save")}</Button>
        </div>
        {state.last_run
          ? (
            <p class="muted small">
              {t("retention.last")}: <Time value={state.last_run.at} mode="absolute" /> ·{" "}
              {t("retention.preview.messages", { n: state.last_run.messages })},{" "}
              {t("retention.preview.files", { n: state.last_run.files })} ({bytes(state.last_run.bytes)})
            </p>
          )
          : null}
      </Card>
      {asking
        ? (
          <Confirm
            title={t("retention.confirm")}
            text={t("retention.confirm.text", counted(asking))}
            action={t("retention.save")}
            onClose={() => setAsking(null)}
            onConfirm={save}
          />
        )
        : null}
    </form>
  );
}

function DaysField(
  { label, hint, value, onChange }: {
    label: string;
    hint?: string;
    value: number | null;
    onChange: (days: number | null) => void;
  },
) {
  return (
    <Field label={label} hint={hint ?? t("retention.empty_is_forever")}>
      {(props) => (
        <span class="input-prefix retention-days">
          <input
            class="input"
            {...props}
            type="number"
            inputMode="numeric"
            min={1}
            max={36500}
            value={value ?? ""}
            placeholder={t("retention.forever")}
            onInput={(event) => {
              const days = event.currentTarget.valueAsNumber;
              onChange(Number.isInteger(days) && days >= 1 ? days : null);
            }}
          />
          <span>{t("retention.days")}</span>
        </span>
      )}
    </Field>
  );
}
