// The parts of the console that are loaded when they are first needed: pages with the texts that their area stands on, the
// frame of those who are signed in, the sign-in pages.
import { AREAS } from "../areas.ts";
import { pageAt } from "../lib/navigation.ts";
import { loadTexts } from "../lib/i18n.ts";
import { loadStyles } from "../lib/styles.ts";
import { session } from "../lib/session.ts";
import type { Area, Ground, Page } from "./area.ts";
import type { ComponentType } from "preact";

export interface Part<Props = Record<never, never>> {
  load: () => Promise<ComponentType<Props>>;
  ground: Ground;
}

const signInPages = () => import("../areas/sign_in/pages.ts");
export const SIGN_IN = {
  login: { load: () => signInPages().then((m) => m.LoginPage), ground: {} },
  setup: { load: () => signInPages().then((m) => m.SetupPage), ground: {} },
  secondFactor: { load: () => signInPages().then((m) => m.SecondFactorRequiredPage), ground: {} },
} satisfies Record<string, Part>;

export const INSIDE: Part = {
  load: () => import("./inside.tsx").then((m) => m.Inside),
  ground: {
    texts: { en: () => import("./inside_texts.ts?en"), es: () => import("./inside_texts.ts?es") },
    styles: "inside",
  },
};

const pages = new Map<Page, Part>(
  AREAS.flatMap((area) => area.pages.map((page) => [page, { load: page.load, ground: area }])),
);

export const partOf = (page: Page): Part => pages.get(page)!;

const lists = new Map<Area, Part>(
  AREAS.flatMap((area) => area.list ? [[area, { load: area.list, ground: area }]] : []),
);

/** An area's own list; undefined where its pages are listed. */
export const listOf = (area: Area): Part | undefined => lists.get(area);

const ready = new Map<unknown, unknown>();

/** What is there already is drawn at once, without a moment of waiting. */
export const readyPart = <Props>(part: Part<Props>) => ready.get(part) as ComponentType<Props> | undefined;

/** Loads a part and what it stands on. @throws what the browser says when it is not to be had */
export async function loadPart<Props>(part: Part<Props>): Promise<ComponentType<Props>> {
  const known = readyPart(part);
  if (known) return known;
  const { texts, styles } = part.ground;
  const [component] = await Promise.all([part.load(), texts && loadTexts(texts), styles && loadStyles(styles)]);
  ready.set(part, component);
  return component;
}

/** Loads what stands at an address before it is asked for; that this fails is told when it is. */
export function preload(path: string): void {
  const page = pageAt(path);
  if (page && !page.door && session.peek().kind !== "signed_out") void loadPart(INSIDE).catch(() => {});
  if (page) void loadPart(partOf(page)).catch(() => {});
}
