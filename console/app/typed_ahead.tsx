// What is typed after Ctrl+K while the switcher is being loaded: kept for it, and kept from the page.
import { useLayoutEffect } from "preact/hooks";

let typed = "";

/** What was typed so far; it is given away once. */
export function takeTyped(): string {
  const text = typed;
  typed = "";
  return text;
}

/** Stands in for the switcher. Escape gives up. */
export function TypedAhead({ onClose }: { onClose: () => void }) {
  useLayoutEffect(() => {
    typed = "";
    const keep = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (event.key === "Escape") onClose();
      else if (event.key === "Backspace") typed = typed.slice(0, -1);
      else if (event.key.length === 1) typed += event.key;
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    document.addEventListener("keydown", keep, true);
    return () => document.removeEventListener("keydown", keep, true);
  }, []);
  return null;
}
