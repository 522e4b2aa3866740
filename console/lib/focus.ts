// The focus of a field that comes into a page that stands already: of the attribute `autofocus` browsers take notice once
// for a page, and again for each dialog.

/** As `ref` of a field: it has the focus as soon as it is drawn (in a dialog that is not open yet, its attribute does that). */
export function focusAtOnce(field: HTMLElement | null): void {
  field?.focus();
}

/** Where fingers write, a field that has the focus brings a keyboard over half of the screen. */
export const byFinger = (): boolean => matchMedia("(pointer: coarse)").matches;
