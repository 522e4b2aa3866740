// A lived-in organisation for what looks at every page of the console (accessibility, layout, keys): long names, a channel
// of 100 messages of every kind, threads, files, 45 unread notifications, reports, webhooks, tokens, alerts. And the
// addresses of all pages with it.
import assert from "node:assert/strict";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { openPage, type Watched } from "./browser.ts";
import { postForm } from "./media_app.ts";
import { png } from "./picture_files.ts";
import { createTestApp, PASSWORD, type Person, type TestApp } from "./test_app.ts";
import { until } from "./wait.ts";

export interface World extends AsyncDisposable {
  app: TestApp;
  owner: Person;
  /** A member who sees none of the administration and has nothing yet. */
  fresh: Person;
  /** The long channel. */
  general: string;
  /** A message of it with a long thread. */
  threadRoot: string;
  reportId: string;
}

const NAMES = [
  "María Fernanda de los Ángeles Rodríguez-Villanueva y Castellanos",
  "Luis Prieto",
  "Bartholomew Featherstonehaugh-Cholmondeley",
  "Zoë Ångström",
  "陈小明",
  "Eva",
  "Noor al-Rashid",
  "Jean-Baptiste Grenouille",
];

const CODE = "```ts\n" +
  "export async function everything(ctx: Context, input: Input): Promise<Result> { return await ctx.app.db.withTx((tx) => writeAll(tx, input)); }\n" +
  Array.from({ length: 12 }, (_, i) => `const line${i} = ${i};`).join("\n") + "\n```";

const TEXTS = [
  "Buenos días a todos 👋",
  "The tour to **Catedral de Sal** has _12_ people now, see https://example.org/tours/catedral-de-sal?day=2026-11-28",
  CODE,
  "> Who takes the group at noon?\n\nI do.",
  "- bus at 8:00\n- tickets\n  1. adults\n  2. children\n- [x] booked\n- [ ] paid",
  "# Plan\n\nRead `README.md` first, ~~then~~ go on.",
  "| Day | Guide |\n| --- | --- |\n| Mon | Ana |\n| Tue | Luis |",
  "😀",
  "Averyveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryverylongwordwithoutanybreakinit",
  "Long text. ".repeat(120),
];

/** `empty`: only the owner and what every organisation begins with. */
export async function createWorld(): Promise<World> {
  const app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
  const owner = await app.owner();
  const call = async (method: string, path: string, body?: unknown, by: Person = owner) => {
    const answer = await app.call(method, path, { token: by.access, body });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
    return answer.body;
  };
  const people: Person[] = [];
  for (const [i, display_name] of NAMES.entries()) {
    const body = { email: `person${i}@example.org`, username: `person${i}`, password: PASSWORD, display_name };
    await call("POST", "/users", { ...body, role: ["admin", "moderator", "member", "viewer"][i % 4] });
    if (i % 4 === 3) continue;
    const answer = await app.login({ username: `person${i}`, password: PASSWORD });
    people.push({ ...answer.body.user, password: PASSWORD, access: answer.body.access_token, refresh: "" });
  }
  const fresh = await app.person("member", "fresh");
  const ids = people.map((person) => person.id);
  const channel = (name: string, more = {}) => call("POST", "/channels", { name, user_ids: ids, ...more });
  const general = (await channel("general-of-the-house", { topic: "What concerns everybody. ".repeat(8) })).id;
  for (let i = 0; i < 8; i++) await channel(`a-channel-with-a-rather-long-name-number-${i}`, { description: "Talk" });
  const secret = (await channel("secret-plans", { type: "private" })).id;
  await call("POST", "/channels", { type: "direct", user_ids: [people[0]!.id] });
  await call("POST", "/channels", { type: "direct", user_ids: ids.slice(0, 3) });
  const say = async (content: string, by: Person, more = {}) =>
    (await call("POST", `/channels/${general}/messages`, { content, ...more }, by)).id as string;
  const sent: string[] = [];
  for (let i = 0; i < 100; i++) {
    sent.push(await say(TEXTS[i % TEXTS.length]!, i % 3 ? people[i % people.length]! : owner));
  }
  const file = await postForm(
    app,
    owner.access,
    await png(300, 200),
    "catedral-de-sal-en-la-madrugada.png",
    "image/png",
  );
  const notes = await postForm(
    app,
    owner.access,
    "notes",
    "notas-de-la-reunion-con-un-nombre-muy-largo.txt",
    "text/plain",
  );
  const threadRoot = await say("Who comes to the fair?", people[1]!);
  await say("Pictures of today", owner, { attachments: [file.body.id, notes.body.id] });
  for (let i = 0; i < 15; i++) await say(TEXTS[i % TEXTS.length]!, people[i % people.length]!, { root_id: threadRoot });
  for (const by of people.slice(0, 3)) {
    for (const emoji of ["👍", "🎉"]) {
      await call("PUT", `/messages/${sent[99]}/reactions/${encodeURIComponent(emoji)}`, {}, by);
    }
  }
  await call("PUT", `/messages/${sent[1]}/pin`, {});
  await call("PUT", `/messages/${sent[2]}/pin`, {});
  await call("PUT", `/channels/${secret}/draft`, { content: "Not finished yet" });
  const rude = await say("You have no idea of anything at all, as always.", people[2]!);
  for (const by of people.slice(0, 2)) await call("POST", `/messages/${rude}/report`, { reason: "It is rude" }, by);
  await call("POST", `/messages/${sent[4]}/report`, { reason: "Spam", category: "spam" }, people[1]!);
  const reportId = (await call("GET", "/admin/reports")).items[0].id;
  const action = { user_id: people[3]!.id, reason: "Against the rules of the house" };
  await call("POST", "/admin/moderation/actions", { ...action, action_type: "warning" });
  await call("POST", "/admin/moderation/actions", {
    ...action,
    action_type: "mute",
    channel_id: general,
  });
  const types = ["reserva_creada", "tour_creado", "reserva_cancelada", "deploy_failed", "usuario_actualizado"];
  const notifications = Array.from({ length: 45 }, (_, i) => ({
    type: types[i % types.length],
    message: `${i + 1}. Nueva reserva: Catedral de Sal de Zipaquirá, ${
      i + 2
    } personas, con almuerzo y guía en dos idiomas`,
    data: { reserva_id: `R-${i}`, personas: i + 2 },
    ...(i % 3 ? {} : { user_ids: [owner.id] }),
  }));
  await call("POST", "//notify", { notifications });
  await say(`@${owner.username} can you look at this?`, people[0]!);
  const expires_at = new Date(Date.now() + 30 * 86_400_000).toISOString();
  for (const name of ["booking-api", "a token with a name that is much longer than most", "ci"]) {
    await call("POST", "/auth/tokens", { name, scopes: ["notify.send", "users.read", "chat.send"], expires_at });
  }
  await call("POST", "/user-groups", { name: "Recepción y atención a huéspedes", handle: "recepcion", user_ids: ids });
  await call("PUT", "/organization/roles", { roles: { viewer: { add: ["chat.send"], remove: ["dashboard.read"] } } });
  const bot = await call("POST", "/service-accounts", { username: "booking-bot", display_name: "Bookings" });
  await call("POST", `/service-accounts/${bot.id}/tokens`, { name: "production", scopes: ["notify.send"] });
  await call("POST", "/webhooks/incoming", { name: "Grafana in the second data centre", channel: "notify:alerts" });
  await call("POST", "/webhooks/outgoing", {
    name: "Statistics",
    url: "https://hooks.example.org/a/rather/long/address/that/goes/on/and/on",
    events: ["reserva_creada", "tour_creado"],
    enabled: false,
  });
  await call("POST", "/admin/commands", {
    trigger: "deploy",
    url: "https://example.org/deploy",
    description: "Deploys",
  });
  await call("PUT", "/admin/alerts", {
    rules: [{ metric: "memory_mb", value: 1 }, { metric: "event_loop_lag_ms", value: 100 }],
  });
  await until(async () => (await call("GET", "/notifications?limit=1")).unread_count >= 46, {
    what: "the inbox is full",
  });
  return {
    app,
    owner,
    fresh,
    general,
    threadRoot,
    reportId,
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
    },
  };
}

/** Every address of the signed-in console, with what it shows when it is ready. */
export function pagesOf({ general, threadRoot, reportId }: World): { path: string; ready?: string }[] {
  const chat = `/chat/${general}`;
  return [
    { path: "/" },
    { path: "/live" },
    { path: "/inbox", ready: ".inbox-row" },
    { path: "/inbox?tab=preferences" },
    { path: chat, ready: ".chat-main .msg" },
    { path: `${chat}?thread=${threadRoot}`, ready: ".chat-panel .msg" },
    ...["info", "people", "pins", "files", "search"].map((panel) => ({
      path: `${chat}?panel=${panel}`,
      ready: ".chat-panel",
    })),
    { path: "/chat/threads", ready: ".chat-main" },
    { path: "/moderation", ready: ".mod" },
    { path: `/moderation?report=${reportId}`, ready: ".mod-report" },
    { path: "/moderation?tab=actions" },
    { path: "/moderation?tab=filter" },
    { path: "/users", ready: "tbody tr" },
    { path: "/organization", ready: ".form" },
    { path: "/roles", ready: ".role-table" },
    { path: "/groups", ready: ".table" },
    { path: "/service-accounts", ready: ".table" },
    { path: "/server-settings", ready: ".settings-list li" },
    { path: "/tokens" },
    { path: "/webhooks" },
    { path: "/webhooks?tab=outgoing" },
    { path: "/chat-admin" },
    { path: "/statistics" },
    { path: "/statistics?tab=performance" },
    ...["people", "alerts", "retention"].map((tab) => ({ path: `/statistics?tab=${tab}` })),
    { path: "/transfer" },
    { path: "/transfer?tab=export" },
    { path: "/audit", ready: "tbody tr" },
    { path: "/profile" },
    { path: "/about" },
    { path: "/no-such-page" },
  ];
}

/** A signed-in page whose animations do not run. */
export async function signedIn(
  browser: Browser,
  url: string,
  person: { username: string },
  options: BrowserContextOptions,
): Promise<Watched> {
  const watched = await openPage(browser, url, { reducedMotion: "reduce", ...options });
  const { page } = watched;
  await page.goto(`${url}/login?next=/about`);
  await page.locator("input[autocomplete=username]").fill(person.username);
  await page.locator("input[autocomplete=current-password]").fill(PASSWORD);
  await page.locator("button[type=submit]").click();
  await page.locator("main h1").waitFor();
  await page.locator(".link-live").first().waitFor({ state: "attached" });
  return watched;
}

/** Goes to an address and waits until all that it loads is there. */
export async function visit(page: Page, url: string, { path, ready }: { path: string; ready?: string }): Promise<void> {
  await page.goto(url + path);
  await settled(page, ready);
}

export async function settled(page: Page, ready?: string): Promise<void> {
  await page.locator("main h1").first().waitFor({ state: "attached" });
  if (ready) await page.locator(ready).first().waitFor();
  await until(
    async () => await page.locator("main .skeleton, main .skeleton-text, main [aria-busy=true]").count() === 0,
    { what: `${page.url()} has loaded`, timeoutMs: 30_000 },
  );
}
