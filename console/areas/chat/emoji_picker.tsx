// The emoji picker: search in the person's language, categories, last ones, skin tone; arrows move through the grid. The
// table is fetched when the picker first opens.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { guarded } from "../../components/guarded.tsx";
import { Icon } from "../../components/icon.tsx";
import { SearchField } from "../../components/search_field.tsx";
import { Skeleton } from "../../components/states.tsx";
import {
  CATEGORIES,
  type Emoji,
  emojis,
  loadEmoji,
  recent,
  searchEmoji,
  setTone,
  tone,
  toned,
  usedEmoji,
} from "./lib/emoji.ts";
import { byFinger } from "../../lib/focus.ts";
import { t } from "../../lib/i18n.ts";
import type { MessageKey } from "../../messages.ts";
import { placeBeside } from "./menu.tsx";

const TABS = ["😀", "👋", "🐻", "🍎", "✈️", "⚽", "💡", "❤️", "🏁"];
const TONES = ["✋", "✋🏻", "✋🏼", "✋🏽", "✋🏾", "✋🏿"];

export const EmojiPopup = guarded(function EmojiPopup(
  { anchor, onPick, onClose }: { anchor: Element; onPick: (emoji: string) => void; onClose: () => void },
) {
  const box = useRef<HTMLDivElement>(null);
  const closing = useRef(onClose);
  closing.current = onClose;
  useLayoutEffect(() => {
    const put = () => {
      const place = placeBeside(anchor.getBoundingClientRect(), box.current!.offsetWidth, box.current!.offsetHeight);
      box.current!.style.left = `${place.left}px`;
      box.current!.style.top = `${place.top}px`;
    };
    put();
    // A keyboard on the screen comes and goes, and a telephone is turned.
    const seen = globalThis.visualViewport;
    addEventListener("resize", put);
    seen?.addEventListener("resize", put);
    const own = new ResizeObserver(put);
    own.observe(box.current!);
    return () => {
      own.disconnect();
      removeEventListener("resize", put);
      seen?.removeEventListener("resize", put);
    };
  }, [anchor]);
  useEffect(() => {
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node) && !anchor.contains(event.target as Node)) closing.current();
    };
    document.addEventListener("pointerdown", outside, true);
    return () => document.removeEventListener("pointerdown", outside, true);
  }, [anchor]);
  return (
    <div
      class="popup emoji-popup"
      ref={box}
      role="dialog"
      aria-label={t("chat.emoji")}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onClose();
      }}
    >
      <EmojiPicker
        onPick={(emoji) => {
          usedEmoji(emoji);
          onPick(emoji);
        }}
      />
    </div>
  );
});

function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const [query, setQuery] = useState("");
  const [category, setCategory] = useState(-1);
  const [failed, setFailed] = useState(false);
  const [hint, setHint] = useState("");
  const grid = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const table = emojis.value;
  useEffect(() => {
    loadEmoji().catch(() => setFailed(true));
    if (!byFinger()) field.current?.focus();
  }, []);
  const shown: { char: string; name: string }[] = useMemo(() => {
    const view = (emoji: Emoji) => ({ char: toned(emoji), name: emoji.name });
    if (query.trim()) return searchEmoji(query, 90).map(view);
    if (category >= 0) return table.filter((emoji) => emoji.category === category).map(view);
    const last = recent.value.map((char) => ({ char, name: char }));
    return [...last, ...table.filter((emoji) => emoji.category === 0).map(view)];
  }, [query, category, table, tone.value]);
  const onKeyDown = (event: KeyboardEvent) => {
    const buttons = [...grid.current!.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (at < 0) {
      if (event.key === "ArrowDown") {
        event.preventDefault();
        buttons[0]?.focus();
      } else if (event.key === "Enter" && shown[0]) {
        event.preventDefault();
        onPick(shown[0].char);
      }
      return;
    }
    const columns = getComputedStyle(grid.current!).gridTemplateColumns.split(" ").length; // fewer for fingers
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + columns, ArrowUp: at - columns }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (to < 0) field.current?.focus();
    else buttons[Math.min(to, buttons.length - 1)]?.focus();
  };
  return (
    <div class="emoji" onKeyDown={onKeyDown}>
      <SearchField
        label={t("chat.emoji_search")}
        field={field}
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      <div class="emoji-tabs" role="tablist">
        <button
          type="button"
          role="tab"
          aria-selected={category === -1 && !query}
          title={t("chat.emoji.recent")}
          aria-label={t("chat.emoji.recent")}
          onClick={() => (setCategory(-1), setQuery(""))}
        >
          <Icon name="clock" size={18} />
        </button>
        {Array.from({ length: CATEGORIES }, (_, i) => {
          const name = t(`chat.emoji.${i}` as MessageKey);
          return (
            <button
              type="button"
              role="tab"
              key={i}
              aria-selected={category === i && !query}
              title={name}
              aria-label={name}
              onClick={() => (setCategory(i), setQuery(""))}
            >
              {TABS[i]}
            </button>
          );
        })}
      </div>
      <div class="emoji-grid" ref={grid} role="listbox" aria-label={t("chat.emoji")}>
        {table.length === 0 && !failed ? <Skeleton rows={5} /> : null}
        {failed ? <p class="muted">{t("error.network")}</p> : null}
        {table.length > 0 && !shown.length ? <p class="muted emoji-none">{t("chat.emoji_none")}</p> : null}
        {table.length > 0
          ? shown.map(({ char, name }, i) => (
            <button
              type="button"
              role="option"
              key={`${i}${char}`}
              tabIndex={i === 0 ? 0 : -1}
              aria-label={name}
              title={name}
              onFocus={() => setHint(name)}
              onMouseEnter={() => setHint(name)}
              onClick={() => onPick(char)}
            >
              {char}
            </button>
          ))
          : null}
      </div>
      <div class="emoji-foot">
        <span class="muted emoji-hint">{hint}</span>
        <span class="emoji-tones" role="radiogroup" aria-label={t("chat.emoji_tone")}>
          {TONES.map((char, i) => (
            <button
              type="button"
              role="radio"
              key={char}
              aria-checked={tone.value === i}
              aria-label={t("chat.emoji_tone_n", { n: i + 1 })}
              onClick={() => setTone(i)}
            >
              {char}
            </button>
          ))}
        </span>
      </div>
    </div>
  );
}
