// Short messages at the edge of the screen. They go by themselves (errors stay longer, and all wait while the pointer or
// the focus is on them); at most four stand at once.
import { signal } from "@preact/signals";

export interface Toast {
  id: number;
  kind: "info" | "success" | "error" | "notification";
  title: string;
  text?: string;
  icon?: string;
  /** Opened by the button of the toast. */
  href?: string;
  action?: string;
}

const MAX = 4;
let next = 1;
const timers = new Map<number, ReturnType<typeof setTimeout>>();

export const toasts = signal<Toast[]>([]);

export function toast(input: Omit<Toast, "id">): number {
  const id = next++;
  toasts.value = [...toasts.value, { ...input, id }].slice(-MAX);
  resumeToast(id, input.kind);
  return id;
}

export function closeToast(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  toasts.value = toasts.value.filter((item) => item.id !== id);
}

export function holdToast(id: number): void {
  clearTimeout(timers.get(id));
}

export function resumeToast(id: number, kind: Toast["kind"]): void {
  clearTimeout(timers.get(id));
  timers.set(id, setTimeout(() => closeToast(id), kind === "error" ? 12_000 : 6_000));
}
