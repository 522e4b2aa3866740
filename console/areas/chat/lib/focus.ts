// Where typing goes: the composer of the channel, or of the thread beside it.
import { byFinger } from "../../../lib/focus.ts";

export function focusComposer(rootId: string | null = null): void {
  requestAnimationFrame(() => {
    const field = document.querySelector<HTMLTextAreaElement>(`[data-composer="${rootId ? "thread" : "channel"}"]`);
    // On a phone the keyboard would cover what was opened.
    if (field && !byFinger()) field.focus({ preventScroll: true });
  });
}
