// The scrolling list of messages. It draws only what is near the screen, measures every row, and keeps what is looked at
// where it is: all movement goes through an anchor, either "the end" or one message and its distance to the upper edge.
// Invariants: rows that come, go or change their height above the anchor do not move it; someone at the end stays there;
// while a panel covers the list it has no height, and nothing is placed, asked for or seen; a pass of layout asks for at
// most a few more in the same frame.
import type { ComponentChildren } from "preact";
import type { Message } from "../../../protocol/chat/chat.ts";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { beginning } from "./lib/fold.ts";
import { HeightIndex } from "./lib/heights.ts";
import type { Row } from "./lib/rows.ts";
import type { Timeline } from "./lib/timeline.ts";
import { t } from "../../lib/i18n.ts";
import { runShortcut } from "../../lib/shortcuts.ts";
import { Icon } from "../../components/icon.tsx";
import { useApart } from "./avatar.tsx";

/** Drawn beyond the screen on each side, in pixels. */
const OVER = 700;
/** So near to an end (in screens) the next page is asked for. */
const NEAR = 1.5;
const END_PX = 32;
/** Of what stands above it, so much of it stays on the screen at the place where reading stopped. */
const CONTEXT_PX = 96;
/** Passes of layout in one frame: the second draws what the first one measured, a third is rare. */
const PASSES = 4;
const HIGHLIGHT_MS = 2_600;

type Anchor = "end" | { key: string; offset: number };

function estimate(row: Row): number {
  if (row.kind === "start") return 150;
  if (row.kind !== "message") return 40;
  const { content, attachments, previews, reactions } = row.message;
  const shown = beginning(content) ?? content;
  const lines = Math.max(1, Math.ceil(shown.length / 90) + (shown.match(/\n/g)?.length ?? 0));
  const extras = attachments.length * 120 + previews.length * 100 + (reactions.length ? 32 : 0);
  return (row.compact ? 8 : 38) + lines * 21 + extras;
}

export function MessageList({ timeline, rows, label, render, onSeen, intro }: {
  timeline: Timeline;
  rows: readonly Row[];
  label: string;
  render: (row: Row, highlighted: boolean) => ComponentChildren;
  /** Messages whose end is on the screen now, oldest first. */
  onSeen: (messages: readonly Message[]) => void;
  /** Stands above a channel's first message. */
  intro?: ComponentChildren;
}) {
  const box = useRef<HTMLDivElement>(null);
  const anchor = useRef<Anchor>("end");
  const measured = useRef(new Map<string, number>());
  const lastSet = useRef(-1);
  const drawn = useRef<[number, number]>([0, 0]);
  const handled = useRef(0);
  /** The list's height when it was last on the screen, in pixels. */
  const seenHeight = useRef(600);
  const passes = useRef({ count: 0, frame: 0 });
  const [width, setWidth] = useState(0);
  const [away, setAway] = useState(false);
  const [marked, setMarked] = useState<string | null>(null);
  const [, redraw] = useReducer<number, void>((n) => n + 1, 0);
  const { hasNewer } = timeline.state.value;
  const loading = timeline.loading.value;
  const jump = timeline.jump.value;

  const index = useMemo(
    () => new HeightIndex(rows.map((row) => measured.current.get(row.key) ?? estimate(row))),
    [rows, width],
  );
  const places = useMemo(() => new Map(rows.map((row, i) => [row.key, i])), [rows]);

  // A jump moves the anchor before anything is drawn.
  if (jump && jump.round !== handled.current) {
    const row = rows.find((entry) =>
      entry.kind === "message" && (entry.message.id === jump.id || entry.folded?.some(({ id }) => id === jump.id))
    );
    if (jump.id === null) {
      handled.current = jump.round;
      anchor.current = "end";
    } else if (row) {
      handled.current = jump.round;
      const offset = jump.at === "top" ? CONTEXT_PX : Math.round(seenHeight.current * 0.35);
      anchor.current = { key: row.key, offset };
      if (jump.highlight) queueMicrotask(() => setMarked(row.key));
    }
  }

  /** Where the view should stand for the anchor, and can. */
  const target = (height: number): number => {
    const now = anchor.current;
    const most = Math.max(0, index.total - height);
    if (now === "end") return most;
    const at = places.get(now.key);
    return Math.min(most, Math.max(0, at === undefined ? lastSet.current : index.top(at) - now.offset));
  };
  const height = box.current?.clientHeight || seenHeight.current;
  const top = target(height);
  const first = Math.max(0, index.at(top - OVER));
  const last = Math.min(rows.length, index.at(top + height + OVER) + 1);
  drawn.current = [first, last];
  useApart(rows.slice(first, last).map((row) => row.kind === "message" && !row.compact ? row.message.user.id : null));

  /** Whether the list is on the screen; a panel may stand in its place. */
  const shown = (): boolean => {
    const height = box.current?.clientHeight ?? 0;
    if (height > 0) seenHeight.current = height;
    return height > 0;
  };

  const place = () => {
    const element = box.current!;
    const wanted = target(element.clientHeight);
    if (Math.abs(element.scrollTop - wanted) > 0.5) element.scrollTop = wanted;
    lastSet.current = element.scrollTop;
  };

  const edges = () => {
    const element = box.current!;
    const near = element.clientHeight * NEAR;
    const { state } = timeline;
    if (state.peek().hasOlder && element.scrollTop < near) timeline.older();
    if (state.peek().hasNewer && element.scrollHeight - element.scrollTop - element.clientHeight < near) {
      timeline.newer();
    }
    const left = element.scrollHeight - element.scrollTop - element.clientHeight;
    // Whatever fits the screen is at its end too, although nobody can scroll there.
    if (left <= END_PX && !state.peek().hasNewer) anchor.current = "end";
    const end = anchor.current === "end" && !state.peek().hasNewer;
    if (end) timeline.below.value = 0;
    setAway(!end && (state.peek().hasNewer || left > 80));
    onSeen(onScreen(element));
    const middle = rows[index.at(element.scrollTop + element.clientHeight / 2)];
    timeline.look(middle?.kind === "message" && !middle.message.outgoing ? middle.message.id : null);
  };

  /** What has been read when it is: of a message that is higher than the screen, its end. */
  const onScreen = ({ scrollTop, clientHeight }: HTMLElement): Message[] => {
    const out: Message[] = [];
    for (let row = index.at(scrollTop); row < rows.length; row++) {
      if (index.top(row) + index.height(row) > scrollTop + clientHeight + 2) break;
      const entry = rows[row]!;
      if (entry.kind === "message" && !entry.message.outgoing) out.push(...entry.folded ?? [entry.message]);
    }
    return out;
  };

  /** Draws anew when what is on the screen, and `margin` pixels around it, is not drawn. @returns whether it is */
  const fill = (margin: number): boolean => {
    const { scrollTop, clientHeight } = box.current!;
    const [from, to] = drawn.current;
    const first = index.at(scrollTop - margin), last = index.at(scrollTop + clientHeight + margin) + 1;
    if (!rows.length || (first >= from && Math.min(last, rows.length) <= to)) return true;
    const pass = passes.current;
    // Rows that never come to rest may cost a pass a frame, not the tab.
    if (pass.count < PASSES) redraw();
    pass.count++;
    pass.frame ||= requestAnimationFrame(() => {
      const again = pass.count > PASSES;
      Object.assign(pass, { count: 0, frame: 0 });
      if (again) redraw();
    });
    return false;
  };

  useLayoutEffect(() => {
    if (!shown()) return;
    for (const child of box.current!.querySelectorAll<HTMLElement>(":scope > .mrow")) measure(child);
    place();
    if (fill(0)) edges();
  });

  const measure = (child: HTMLElement): void => {
    const key = child.dataset.key!;
    const size = child.getBoundingClientRect().height;
    const at = places.get(key);
    if (at === undefined || size === 0) return;
    measured.current.set(key, size);
    index.set(at, size);
    observer.current?.observe(child);
  };

  // Pictures that arrive, previews, reactions: the same pass without a new drawing.
  const remeasure = useRef<(elements: Element[]) => void>(() => {});
  remeasure.current = (elements) => {
    if (!box.current || !shown()) return; // the last call may come after the end
    for (const element of elements) if (element.isConnected) measure(element as HTMLElement);
    place();
    if (fill(0)) edges();
  };
  const observer = useRef<ResizeObserver | null>(null);
  observer.current ??= new ResizeObserver((entries) => {
    remeasure.current(entries.flatMap(({ target }) => target === box.current ? [] : [target]));
    const own = entries.find(({ target }) => target === box.current);
    if (!own) return;
    const next = Math.round(own.contentRect.width);
    if (next === 0) return; // covered by a panel: it comes back as wide as it was, or says so then
    setWidth((old) => {
      // The first width is the one that the rows so far were measured at.
      if (old !== 0 && old !== next) measured.current.clear();
      return next;
    });
  });

  const onScroll = useRef(() => {});
  onScroll.current = () => {
    const element = box.current;
    if (!element || !shown()) return;
    const at = element.scrollTop;
    if (Math.abs(at - lastSet.current) >= 1) {
      const left = element.scrollHeight - at - element.clientHeight;
      if (left <= END_PX && !timeline.state.peek().hasNewer) anchor.current = "end";
      else {
        let row = index.at(at);
        while (row < rows.length - 1 && rows[row]!.kind !== "message") row++;
        const key = rows[row]?.key;
        if (key) anchor.current = { key, offset: index.top(row) - at };
      }
      lastSet.current = at;
    }
    fill(OVER / 3);
    edges();
  };
  useEffect(() => {
    const element = box.current!;
    const listen = () => onScroll.current();
    element.addEventListener("scroll", listen, { passive: true });
    observer.current!.observe(element);
    // Coming back to the tab counts as seeing what is on the screen.
    addEventListener("focus", listen);
    document.addEventListener("visibilitychange", listen);
    return () => {
      element.removeEventListener("scroll", listen);
      removeEventListener("focus", listen);
      document.removeEventListener("visibilitychange", listen);
      cancelAnimationFrame(passes.current.frame);
      observer.current?.disconnect();
      observer.current = null;
    };
  }, []);
  useEffect(() => {
    if (!marked) return;
    const timer = setTimeout(() => setMarked(null), HIGHLIGHT_MS);
    return () => clearTimeout(timer);
  }, [marked, jump?.round]);

  const below = timeline.below.value;

  return (
    <div class="mlist-wrap">
      <div
        class="mlist"
        ref={box}
        role="log"
        aria-live="off"
        aria-label={label}
        tabIndex={0}
        onKeyDown={moveBetweenMessages}
      >
        <div class="mlist-space" style={{ height: `${index.top(first)}px` }} aria-hidden="true" />
        {loading.older ? <div class="mlist-loading" role="status">{t("state.loading")}</div> : null}
        {rows.slice(first, last).map((row) => (
          <div class={row.kind === "message" ? "mrow" : `mrow mrow-${row.kind}`} key={row.key} data-key={row.key}>
            {row.kind === "start" ? intro : render(row, row.key === marked)}
          </div>
        ))}
        <div class="mlist-space" style={{ height: `${index.total - index.top(last)}px` }} aria-hidden="true" />
      </div>
      {away || hasNewer
        ? (
          <button type="button" class="mlist-latest" onClick={() => timeline.showEnd()}>
            <Icon name="arrow-down" size={16} />
            <span>{below > 0 ? t("chat.new_below", { n: below }) : t("chat.to_latest")}</span>
          </button>
        )
        : null}
    </div>
  );
}

/** Arrows mean something else in these. */
const OWN_ARROWS = "input, textarea, select, [contenteditable], audio, video, .popup, [role=menu]";

/** Arrow keys go from message to message once the focus is in the list: on it, on a message, or on something inside one. */
function moveBetweenMessages(event: KeyboardEvent): void {
  const list = event.currentTarget as HTMLElement;
  const target = event.target as HTMLElement;
  const from = target.closest<HTMLElement>(".msg");
  if (event.defaultPrevented || (target !== list && (!from || target.closest(OWN_ARROWS)))) return;
  const go = (step: 1 | -1) => {
    const all = [...list.querySelectorAll<HTMLElement>(".msg")];
    const at = from ? all.indexOf(from) : -1;
    const next = at < 0 ? all.at(-1) : all[at + step];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
    return next !== undefined;
  };
  runShortcut("messages", event, { up: () => go(-1), down: () => go(1) });
}
