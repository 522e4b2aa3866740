// Dark or light: the system's choice unless the person made one. The attribute on <html> wins over the media query in CSS.
import { computed, signal } from "@preact/signals";
import { readStored, writeStored } from "./storage.ts";

export type Theme = "system" | "light" | "dark";

const system = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
const systemDark = signal(system?.matches ?? false);
system?.addEventListener("change", (event) => systemDark.value = event.matches);

const stored = readStored("theme");
export const theme = signal<Theme>(stored === "light" || stored === "dark" ? stored : "system");
export const dark = computed(() => theme.value === "dark" || (theme.value === "system" && systemDark.value));

export function setTheme(value: Theme): void {
  writeStored("theme", value === "system" ? null : value);
  theme.value = value;
  applyTheme();
}

export function applyTheme(): void {
  const root = document.documentElement;
  if (theme.value === "system") delete root.dataset.theme;
  else root.dataset.theme = theme.value;
}

/** A colour of the style sheet, for canvases. */
export function cssColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
