// The parts of the filter's editor: lists of words, patterns, domains and channels, and its small fields.
import { useState } from "preact/hooks";
import type { FilterAction, FilterSettings } from "../../../protocol/chat/moderation.ts";
import { Button, Checkbox, Field } from "../../components/basic.tsx";
import { Icon } from "../../components/icon.tsx";
import { get } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { useResource } from "../../lib/resource.ts";
import type { Page } from "../../lib/types.ts";

type Problem = (path: string) => string | undefined;
type Switchable = "off" | FilterAction;

function EntryAction({ value, onChange, label }: {
  value: FilterAction;
  onChange: (action: FilterAction) => void;
  label: string;
}) {
  return (
    <select
      class="input input-small"
      aria-label={`${t("mod.filter.what")}: ${label}`}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as FilterAction)}
    >
      <option value="flag">{t("mod.filter.flag")}</option>
      <option value="block">{t("mod.filter.block")}</option>
    </select>
  );
}

/** A line to type new entries in, above the list. */
function AddLine({ label, onAdd, mono }: { label: string; onAdd: (text: string) => void; mono?: boolean }) {
  const [text, setText] = useState("");
  const add = () => {
    if (!text.trim()) return;
    onAdd(text);
    setText("");
  };
  return (
    <div class="mod-add">
      <input
        class={mono ? "input mono" : "input"}
        aria-label={label}
        placeholder={label}
        value={text}
        autoCapitalize="none"
        spellcheck={false}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          add();
        }}
      />
      <Button icon="plus" onClick={add}>{t("action.add")}</Button>
    </div>
  );
}

export function WordList(
  { words, onChange, problem }: {
    words: FilterSettings["words"];
    onChange: (words: FilterSettings["words"]) => void;
    problem: Problem;
  },
) {
  const change = (i: number, part: Partial<FilterSettings["words"][number]>) =>
    onChange(words.map((word, n) => n === i ? { ...word, ...part } : word));
  const add = (text: string) => {
    const known = new Set(words.map((word) => word.text.toLowerCase()));
    const fresh = [...new Set(text.split(/[,\n]/).map((word) => word.trim()).filter(Boolean))]
      .filter((word) => !known.has(word.toLowerCase()));
    onChange([...fresh.map((word) => ({ text: word, action: "flag" as const, whole_word: true })), ...words]);
  };
  return (
    <>
      <AddLine label={t("mod.filter.add_words")} onAdd={add} />
      {words.length === 0 ? <p class="muted small">{t("mod.filter.none")}</p> : (
        <ul class="mod-entries">
          {words.map((word, i) => (
            <li key={word.text}>
              <span class="mod-entry break">
                {word.text}
                {problem(`words.${i}.text`) ? <span class="bad-text small">{problem(`words.${i}.text`)}</span> : null}
              </span>
              <Checkbox checked={word.whole_word} onChange={(whole_word) => change(i, { whole_word })}>
                {t("mod.filter.whole")}
              </Checkbox>
              <EntryAction value={word.action} label={word.text} onChange={(action) => change(i, { action })} />
              <Button
                kind="quiet"
                small
                icon="trash"
                label={t("mod.filter.remove", { name: word.text })}
                onClick={() => onChange(words.filter((_, n) => n !== i))}
              />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

export function PatternList(
  { patterns, onChange, problem }: {
    patterns: FilterSettings["patterns"];
    onChange: (patterns: FilterSettings["patterns"]) => void;
    problem: Problem;
  },
) {
  const add = (pattern: string) => onChange([...patterns, { pattern, action: "flag" }]);
  return (
    <>
      <AddLine label={t("mod.filter.add_pattern")} onAdd={add} mono />
      {patterns.length === 0 ? <p class="muted small">{t("mod.filter.none")}</p> : (
        <ul class="mod-entries">
          {patterns.map(({ pattern, action }, i) => (
            <li key={`${i}${pattern}`}>
              <span class="mod-entry break">
                <code>{pattern}</code>
                {problem(`patterns.${i}.pattern`)
                  ? <span class="bad-text small">{problem(`patterns.${i}.pattern`)}</span>
                  : null}
              </span>
              <EntryAction
                value={action}
                label={pattern}
                onChange={(action) => onChange(patterns.map((old, n) => n === i ? { ...old, action } : old))}
              />
              <Button
                kind="quiet"
                small
                icon="trash"
                label={t("mod.filter.remove", { name: pattern })}
                onClick={() => onChange(patterns.filter((_, n) => n !== i))}
              />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

export function ActionSelect(
  { label, value, onChange }: { label: string; value: Switchable; onChange: (value: Switchable) => void },
) {
  return (
    <Field label={label}>
      {(props) => (
        <select
          {...props}
          class="input"
          value={value}
          onChange={(event) => onChange(event.currentTarget.value as Switchable)}
        >
          {(["off", "flag", "block"] as const).map((name) => (
            <option key={name} value={name}>{t(`mod.filter.${name}`)}</option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function NumberField(
  { label, value, onChange, min, max, error }: {
    label: string;
    value: number;
    onChange: (value: number) => void;
    min: number;
    max: number;
    error?: string;
  },
) {
  return (
    <Field label={label} error={error}>
      {(props) => (
        <input
          {...props}
          class="input"
          type="number"
          inputMode="numeric"
          min={min}
          max={max}
          value={value}
          onChange={(event) => {
            const typed = Math.round(Number(event.currentTarget.value));
            const fits = Math.min(max, Math.max(min, Number.isFinite(typed) ? typed : min));
            event.currentTarget.value = String(fits);
            onChange(fits);
          }}
        />
      )}
    </Field>
  );
}

/** One domain per line; what was typed stays as it is until the field is left. */
export function DomainList(
  { label, value, onChange, error }: {
    label: string;
    value: string[];
    onChange: (value: string[]) => void;
    error?: string;
  },
) {
  return (
    <Field label={label} hint={t("mod.filter.domains")} error={error}>
      {(props) => (
        <textarea
          {...props}
          class="input mono"
          rows={3}
          spellcheck={false}
          autoCapitalize="none"
          defaultValue={value.join("\n")}
          onChange={(event) => {
            const lines = event.currentTarget.value.split(/[\s,]+/).map((line) => line.trim().toLowerCase());
            onChange(
              [...new Set(lines.map((line) => line.replace(/^https?:\/\//, "").replace(/\/.*$/, "")))].filter(Boolean),
            );
          }}
        />
      )}
    </Field>
  );
}

interface ChannelName {
  id: string;
  name: string | null;
}

export function ChannelPicker({ value, onChange }: { value: string[]; onChange: (value: string[]) => void }) {
  const { data } = useResource((signal) => get<Page<ChannelName>>("/channels", { limit: 200 }, signal), []);
  const named = (data?.items ?? []).filter((channel) => channel.name !== null);
  const nameOf = (id: string) => named.find((channel) => channel.id === id)?.name ?? id.slice(0, 8);
  return (
    <div class="field">
      <span class="field-label" id="mod-exempt">{t("mod.filter.exempt.channels")}</span>
      {value.length
        ? (
          <ul class="chips">
            {value.map((id) => (
              <li key={id} class="chip">
                <Icon name="hash" size={16} />
                {nameOf(id)}
                <Button
                  kind="quiet"
                  small
                  icon="close"
                  label={t("mod.filter.remove", { name: nameOf(id) })}
                  onClick={() => onChange(value.filter((other) => other !== id))}
                />
              </li>
            ))}
          </ul>
        )
        : null}
      <select
        class="input"
        aria-labelledby="mod-exempt"
        value=""
        onChange={(event) => event.currentTarget.value && onChange([...value, event.currentTarget.value])}
      >
        <option value="">{t("mod.filter.exempt.add")}</option>
        {named.filter((channel) => !value.includes(channel.id)).map((channel) => (
          <option key={channel.id} value={channel.id}>{channel.name}</option>
        ))}
      </select>
    </div>
  );
}
