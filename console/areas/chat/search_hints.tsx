// What helps to write a search: operators to begin with, recent searches, and completions of people, channels and values.
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Suggestion } from "../../../protocol/chat/search.ts";
import { Button } from "../../components/basic.tsx";
import { Icon } from "../../components/icon.tsx";
import { get } from "../../lib/api.ts";
import { asValue, completionAt } from "./lib/search_text.ts";
import { language, t } from "../../lib/i18n.ts";

export interface Suggested {
  label: string;
  hint?: string;
  icon: string;
  /** Takes the place of this stretch of the query. */
  insert: string;
  start: number;
  end: number;
}

const MAX = 8;

/** Completions of what stands at the cursor, from the first letter on. */
export function useSuggestions(text: string, cursor: number): Suggested[] {
  const lang = language.value;
  const at = useMemo(() => completionAt(text, cursor, lang), [text, cursor, lang]);
  const kind = at?.completion.kind, typed = at?.completion.typed ?? "";
  const sign = at?.completion.kind === "place" ? at.completion.sign : "";
  const [found, setFound] = useState<Suggestion[]>([]);
  useEffect(() => {
    setFound([]);
    if (kind !== "person" && kind !== "place") return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const q = (kind === "person" ? "@" : sign) + typed;
      // Without an answer there is nothing to choose from; the query can still be typed.
      get<{ items: Suggestion[] }>("/search/suggest", { q, limit: MAX }, abort.signal).then(
        ({ items }) => setFound(items),
        () => {},
      );
    }, 120);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [kind, typed, sign]);
  if (!at) return [];
  const { completion, start, end } = at;
  if (completion.kind === "value") {
    const values = completion.values.filter((v) => v.startsWith(typed.toLowerCase()) && v !== typed.toLowerCase());
    return values.map((value) => ({ label: value, icon: "filter", insert: value, start, end }));
  }
  const me = lang === "es" ? "yo" : "me";
  const own: Suggested[] = kind === "person" && me.startsWith(typed.toLowerCase()) && typed !== me
    ? [{ label: me, hint: t("search.me"), icon: "user", insert: me, start, end }]
    : [];
  return [...own, ...found.flatMap((item) => suggested(item, start, end))].filter((item) =>
    item.insert.replace(/^[@#]/, "") !== text.slice(start, end).replace(/^[@#]/, "")
  ).slice(0, MAX);
}

function suggested(item: Suggestion, start: number, end: number): Suggested[] {
  if (item.kind === "user") {
    const { username, display_name } = item.user;
    return [{ label: display_name, hint: `@${username}`, icon: "user", insert: asValue("@", username), start, end }];
  }
  const { name, type } = item.channel;
  // Groups have no name to write, and what one has not joined cannot be searched.
  if (name === null || !item.is_member) return [];
  return [{ label: name, icon: type === "private" ? "lock" : "hash", insert: asValue("#", name), start, end }];
}

const OPERATORS = {
  en: { from: "from:@", in: "in:#", has: "has:", is: "is:", after: "after:", before: "before:", on: "on:" },
  es: { from: "de:@", in: "en:#", has: "tiene:", is: "es:", after: "despues:", before: "antes:", on: "el:" },
};

/** What an empty field shows. */
export function SearchHints({ recent, onPick, onForget }: {
  recent: readonly string[];
  onPick: (text: string) => void;
  onForget: () => void;
}) {
  const names = OPERATORS[language.value];
  const lines = [
    ...(Object.keys(names) as (keyof typeof names)[]).map((key) => ({
      insert: names[key],
      shown: names[key],
      hint: t(`search.hint.${key}`),
    })),
    { insert: '"', shown: '"…"', hint: t("search.hint.phrase") },
    { insert: "-", shown: "-…", hint: t("search.hint.not") },
    { insert: "", shown: "…*", hint: t("search.hint.prefix") },
  ];
  return (
    <div class="search-hints">
      {recent.length
        ? (
          <section>
            <header>
              <h3>{t("search.recent")}</h3>
              <Button kind="quiet" small onClick={onForget}>{t("search.recent.forget")}</Button>
            </header>
            <ul>
              {recent.map((query) => (
                <li key={query}>
                  <button type="button" class="search-hint" onClick={() => onPick(query)}>
                    <Icon name="clock" size={16} />
                    <span>{query}</span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )
        : null}
      <section>
        <header>
          <h3>{t("search.hints")}</h3>
        </header>
        <ul>
          {lines.map(({ insert, shown, hint }) => (
            <li key={shown}>
              <button type="button" class="search-hint" onClick={() => onPick(insert)}>
                <code>{shown}</code>
                <span class="muted">{hint}</span>
              </button>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
