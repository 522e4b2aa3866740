// A menu beside the element that opened it. It stands once in the page (`<MenuHost />`), is led by arrow keys, and gives
// the focus back.
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { guarded } from "../../components/guarded.tsx";
import { Icon } from "../../components/icon.tsx";

export interface MenuItem {
  icon?: string;
  label: string;
  danger?: boolean;
  checked?: boolean;
  /** A line above it. */
  apart?: boolean;
  run: () => unknown;
}

const open = signal<{ anchor: Element; items: readonly MenuItem[]; at?: { x: number; y: number } } | null>(null);

/** `at`: where the pointer is (context menus); otherwise below the anchor. */
export function openMenu(anchor: Element, items: readonly MenuItem[], at?: { x: number; y: number }): void {
  open.value = items.length ? { anchor, items, at } : null;
}

/** How much of the window a keyboard on the screen leaves, in pixels. */
function seenHeight(): number {
  const { scale, height } = globalThis.visualViewport ?? { scale: 1, height: innerHeight };
  return scale === 1 ? Math.min(height, innerHeight) : innerHeight; // enlarged by two fingers it tells something else
}

/** Keeps a floating element within the window. @returns its place. */
export function placeBeside(
  anchor: DOMRect,
  width: number,
  height: number,
  at?: { x: number; y: number },
): { left: number; top: number } {
  const gap = 4;
  let left = at ? at.x : anchor.right - width;
  let top = at ? at.y : anchor.bottom + gap;
  const lowest = seenHeight() - height - 8;
  if (top > lowest && !at) top = anchor.top - gap - height;
  left = Math.max(8, Math.min(left, innerWidth - width - 8));
  return { left, top: Math.max(8, Math.min(top, lowest)) };
}

const close = () => open.value = null;

export const MenuHost = guarded(function MenuHost() {
  const state = open.value;
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!state || !box.current) return;
    const { left, top } = placeBeside(
      state.anchor.getBoundingClientRect(),
      box.current.offsetWidth,
      box.current.offsetHeight,
      state.at,
    );
    box.current.style.left = `${left}px`;
    box.current.style.top = `${top}px`;
  }, [state]);
  useEffect(() => {
    if (!state) return;
    const outside = (event: Event) => !box.current?.contains(event.target as Node) && close();
    document.addEventListener("pointerdown", outside, true);
    addEventListener("resize", close);
    return () => {
      document.removeEventListener("pointerdown", outside, true);
      removeEventListener("resize", close);
    };
  }, [state]);
  if (!state) return null;
  return (
    <div class="popup" ref={box}>
      <Menu
        items={state.items}
        onClose={() => {
          close();
          if (document.activeElement === document.body) (state.anchor as HTMLElement).focus?.();
        }}
      />
    </div>
  );
}, close);

export function Menu({ items, onClose }: { items: readonly MenuItem[]; onClose: () => void }) {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const box = list.current!;
    box.querySelector("button")?.focus({ preventScroll: true });
    return () => {
      const now = document.activeElement;
      if ((now === document.body || box.contains(now)) && before?.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    const buttons = [...list.current!.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const go = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (go !== undefined) {
      event.preventDefault();
      buttons.at(go % buttons.length)?.focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      onClose();
    }
  };
  return (
    <div class="cmenu" role="menu" ref={list} onKeyDown={onKeyDown}>
      {items.map((item) => (
        <button
          type="button"
          key={item.label}
          role={item.checked === undefined ? "menuitem" : "menuitemcheckbox"}
          aria-checked={item.checked}
          class={`${item.danger ? "cmenu-danger" : ""}${item.apart ? " cmenu-apart" : ""}`}
          onClick={() => {
            onClose();
            item.run();
          }}
        >
          {item.icon ? <Icon name={item.icon} size={18} /> : null}
          <span>{item.label}</span>
          {item.checked ? <Icon name="check" size={16} /> : null}
        </button>
      ))}
    </div>
  );
}
