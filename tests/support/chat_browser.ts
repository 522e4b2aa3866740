// What browser tests of the chat page share: signing in, writing, calls of the API, and channels with realistic amounts
// of messages.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { sql } from "../../db/sql.ts";
import type { Watched } from "./browser.ts";
import { PASSWORD, type Person, type TestApp } from "./test_app.ts";

export async function signIn(watched: Watched, url: string, person: Person, path = "/chat"): Promise<Page> {
  const { page } = watched;
  await page.goto(`${url}/login?next=${encodeURIComponent(path)}`);
  await page.locator("input[autocomplete=username]").fill(person.username);
  await page.locator("input[autocomplete=current-password]").fill(PASSWORD);
  await page.locator("button[type=submit]").click();
  await page.locator(".chat").waitFor({ state: "attached" });
  await page.locator(".link-live").first().waitFor({ state: "attached" });
  return page;
}

export const composer = (page: Page) => page.locator("[data-composer=channel]");
/** Rows of the channel that hold the text. */
export const row = (page: Page, text: string) => page.locator(".chat-main .msg", { hasText: text });

export async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}

export async function api(app: TestApp, person: Person, method: string, path: string, body?: unknown) {
  const answer = await app.call(method, path, { token: person.access, body });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
  return answer.body;
}

/** Many messages, a minute apart, written straight into the table; everybody has read them. */
export async function seed(app: TestApp, channelId: string, author: Person, count: number): Promise<void> {
  const { db } = app.app;
  // Indexing them for search is another test's matter, and slow.
  await db.run(sql`alter table messages disable trigger messages_search_insert`);
  const PART = 5_000; // one statement must not take longer than the database may
  for (let from = 1; from <= count; from += PART) {
    await db.run(sql`
      insert into messages (id, organization_id, channel_id, seq, root_no, user_id, message_type, content, created_at)
      select gen_random_uuid(), c.organization_id, c.id, c.last_seq + n, c.root_count + n, ${author.id}, 'text',
        'Message ' || n || repeat(' and some more words of it', (n % 7)), now() - make_interval(mins => ${count}::int - n)
      from channels c, generate_series(${from}::int, ${
      Math.min(count, from + PART - 1)
    }::int) n where c.id = ${channelId}`);
  }
  await db.run(sql`alter table messages enable trigger messages_search_insert`);
  await db.run(sql`
    update channels set last_seq = last_seq + ${count}::int, root_count = root_count + ${count}::int, last_message_at = now()
    where id = ${channelId}`);
  await db.run(sql`
    update channel_members m set read_seq = c.last_seq, read_root_no = c.root_count from channels c
    where c.id = m.channel_id and c.id = ${channelId}`);
}

/** How far the end is below the screen, in pixels. */
export const toEnd = (page: Page) =>
  page.locator(".chat-main .mlist").evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight);

/** The first message on the screen and where it stands. */
export async function firstSeen(page: Page): Promise<{ n: number; y: number }> {
  return await page.evaluate(() => {
    const list = document.querySelector(".chat-main .mlist")!.getBoundingClientRect();
    for (const element of document.querySelectorAll(".chat-main .msg")) {
      const box = element.getBoundingClientRect();
      const n = Number(/Message (\d+)/.exec(element.textContent ?? "")?.[1]);
      if (box.top >= list.top && n) return { n, y: Math.round(box.top - list.top) };
    }
    return { n: 0, y: 0 };
  });
}

/** Keeps the page's sockets at hand, so that a test can cut them. */
export async function holdSockets(watched: Watched): Promise<void> {
  await watched.context.addInitScript(() => {
    const held: WebSocket[] = [];
    Object.assign(globalThis, { heldSockets: held });
    globalThis.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        held.push(this);
      }
    };
  });
}

/** The network is gone, and the open socket with it. */
export async function cut(watched: Watched): Promise<void> {
  await watched.context.setOffline(true);
  await watched.page.evaluate(() => {
    for (const socket of (globalThis as unknown as { heldSockets: WebSocket[] }).heldSockets) socket.close();
  });
  await watched.page.locator(".link-line .link-offline").waitFor();
}
