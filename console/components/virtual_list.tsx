// A scrolling list that draws only what is seen. All rows have the same height (a custom property of the list, so that a
// phone can have higher ones), the newest is on top, and someone who has scrolled down keeps reading in the same place
// while new rows arrive above.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

export function VirtualList<T>(
  { items, rowHeight, keyOf, render, label }: {
    /** Newest last; shown newest first. */
    items: readonly T[];
    rowHeight: number;
    keyOf: (item: T) => string;
    render: (item: T) => ComponentChildren;
    label: string;
  },
) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const newest = items.length ? keyOf(items[items.length - 1]!) : "";
  const before = useRef({ newest, items });

  useLayoutEffect(() => {
    const element = box.current!;
    const old = before.current;
    before.current = { newest, items };
    if (element.scrollTop < 4 || old.newest === newest || !old.newest) return;
    // How many came above: the place of the row that was the newest.
    let added = 0;
    for (let i = items.length - 1; i >= 0 && keyOf(items[i]!) !== old.newest; i--) added++;
    if (added < items.length) element.scrollTop += added * rowHeight;
  }, [newest, items]);

  useEffect(() => {
    const element = box.current!;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
    measure();
    const resize = new ResizeObserver(measure);
    resize.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      resize.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);

  const first = Math.max(0, Math.floor(view.top / rowHeight) - 4);
  const last = Math.min(items.length, Math.ceil((view.top + view.height) / rowHeight) + 4);
  const rows = [];
  for (let i = first; i < last; i++) {
    const item = items[items.length - 1 - i]!;
    rows.push(
      <div
        key={keyOf(item)}
        class="vlist-row"
        role="listitem"
        aria-setsize={items.length}
        aria-posinset={i + 1}
        style={{ transform: `translateY(${i * rowHeight}px)`, height: `${rowHeight}px` }}
      >
        {render(item)}
      </div>,
    );
  }
  return (
    <div class="vlist" ref={box} tabIndex={0} role="list" aria-label={label}>
      <div class="vlist-space" role="presentation" style={{ height: `${items.length * rowHeight}px` }}>{rows}</div>
    </div>
  );
}
