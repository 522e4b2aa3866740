// What an area of the console says of itself: its pages, its place in the rail, its texts. The router, the navigation, the
// letters after `g`, Ctrl+K, the titles and the tests read these manifests by the one list, ../areas.ts; a new area is its
// own folder and one line there. A manifest is part of the first load: it names what is loaded later, and imports no page.
import type { ComponentType } from "preact";
import type { TextSource } from "../lib/i18n.ts";
import type { MessageKey } from "../messages.ts";
import type { Text } from "../messages/texts.ts";

/** Loads a part of the console when it is first needed. Of a module with a name: `() => import("./users.tsx").then((m) => m.UsersPage)`. */
export type Load = () => Promise<ComponentType>;

export interface Page {
  /** Address, without a slash at the end. */
  path: string;
  /** Addresses below it belong to the page as well. */
  below?: true;
  load: Load;
  /** Name in the navigation, of the key and of what stands there for people who may not see it. */
  label: MessageKey | Text;
  icon: string;
  /** The letter after `g` that leads there. */
  key?: string;
  /** Scope without which the page is not offered and not shown. */
  permission?: string;
  /** About the organisation as a whole: not for guests. */
  insiders?: true;
  /** Behind a link that anybody may open, signed in or not; stands in no list. */
  door?: true;
  /** Heading in the area's list; pages that follow each other share it. */
  group?: MessageKey | Text;
  /** What waits in the page. Reads a signal. */
  badge?: () => Badge;
}

/** What waits in an area: a number for the person, a dot for what is only new. */
export type Badge = number | "dot" | undefined;

/** What the parts of an area stand on: loaded with the first of them. */
export interface Ground {
  texts?: TextSource;
  /** Name of its style sheet: areas/<name>/styles.css. */
  styles?: string;
}

export interface Area extends Ground {
  name: string;
  label: MessageKey | Text;
  /** On its sign, where there is room for ten letters. Default: the label. */
  sign?: MessageKey | Text;
  icon: string;
  /** Where its sign stands: above with what is worked in, below with what is looked after, behind one's own picture, or nowhere. */
  rail: "top" | "bottom" | "self" | "hidden";
  /** Address of its list, where that is a screen of its own (on a phone); elsewhere it leads on to the first page. */
  home?: string;
  /** In the order of its list. The first one that the person may see is where the sign leads. */
  pages: readonly Page[];
  /** The area's own list beside the rail; without one its pages are listed. */
  list?: Load;
  /** Reads a signal, so that the sign changes with it. */
  badge?: () => Badge;
}
