// What the chat page shows, as its address says: a channel, a message in it, a panel beside it. Everything that can be
// looked at can be linked to.
//   /chat · /chat/threads · /chat/:channel · /chat/:channel/:message · ?thread=:root · ?panel=info|people|pins|files|search
import { inner } from "../../../lib/base.ts";
import { computed, signal } from "@preact/signals";
import { navigate, route } from "../../../lib/router.ts";

const PANELS = ["info", "people", "pins", "files", "search"] as const;
export type PanelKind = typeof PANELS[number];

export interface Place {
  /** `none`: the list alone; on a phone that is a page of its own. */
  kind: "none" | "channel" | "threads";
  channelId: string | null;
  /** Jump here. */
  messageId: string | null;
  thread: string | null;
  panel: PanelKind | null;
  /** Open the direct channel with this person. */
  dm: string | null;
}

const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;

export function parsePlace(path: string, query: URLSearchParams): Place {
  const [, , first = "", second = ""] = path.split("/");
  const id = (text: string | null) => text && ID.test(text) ? text : null;
  const panel = query.get("panel") as PanelKind | null;
  const channelId = id(first);
  return {
    kind: first === "threads" ? "threads" : channelId ? "channel" : "none",
    channelId,
    messageId: channelId ? id(second) : null,
    thread: id(query.get("thread")),
    panel: panel && PANELS.includes(panel) ? panel : null,
    dm: id(query.get("dm")),
  };
}

export const place = computed(() => parsePlace(route.value.path, route.value.query));

/** Which dialog stands over the page. */
export const dialog = signal<"create" | "browse" | "direct" | "scheduled" | null>(null);

export function openChannel(
  id: string,
  { messageId = null as string | null, thread = null as string | null } = {},
): void {
  navigate(`/chat/${id}${messageId ? `/${messageId}` : ""}${thread ? `?thread=${thread}` : ""}`);
}

function withQuery(changes: Record<string, string | null>): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  navigate(inner(location.pathname) + (text ? `?${text}` : ""));
}

export const openThread = (rootId: string): void => withQuery({ thread: rootId, panel: null });
export const openPanel = (panel: PanelKind): void => withQuery({ panel, thread: null });
export const closePanel = (): void => withQuery({ panel: null, thread: null });
export const togglePanel = (panel: PanelKind): void => place.peek().panel === panel ? closePanel() : openPanel(panel);
