// Reading a channel or a thread: the line above what is new, the bar that says how much of it there is, and the position,
// which follows what was on the screen. Invariants: only what was on the screen of a visible tab that has the focus counts,
// and only after a second in the same place; the position is told at most once a second; "mark as read" moves it too;
// writing moves it only where nothing of others is new (the server's rule).
import { useEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../../../protocol/chat/chat.ts";
import { Icon } from "../../components/icon.tsx";
import { myId } from "./lib/channels.ts";
import { inView } from "./lib/reads.ts";
import { canBeNew, Seen } from "./lib/seen.ts";
import { shortDay } from "./lib/text.ts";
import type { Timeline } from "./lib/timeline.ts";
import { t } from "../../lib/i18n.ts";

const WAIT_MS = 1_000;

/** What the server knows of the person's reading. */
export interface ReadPosition {
  readSeq: number;
  unread: number;
}

interface Line {
  /** Stands above the first message of others after this position. */
  after: number;
  /** How many were new then, and came since. */
  count: number;
}

export interface Reading {
  newAfter: number | null;
  /** For the list: what is on the screen now. */
  onSeen: (messages: readonly Message[]) => void;
  /** Stands over the list while something new was not on the screen. */
  bar: { count: number; since: number | null; jump: () => void; dismiss: () => void } | null;
}

/** @param tell moves the position to a message; it is called again when it fails. @param readAll does what the bar offers */
export function useReading(
  timeline: Timeline,
  position: ReadPosition | null,
  tell: (message: Message) => Promise<unknown>,
  readAll: () => void,
): Reading {
  const seen = useRef(new Seen()).current;
  const [line, setLine] = useState<Line | null>(null);
  const [, redraw] = useState(0);
  const state = timeline.state.value;
  const latest = useRef({ position, tell });
  latest.current = { position, tell };
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const told = useRef("");
  /** Put back by hand, here or on another device: nothing counts as seen until the place is left, or read to its end. */
  const held = useRef(false);
  const before = useRef<ReadPosition | null>(null);
  const since = useRef<{ after: number; at: number } | null>(null);

  // While drawing, so that the line stands there at once: where reading had stopped, or has been put back to.
  const was = before.current;
  if (position && (position.readSeq !== was?.readSeq || position.unread !== was.unread)) {
    before.current = position;
    const { readSeq, unread } = position;
    const back = was !== null && readSeq < was.readSeq;
    if (back) {
      held.current = true;
      seen.clear();
      clearTimeout(timer.current);
      timer.current = undefined;
    } else if (unread === 0) held.current = false;
    // A thread that nobody has counted for this person: what stands there is not new.
    if (was === null && unread === 0) seen.add(state.items);
    const begins = was === null || back || (line === null && !inView());
    if (begins && unread > 0) setLine({ after: readSeq, count: unread });
    else if (line && was && unread > was.unread) setLine({ ...line, count: line.count + unread - was.unread });
  }

  useEffect(() => {
    // Coming back to the tab: what arrived meanwhile is new.
    const turned = () => {
      const now = latest.current.position;
      if (document.visibilityState === "hidden") setLine(null);
      else if (now && now.unread > 0) setLine({ after: now.readSeq, count: now.unread });
    };
    document.addEventListener("visibilitychange", turned);
    return () => {
      document.removeEventListener("visibilitychange", turned);
      clearTimeout(timer.current); // what was seen only shortly does not count
    };
  }, []);

  /** What may be told now. */
  const target = (): Message | null => {
    const now = latest.current.position;
    if (!now || timeline.status.peek() !== "ready") return null;
    const held = timeline.state.peek();
    const { newest, all } = seen.reached(held, now.readSeq, myId());
    if (newest) return newest;
    // Counted as unread, but there is nothing to see: told once, the server counts anew.
    const last = held.items.at(-1);
    return all && now.unread > 0 && last && told.current !== last.id ? last : null;
  };
  const onSeen = (messages: readonly Message[]) => {
    if (!position || held.current || !inView()) return;
    const had = left();
    seen.add(messages);
    if (left() !== had) redraw((n) => n + 1);
    if (timer.current !== undefined || !target()) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      const message = inView() ? target() : null;
      if (!message) return;
      told.current = message.id;
      latest.current.tell(message).catch(() => {});
    }, WAIT_MS);
  };

  /** How many new ones were not on the screen. */
  function left(): number {
    const now = latest.current.position;
    if (!now || now.unread === 0) return 0;
    const held = timeline.state.peek();
    const { next, all } = seen.reached(held, now.readSeq, myId());
    if (all) return 0;
    return Math.max(next ? 1 : 0, now.unread - seen.countAfter(held.items, now.readSeq, myId()));
  }

  const newAfter = line?.after ?? null;
  const open = line && timeline.status.value === "ready" && left() > 0;
  if (line && since.current?.after !== line.after) {
    const { items, hasOlder } = state;
    const known = !hasOlder || (items[0]?.seq ?? 0) <= line.after;
    const first = known && items.find((item) => item.seq > line.after && canBeNew(item, myId()));
    since.current = first ? { after: line.after, at: Date.parse(first.created_at) } : null;
  }
  return {
    newAfter,
    onSeen,
    bar: open
      ? {
        count: Math.max(line.count, left()),
        since: since.current?.at ?? null,
        jump() {
          const from = latest.current.position?.readSeq ?? line.after;
          const { next } = seen.reached(timeline.state.peek(), from, myId());
          if (next) timeline.jumpTo(next.id, false, "top");
          else timeline.openUnread(from);
        },
        dismiss() {
          setLine(null);
          readAll();
        },
      }
      : null,
  };
}

/** "45 new since 10:42": to what was not seen yet, or be done with it. */
export function UnreadBar({ bar }: { bar: Reading["bar"] }) {
  if (!bar) return null;
  const { count, since } = bar;
  return (
    <div class="unread-bar" role="region" aria-label={t("chat.unread")}>
      <button type="button" class="unread-jump" onClick={bar.jump}>
        <Icon name="arrow-down" size={16} />
        <span>
          {since === null
            ? t("chat.unread_n", { n: count })
            : t("chat.unread_since", { n: count, time: shortDay(since) })}
        </span>
        <span class="unread-word">{t("chat.unread_jump")}</span>
      </button>
      <button type="button" class="unread-done" onClick={bar.dismiss}>
        <Icon name="check" size={16} />
        <span>{t("chat.unread_done")}</span>
      </button>
    </div>
  );
}
