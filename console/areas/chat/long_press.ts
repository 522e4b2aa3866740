// A finger that rests: what a pointer does with its toolbar or its right button. Invariants: a finger is never quite still,
// so a few pixels are rest; scrolling, a second finger and lifting early end it; lifting it afterwards is no click on
// whatever stands below the finger by then. Not left to `contextmenu`: Safari on phones has none.
import { useEffect, useRef } from "preact/hooks";

const LONG_PRESS_MS = 450;
/** Moving further than this, in CSS pixels, is scrolling; browsers allow about as much for a tap. */
const REST_PX = 12;

export interface Spot {
  x: number;
  y: number;
}

/**
 * Properties of an element on which a finger may rest; elements with a menu for the right button bring their own
 * `onContextMenu`. @param run null: nothing happens here now
 */
export function useLongPress(run: ((spot: Spot, element: HTMLElement) => void) | null) {
  const press = useRef<Spot & { timer?: ReturnType<typeof setTimeout> }>({ x: 0, y: 0 });
  const latest = useRef(run);
  latest.current = run;
  const stop = () => clearTimeout(press.current.timer);
  useEffect(() => stop, []);
  return {
    onPointerDown(event: PointerEvent) {
      stop();
      if (event.pointerType !== "touch" || !event.isPrimary || !latest.current) return;
      const spot = { x: event.clientX, y: event.clientY }, element = event.currentTarget as HTMLElement;
      const timer = setTimeout(() => {
        noClickUntilPressed();
        getSelection()?.removeAllRanges();
        navigator.vibrate?.(10);
        latest.current?.(spot, element);
      }, LONG_PRESS_MS);
      press.current = { ...spot, timer };
      addEventListener("pointerdown", stop, { capture: true, once: true }); // a second finger, wherever it comes down
    },
    onPointerMove(event: PointerEvent) {
      if (Math.hypot(event.clientX - press.current.x, event.clientY - press.current.y) > REST_PX) stop();
    },
    onPointerUp: stop,
    onPointerCancel: stop,
    onContextMenu(event: MouseEvent) {
      if (latest.current && isTouch(event)) event.preventDefault();
    },
  };
}

export const isTouch = (event: MouseEvent): boolean => (event as PointerEvent).pointerType === "touch";

/** The finger is still down: its lifting may become a click on what has opened below it. */
function noClickUntilPressed(): void {
  const swallow = (event: MouseEvent) => {
    if (event.detail === 0) return; // a key's click is none of the finger's
    event.preventDefault();
    event.stopPropagation();
  };
  addEventListener("click", swallow, true);
  addEventListener("pointerdown", () => removeEventListener("click", swallow, true), { capture: true, once: true });
}
