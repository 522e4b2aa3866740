// The automatic filter: its lists and limits, saved as a whole, and a box that tries the settings as they stand here.
// Moderators look and test; who holds chat.manage changes.
import { useEffect, useState } from "preact/hooks";
import type { FilterSettings, FilterState, FilterTest } from "../../../protocol/chat/moderation.ts";
import { Badge, Button, Card, Checkbox, Field } from "../../components/basic.tsx";
import { Failure, Notice, Skeleton } from "../../components/states.tsx";
import { ApiError, get, post, put } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { useResource } from "../../lib/resource.ts";
import { can } from "../../lib/session.ts";
import { toast } from "../../lib/toasts.ts";
import { ROLES } from "../../lib/types.ts";
import {
  ActionSelect,
  ChannelPicker,
  DomainList,
  NumberField,
  PatternList,
  WordList,
} from "./moderation_filter_lists.tsx";

/** Only what can be changed. */
function settingsOf(state: FilterState): FilterSettings {
  const { words, patterns, links, flood, caps, escalation, exempt_roles, exempt_channels } = state;
  return { words, patterns, links, flood, caps, escalation, exempt_roles, exempt_channels };
}

export function FilterTab() {
  const { data, error, reload, update } = useResource(
    (signal) => get<FilterState>("/admin/moderation/filters", {}, signal),
    [],
  );
  if (error && !data) return <Failure error={error} onRetry={reload} />;
  if (!data) return <Skeleton rows={8} />;
  return <Editor key={data.version} state={data} onSaved={(saved) => update(() => saved)} onReload={reload} />;
}

function Editor(
  { state, onSaved, onReload }: { state: FilterState; onSaved: (state: FilterState) => void; onReload: () => void },
) {
  const saved = settingsOf(state);
  const [value, setValue] = useState(saved);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const mayChange = can("chat.manage");
  const changed = JSON.stringify(value) !== JSON.stringify(saved);
  const set = (part: Partial<FilterSettings>) => {
    setError(null);
    setValue({ ...value, ...part });
  };
  const problem = (path: string) => error?.options.fields?.[path];
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      onSaved(await put<FilterState>("/admin/moderation/filters", { ...value, version: state.version }));
      toast({ kind: "success", title: t("mod.filter.saved") });
    } catch (failure) {
      setError(failure instanceof ApiError ? failure : new ApiError("internal", 0, String(failure)));
      setBusy(false);
    }
  };
  const { links, flood, caps, escalation } = value;
  return (
    <div class="mod-filter">
      {mayChange ? null : <Notice>{t("mod.filter.read_only")}</Notice>}
      <fieldset class="mod-sections" disabled={!mayChange}>
        <Card title={t("mod.filter.words")}>
          <p class="muted small">{t("mod.filter.words.text")}</p>
          <WordList words={value.words} onChange={(words) => set({ words })} problem={problem} />
        </Card>
        <Card title={t("mod.filter.patterns")}>
          <p class="muted small">{t("mod.filter.patterns.text")}</p>
          <PatternList patterns={value.patterns} onChange={(patterns) => set({ patterns })} problem={problem} />
        </Card>
        <Card title={t("mod.filter.links")}>
          <div class="form">
            <ActionSelect
              label={t("mod.filter.links.action")}
              value={links.action}
              onChange={(action) => set({ links: { ...links, action } })}
            />
            <DomainList
              label={t("mod.filter.links.allow")}
              value={links.allow}
              onChange={(allow) => set({ links: { ...links, allow } })}
              error={firstProblem(error, "links.allow")}
            />
            <DomainList
              label={t("mod.filter.links.block")}
              value={links.block}
              onChange={(block) => set({ links: { ...links, block } })}
              error={firstProblem(error, "links.block")}
            />
          </div>
        </Card>
        <Card title={t("mod.filter.flood")}>
          <div class="form mod-grid">
            <ActionSelect
              label={t("mod.filter.what")}
              value={flood.action}
              onChange={(action) => set({ flood: { ...flood, action } })}
            />
            <NumberField
              label={t("mod.filter.flood.messages")}
              value={flood.messages}
              min={2}
              max={1000}
              error={problem("flood.messages")}
              onChange={(messages) => set({ flood: { ...flood, messages } })}
            />
            <NumberField
              label={t("mod.filter.flood.seconds")}
              value={flood.seconds}
              min={1}
              max={3600}
              error={problem("flood.seconds")}
              onChange={(seconds) => set({ flood: { ...flood, seconds } })}
            />
            <NumberField
              label={t("mod.filter.flood.duplicates")}
              value={flood.duplicates}
              min={0}
              max={100}
              error={problem("flood.duplicates")}
              onChange={(duplicates) => set({ flood: { ...flood, duplicates } })}
            />
          </div>
        </Card>
        <Card title={t("mod.filter.caps")}>
          <div class="form mod-grid">
            <ActionSelect
              label={t("mod.filter.what")}
              value={caps.action}
              onChange={(action) => set({ caps: { ...caps, action } })}
            />
            <NumberField
              label={t("mod.filter.caps.letters")}
              value={caps.min_letters}
              min={5}
              max={1000}
              error={problem("caps.min_letters")}
              onChange={(min_letters) => set({ caps: { ...caps, min_letters } })}
            />
            <NumberField
              label={t("mod.filter.caps.percent")}
              value={caps.percent}
              min={50}
              max={100}
              error={problem("caps.percent")}
              onChange={(percent) => set({ caps: { ...caps, percent } })}
            />
          </div>
        </Card>
        <Card title={t("mod.filter.escalation")}>
          <div class="form mod-grid">
            <Checkbox
              kind="switch"
              checked={escalation.enabled}
              onChange={(enabled) => set({ escalation: { ...escalation, enabled } })}
            >
              {t("mod.filter.escalation.on")}
            </Checkbox>
            <NumberField
              label={t("mod.filter.escalation.blocks")}
              value={escalation.blocks}
              min={2}
              max={100}
              error={problem("escalation.blocks")}
              onChange={(blocks) => set({ escalation: { ...escalation, blocks } })}
            />
            <NumberField
              label={t("mod.filter.escalation.minutes")}
              value={escalation.minutes}
              min={1}
              max={1440}
              error={problem("escalation.minutes")}
              onChange={(minutes) => set({ escalation: { ...escalation, minutes } })}
            />
            <NumberField
              label={t("mod.filter.escalation.mute")}
              value={Math.round(escalation.mute_seconds / 60)}
              min={1}
              max={43_200}
              error={problem("escalation.mute_seconds")}
              onChange={(minutes) => set({ escalation: { ...escalation, mute_seconds: minutes * 60 } })}
            />
          </div>
        </Card>
        <Card title={t("mod.filter.exempt")}>
          <div class="form">
            <div class="field">
              <span class="field-label">{t("mod.filter.exempt.roles")}</span>
              <div class="mod-roles">
                {ROLES.map((role) => (
                  <Checkbox
                    key={role}
                    checked={value.exempt_roles.includes(role)}
                    onChange={(on) =>
                      set({
                        exempt_roles: on
                          ? [...value.exempt_roles, role]
                          : value.exempt_roles.filter((other) => other !== role),
                      })}
                  >
                    {t(`role.${role}`)}
                  </Checkbox>
                ))}
              </div>
            </div>
            <ChannelPicker value={value.exempt_channels} onChange={(exempt_channels) => set({ exempt_channels })} />
          </div>
        </Card>
      </fieldset>
      <TestBox settings={value} />
      {error ? <Failure error={error} onRetry={error.code === "conflict" ? onReload : undefined} /> : null}
      {mayChange
        ? (
          <div class="mod-save">
            <span class="muted" role="status">{changed ? t("mod.filter.unsaved") : ""}</span>
            <Button kind="primary" busy={busy} disabled={!changed} onClick={save}>{t("action.save")}</Button>
          </div>
        )
        : null}
    </div>
  );
}

/** The first problem of a list, whichever of its entries it is about. */
function firstProblem(error: ApiError | null, path: string): string | undefined {
  return Object.entries(error?.options.fields ?? {}).find(([name]) => name.startsWith(path))?.[1];
}

const TONES = { ok: "good", flag: "warn", block: "bad" } as const;

function TestBox({ settings }: { settings: FilterSettings }) {
  const [content, setContent] = useState("");
  const [result, setResult] = useState<FilterTest | null>(null);
  const [error, setError] = useState<unknown>(null);
  const key = JSON.stringify(settings);
  useEffect(() => {
    setError(null);
    if (!content.trim()) return setResult(null);
    const abort = new AbortController();
    const timer = setTimeout(() => {
      post<FilterTest>("/admin/moderation/filters/test", { content, settings }).then(
        (answer) => abort.signal.aborted || setResult(answer),
        (problem) => abort.signal.aborted || (setResult(null), setError(problem)),
      );
    }, 300);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [content, key]);
  return (
    <Card title={t("mod.filter.test")} class="mod-test">
      <p class="muted small">{t("mod.filter.test.text")}</p>
      <Field label={t("mod.filter.test.label")}>
        {(props) => (
          <textarea
            {...props}
            class="input"
            rows={3}
            maxLength={16_000}
            value={content}
            onInput={(event) => setContent(event.currentTarget.value)}
          />
        )}
      </Field>
      <div role="status" class="mod-verdict">
        {result
          ? (
            <>
              <Badge tone={TONES[result.verdict]}>{t(`mod.filter.test.${result.verdict}`)}</Badge>
              <ul>
                {result.hits.map((hit, i) => (
                  <li key={i}>
                    <Badge tone={TONES[hit.action]}>{t(`mod.filter.${hit.action}`)}</Badge>
                    <span class="break">{hit.reason}</span>
                  </li>
                ))}
              </ul>
            </>
          )
          : null}
      </div>
      {error ? <Failure error={error} /> : null}
    </Card>
  );
}
