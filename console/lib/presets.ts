// What is known about notification types: label, icon and tone. The server's presets say it for their types; for all
// others the name does (`…_cancelada` is bad news in any preset).
import { signal } from "@preact/signals";
import { get } from "./api.ts";
import { language, textKeys, tryT } from "./i18n.ts";
import type { PresetType } from "./types.ts";

export const presets = signal<{ name: string; types: PresetType[] }[]>([]);

export async function loadPresets(): Promise<void> {
  try {
    presets.value = (await get<{ items: { name: string; types: PresetType[] }[] }>("/notifications/presets")).items;
  } catch { /* names alone will do */ }
}

function find(type: string): PresetType | undefined {
  for (const preset of presets.value) {
    const found = preset.types.find((entry) => entry.type === type);
    if (found) return found;
  }
  return undefined;
}

/** The preset's label in the language in use; undefined for types of the person's own. */
export function typeLabel(type: string): string | undefined {
  return find(type)?.label[language.value] ?? tryT(`type.${type}`) ?? undefined;
}

/** Of the presets this one is of others' events; the rest is told by the server itself. */
const OTHERS = "tourism";

/** Every type that has a name, in the order of the names: what the server tells itself, and what other programs send. */
export function namedTypes(): { own: string[]; others: string[] } {
  const order = new Intl.Collator(language.value);
  const sorted = (types: string[]) =>
    [...new Set(types)].sort((a, b) => order.compare(typeLabel(a) ?? a, typeLabel(b) ?? b));
  const listed = (others: boolean) =>
    presets.value.filter(({ name }) => (name === OTHERS) === others).flatMap(({ types }) =>
      types.map(({ type }) => type)
    );
  const own = textKeys().flatMap((key) => /^type\.(.+)/.exec(key)?.[1] ?? []);
  return { own: sorted([...own, ...listed(false)]), others: sorted(listed(true)) };
}

const BY_NAME: [RegExp, string][] = [
  [/registr|user.*created|signup/, "user-plus"],
  [/sesion|login|signin/, "log-in"],
  [/reserva.*(cancel|elimin)|booking.*cancel/, "calendar-x"],
  [/reserva.*(actual|confirm)/, "calendar-check"],
  [/reserva|booking/, "calendar-plus"],
  [/servicio|service/, "briefcase"],
  [/recomend|review|rating/, "star"],
  [/destino|destination|place/, "pin"],
  [/tour|viaje|trip/, "map"],
  [/guia|guide/, "compass"],
  [/usuario|user/, "user"],
  [/webhook|hook/, "link"],
  [/mail|correo/, "mail"],
  [/alert|error|fail|fallo|down/, "alert"],
  [/deploy|build|release|server|servidor/, "server"],
  [/test|prueba/, "flask"],
];

/** Name of an icon of components/icon.tsx. */
export function typeIcon(type: string): string {
  return find(type)?.icon ?? BY_NAME.find(([re]) => re.test(type))?.[1] ?? "bell";
}

export type Tone = "good" | "bad" | "change" | "plain";

export function typeTone(type: string): Tone {
  if (/(cancel|elimin|delet|remov|error|fail|fallo|alert|down|rechaz|reject)/.test(type)) return "bad";
  if (/(cread|creat|registr|contrat|added|nuev|new|confirm|success|resolved)/.test(type)) return "good";
  if (/(actualiz|updat|edit|chang|cambi|modific)/.test(type)) return "change";
  return "plain";
}
