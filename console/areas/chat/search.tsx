// Search in messages: a field that completes operators, filters as chips, results in their place. Stands in a panel beside
// the channel, or alone on a phone. The field keeps the focus while the arrow keys go through suggestions and results.
// `onJump` shows the message where it was written; `onClose` is asked for with Escape in an empty field.
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import type { FoundMessage } from "../../../protocol/chat/search.ts";
import { Button, Checkbox } from "../../components/basic.tsx";
import { Icon } from "../../components/icon.tsx";
import { Empty, Failure, Skeleton } from "../../components/states.tsx";
import { ApiError } from "../../lib/api.ts";
import {
  forgetSearches,
  recentSearches,
  rememberSearch,
  type SearchSort,
  type SearchState,
  useSearch,
} from "./lib/search_state.ts";
import { pieces, without } from "./lib/search_text.ts";
import { problemText } from "../../lib/error_text.ts";
import { t } from "../../lib/i18n.ts";
import { SearchHints, type Suggested, useSuggestions } from "./search_hints.tsx";
import { SearchResults } from "./search_results.tsx";

interface SearchPanelProps {
  onClose: () => void;
  onJump: (found: Pick<FoundMessage, "id" | "channel_id" | "root_id">) => void;
  initialQuery?: string;
  /** The channel that is open: results can be limited to it. */
  channelId?: string | null;
}

export function SearchPanel({ onClose, onJump, initialQuery = "", channelId = null }: SearchPanelProps) {
  const [text, setText] = useState(initialQuery);
  const [cursor, setCursor] = useState(initialQuery.length);
  const [sort, setSort] = useState<SearchSort>("relevance");
  const [here, setHere] = useState(false);
  const [active, setActive] = useState(-1);
  const [shown, setShown] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const found = useSearch(complete(text), sort, here ? channelId : null);
  const suggestions = useSuggestions(text, cursor);
  const open = shown && suggestions.length > 0;
  const count = open ? suggestions.length : found.items.length;

  useEffect(() => {
    setText(initialQuery);
    setCursor(initialQuery.length);
    field.current?.focus();
  }, [initialQuery]);
  useEffect(() => setActive(open ? 0 : -1), [text, open]);

  const write = (value: string, at = value.length) => {
    setText(value);
    setCursor(at);
    field.current?.focus();
    requestAnimationFrame(() => field.current?.setSelectionRange(at, at));
  };
  const take = (item: Suggested | undefined) => {
    if (!item) return;
    const space = text.slice(item.end).startsWith(" ") ? "" : " ";
    write(text.slice(0, item.start) + item.insert + space + text.slice(item.end), item.start + item.insert.length + 1);
  };
  const jump = (item: FoundMessage | undefined) => {
    if (!item) return;
    rememberSearch(text.trim());
    onJump(item);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (count === 0) return;
      event.preventDefault();
      const next = active + (event.key === "ArrowDown" ? 1 : -1);
      setActive(open ? (next + count) % count : Math.max(-1, Math.min(count - 1, next)));
    } else if (event.key === "Enter" || (event.key === "Tab" && open && !event.shiftKey)) {
      event.preventDefault();
      if (open) take(suggestions[Math.max(0, active)]);
      else if (active >= 0) jump(found.items[active]);
      else if (found.items.length) setActive(0);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (open) setShown(false);
      else if (text) write("");
      else onClose();
    }
  };

  return (
    <div class="search-panel" role="search">
      <div class="search-top">
        <label class="search search-field">
          <Icon name="search" size={18} />
          <input
            ref={field}
            class="input"
            type="text"
            role="combobox"
            autoComplete="off"
            autoCapitalize="none"
            spellcheck={false}
            maxLength={500}
            enterKeyHint="search"
            value={text}
            placeholder={t("search.placeholder")}
            aria-label={t("search.label")}
            aria-expanded={open}
            aria-controls={open ? `${id}-list` : `${id}-results`}
            aria-autocomplete="list"
            aria-activedescendant={active >= 0 ? `${id}-${open ? "s" : "r"}${active}` : undefined}
            onInput={(event) => {
              setText(event.currentTarget.value);
              setCursor(event.currentTarget.selectionStart ?? event.currentTarget.value.length);
              setShown(true);
            }}
            onSelect={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
            onBlur={() => setShown(false)}
            onKeyDown={onKeyDown}
          />
          {text ? <Button kind="quiet" small icon="close" label={t("search.clear")} onClick={() => write("")} /> : null}
        </label>
        {open
          ? (
            <ul class="search-list" id={`${id}-list`} role="listbox" aria-label={t("search.suggestions")}>
              {suggestions.map((item, i) => (
                <li
                  key={item.insert}
                  id={`${id}-s${i}`}
                  role="option"
                  aria-selected={i === active}
                  // Before the field loses the focus.
                  onMouseDown={(event) => (event.preventDefault(), take(item))}
                  onMouseMove={() => setActive(i)}
                >
                  <Icon name={item.icon} size={16} />
                  <strong>{item.label}</strong>
                  {item.hint ? <span class="muted">{item.hint}</span> : null}
                </li>
              ))}
            </ul>
          )
          : null}
        <Chips text={text} onRemove={(value) => write(value)} />
        {found.answered || found.loading
          ? (
            <Toolbar
              found={found}
              sort={sort}
              onSort={setSort}
              here={here}
              onHere={channelId ? setHere : undefined}
            />
          )
          : null}
      </div>
      <div class="search-body" id={`${id}-results`}>
        <Body
          text={text}
          found={found}
          byDay={sort === "recent"}
          active={open ? -1 : active}
          id={id}
          onJump={jump}
          onPick={(value) => write(value)}
        />
      </div>
    </div>
  );
}

/** What is worth asking for: operators that are still being typed are left out. */
function complete(text: string): string {
  let out = text.trim();
  const last = pieces(out).at(-1);
  if (last && /^-?\p{L}+:[@#]?"?$/u.test(last.text) && !last.filter) out = without(out, last);
  return out;
}

function Chips({ text, onRemove }: { text: string; onRemove: (text: string) => void }) {
  const filters = useMemo(() => pieces(text).filter((piece) => piece.filter), [text]);
  if (!filters.length) return null;
  return (
    <ul class="search-chips" aria-label={t("search.filters")}>
      {filters.map((piece) => (
        <li key={piece.start}>
          <button
            type="button"
            class={piece.text.startsWith("-") ? "search-chip search-chip-not" : "search-chip"}
            aria-label={t("search.filter.remove", { filter: piece.text })}
            onClick={() => onRemove(without(text, piece))}
          >
            {piece.text}
            <Icon name="close" size={16} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Toolbar({ found, sort, onSort, here, onHere }: {
  found: SearchState;
  sort: SearchSort;
  onSort: (sort: SearchSort) => void;
  here: boolean;
  onHere?: (here: boolean) => void;
}) {
  const total = found.total;
  return (
    <div class="search-tools">
      <span class="muted" role="status">
        {found.loading || !total
          ? t("state.loading")
          : total.more
          ? t("search.total_more", { count: total.count })
          : t("search.total", { n: total.count })}
      </span>
      {onHere ? <Checkbox checked={here} onChange={onHere}>{t("search.only_here")}</Checkbox> : null}
      <div class="segmented" role="group" aria-label={t("search.sort")}>
        {(["relevance", "recent"] as const).map((value) => (
          <button
            type="button"
            key={value}
            aria-pressed={sort === value}
            onClick={() => onSort(value)}
          >
            {t(`search.sort.${value}`)}
          </button>
        ))}
      </div>
    </div>
  );
}

function Body({ text, found, byDay, active, id, onJump, onPick }: {
  text: string;
  found: SearchState;
  byDay: boolean;
  active: number;
  id: string;
  onJump: (item: FoundMessage) => void;
  onPick: (text: string) => void;
}) {
  const [recent, setRecent] = useState(recentSearches);
  if (found.error) {
    const wrong = found.error instanceof ApiError && found.error.code === "validation_failed";
    return wrong
      ? (
        <div class="notice notice-warn" role="alert">
          <Icon name="alert" />
          <div>
            <strong>{t("search.failed")}</strong>
            <p>{problemText(found.error)}</p>
          </div>
        </div>
      )
      : <Failure error={found.error} onRetry={found.retry} />;
  }
  if (!complete(text)) {
    return (
      <SearchHints
        recent={recent}
        onPick={onPick}
        onForget={() => {
          forgetSearches();
          setRecent([]);
        }}
      />
    );
  }
  if (found.loading && !found.items.length) return <Skeleton rows={5} />;
  return (
    <>
      {found.notes.map((note, i) => (
        <p class="search-note" key={i}>
          <Icon name="info" size={16} />
          <span>
            {t(`search.note.${note.code}`, {
              text: found.answered.slice(note.start, note.end).replace(/^-?\p{L}+:[@#]?/u, "").replaceAll('"', ""),
            })}
          </span>
        </p>
      ))}
      {found.items.length
        ? <SearchResults found={found} byDay={byDay} active={active} id={id} onJump={onJump} />
        : found.loading
        ? null
        : <Empty icon="search" title={t("search.empty")} text={t("search.empty.text")} />}
    </>
  );
}
