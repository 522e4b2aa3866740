// What opens over the console's pages, for what looks at all of it (accessibility, touch).
import type { Page } from "playwright-core";
import type { World } from "./console_world.ts";

interface Opening {
  name: string;
  path: string;
  ready?: string;
  open: (page: Page) => Promise<unknown>;
  shown: string;
  /** Not on a phone. */
  wide?: true;
}

/** What opens over a page: where, how, and what is then there. */
export function openings({ general }: World): Opening[] {
  const chat = `/chat/${general}`, messages = ".chat-main .msg";
  const press = (key: string) => (page: Page) => page.keyboard.press(key);
  const button = (path: string, name: string | RegExp) => ({
    name: String(name),
    path,
    open: (page: Page) => page.locator("main").getByRole("button", { name }).first().click(),
    shown: "dialog[open]",
  });
  return [
    button("/users", "Add many"),
    button("/moderation?tab=actions", "New action"),
    button("/statistics?tab=alerts", "Add a rule"),
    button("/chat-admin", "New command"),
    button("/webhooks?tab=outgoing", "Log"),
    button("/profile", "Set a status"),
    button("/profile", "Change picture"),
    {
      name: "an entry",
      path: "/audit",
      ready: "tbody tr",
      open: (page) => page.locator("tbody tr").first().click(),
      shown: "dialog[open]",
    },
    {
      name: "bell",
      path: "/about",
      open: (page) => page.locator(".bell").click(),
      shown: ".bell-pop .note",
      wide: true,
    },
    {
      name: "person menu",
      path: "/about",
      open: (page) => page.locator(".menu-box > button").filter({ visible: true }).click(),
      shown: ".menu",
    },
    { name: "keys", path: "/about", open: press("?"), shown: ".keys" },
    { name: "switcher", path: "/about", open: press("Control+k"), shown: ".switcher-list li" },
    {
      name: "details of a push",
      path: "/live",
      ready: ".vlist .feed-row",
      open: (page) => page.locator(".vlist .feed-row").first().click(),
      shown: "dialog[open]",
    },
    {
      name: "an opened notification",
      path: "/inbox",
      ready: ".inbox-row",
      open: (page) => page.locator(".inbox-row").nth(1).click(),
      shown: ".inbox-more",
    },
    ...["/users", "/tokens", "/webhooks", "/webhooks?tab=outgoing"].map((path) => ({
      name: "new",
      path,
      open: press("n"),
      shown: "dialog[open]",
    })),
    {
      name: "delete a person",
      path: "/users",
      ready: "tbody tr",
      open: (page) => page.locator("tbody button:has-text('')").last().click(),
      shown: "dialog[open]",
    },
    {
      name: "a group for the channel",
      path: `${chat}?panel=people`,
      ready: ".panel-tools .btn",
      open: (page) => page.getByRole("button", { name: "Add a group" }).click(),
      shown: "dialog[open]",
    },
    {
      name: "new chat menu",
      path: "/chat",
      ready: ".chan",
      open: (page) => page.locator(".chan-side button[aria-haspopup=menu]").first().click(),
      shown: ".cmenu",
    },
    {
      name: "menu of a message",
      path: chat,
      ready: messages,
      open: (page) => page.locator(`${messages} .msg-tools button[aria-haspopup=menu]`).last().dispatchEvent("click"),
      shown: ".cmenu",
    },
    {
      name: "emoji",
      path: chat,
      ready: messages,
      open: (page) => page.locator(".composer-bar button[aria-label*=moji]").first().click(),
      shown: ".emoji",
    },
    {
      name: "a person",
      path: chat,
      ready: messages,
      open: (page) => page.locator(".msg-author").last().click(),
      shown: ".person-card, [role=dialog]",
    },
    {
      name: "search results",
      path: `${chat}?panel=search`,
      ready: ".search-panel input",
      open: (page) => page.locator(".search-panel input").first().fill("Catedral"),
      shown: ".search-panel mark",
    },
  ];
}
