// The console behind proxies that do not pass WebSockets on: it goes on over an event stream and calls, says so, and goes back
// to a socket, without a gap, as soon as one gets through. A real nginx and a real browser.
import assert from "node:assert/strict";
import { type SseEvent, SseParser } from "../../clients/typescript/src/engine/sse_parser.ts";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, openPage, overflow, PHONE, type Watched } from "../support/browser.ts";
import { composer, row, signIn, write } from "../support/chat_browser.ts";
import { nginx, startProxy } from "../support/nginx.ts";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !nginx || !haveBrowser() };

/** A browser logs every socket that is refused; nothing else may be wrong. */
function assertOnlySockets(watched: Watched): void {
  const others = watched.complaints.filter((text) => !text.includes("WebSocket connection to"));
  watched.forgive();
  watched.complaints.push(...others);
  assertCalm(watched);
}

Deno.test({ name: "a proxy without upgrades: all that is live goes over the stream", ...browserTest }, async (t) => {
  await buildConsole();
  await using app = await createTestApp({ settings: { "trust-proxy": "true" } });
  const owner = await app.owner(), luis = await app.person("member", "luis");
  const folder = await Deno.makeTempDir();
  // As most people write it: no HTTP/1.1, no Upgrade, answers are buffered. The file opens the way for sockets.
  await using proxy = await startProxy(`
    location / { proxy_pass ${app.url}; }
    location = /ws {
      set $up ""; set $how close;
      if (-f ${folder}/open) { set $up $http_upgrade; set $how upgrade; }
      proxy_http_version 1.1; proxy_set_header Upgrade $up; proxy_set_header Connection $how;
      proxy_set_header Host $http_host; proxy_pass ${app.url};
    }`);
  const browser = await launch();
  try {
    const watched = await openPage(browser, proxy.url, DESK);
    await watched.page.clock.install();
    const page = await signIn(watched, proxy.url, owner);
    await page.waitForURL(/\/chat\/[0-9a-f-]{36}$/);
    const channel = page.url().split("/").at(-1)!;
    const luisSays = async (content: string) => {
      const sent = await app.call("POST", `/channels/${channel}/messages`, { token: luis.access, body: { content } });
      assert.equal(sent.status, 201, sent.text);
      return sent.body.id as string;
    };
    await using socket = await openSocket(`${app.url}/ws?channels=channel:${channel},presence`, {
      headers: { authorization: `Bearer ${luis.access}` },
    });
    await socket.wait((f) => f.type === "ack");

    await t.step("says so, in both languages, with what to set in the proxy", async () => {
      await page.locator(".rail .link-stream").waitFor();
      await page.locator(".avatar-button").click();
      await page.getByRole("button", { name: "Live without WebSockets" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("proxy_set_header Upgrade").waitFor();
      const pictures = Deno.env.get("PULPO_TEST_PICTURES");
      if (pictures) await page.screenshot({ path: `${pictures}/stream-help.png` });
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      if (pictures) await page.screenshot({ path: `${pictures}/stream.png` });
    });

    await t.step("messages, typing, presence and read state, both ways", async () => {
      await write(page, "over a call");
      await socket.wait((f) => f.type === "chat_message" && f.data.message.content === "over a call");
      await luisSays("over the stream");
      await row(page, "over the stream").waitFor();
      assert.equal(await row(page, "over a call").count(), 1);
      await composer(page).pressSequentially("Ho");
      const typing = await socket.wait((f) => f.type === "user_typing");
      assert.equal(typing.data.user.id, owner.id);
      await composer(page).fill("");
      socket.send({ type: "typing", channel_id: channel });
      await page.locator(".typing", { hasText: "luis is writing" }).waitFor();
      // The owner is online by the stream alone.
      const online = await app.call("GET", "/users/online", { token: luis.access });
      assert.ok(online.body.items.some((user: { id: string }) => user.id === owner.id));
    });

    await t.step("what comes on other pages: notifications, unread channels, a channel that is new", async () => {
      await page.locator(".rail").getByRole("link", { name: "Inbox" }).click();
      await page.locator(".area-list").getByRole("link", { name: "Live" }).click();
      await page.locator(".link-bar .link-stream").waitFor();
      const { access } = owner;
      const body = { type: "deploy_done", message: "Deployed", title: "Deployment" };
      assert.equal((await app.call("POST", "//notify", { token: access, body })).status, 202);
      await page.locator(".vlist .feed-row", { hasText: "Deployed" }).first().waitFor();
      const made = await app.call("POST", "/channels", {
        token: luis.access,
        body: { name: "harbour", type: "private", user_ids: [owner.id] },
      });
      assert.equal(made.status, 201, made.text);
      const added = await app.call("POST", `/channels/${made.body.id}/messages`, {
        token: luis.access,
        body: { content: "in the new channel" },
      });
      assert.equal(added.status, 201, added.text);
      await page.getByRole("link", { name: "Chat" }).first().click();
      await page.getByRole("link", { name: /harbour/ }).first().click();
      await row(page, "in the new channel").waitFor();
      const more = await app.call("POST", `/channels/${made.body.id}/messages`, {
        token: luis.access,
        body: { content: "live in the new channel" },
      });
      assert.equal(more.status, 201, more.text);
      await row(page, "live in the new channel").waitFor();
    });

    await t.step("a deep link loaded anew goes to the stream at once", async () => {
      const id = await luisSays("to be linked to");
      await page.goto(`${proxy.url}/chat/${channel}/${id}`);
      await page.locator(".rail .link-stream").waitFor();
      await row(page, "to be linked to").waitFor();
      await luisSays("after loading anew");
      await row(page, "after loading anew").waitFor();
    });

    await t.step("a socket takes over when one gets through: nothing is lost, repeated or said", async () => {
      await page.evaluate(() => {
        const seen: string[] = [];
        Object.assign(globalThis, { seenStates: seen });
        new MutationObserver(() => seen.push(document.querySelector(".rail-light")?.className ?? "")).observe(
          document.querySelector(".rail-light")!,
          { attributes: true, subtree: true, childList: true },
        );
      });
      await Deno.writeTextFile(`${folder}/open`, "");
      await page.clock.fastForward(31_000);
      await luisSays("half a minute later");
      await row(page, "half a minute later").waitFor();
      await page.clock.fastForward(31_000);
      await page.locator(".rail .link-live:not(.link-stream)").waitFor();
      await luisSays("over a socket again");
      await row(page, "over a socket again").waitFor();
      for (const text of ["half a minute later", "over a socket again"]) {
        assert.equal(await row(page, text).count(), 1);
      }
      const seen = await page.evaluate(() => (globalThis as unknown as { seenStates: string[] }).seenStates);
      assert.ok(seen.every((name) => name.includes("link-live")), seen.join(" | "));
    });

    await t.step("signs out", async () => {
      await page.locator(".avatar-button").click();
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.waitForURL(/\/login/);
      assertOnlySockets(watched);
      await until(() => app.app.realtime.stats().streams === 0, { what: "the stream has ended" });
    });
  } finally {
    await browser.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test(
  "POST /sse: 400 channels with their positions pass a proxy, and what was missed follows",
  { ignore: !nginx },
  async () => {
    await using app = await createTestApp();
    const { access } = await app.owner();
    await using proxy = await startProxy(`location / { proxy_pass ${app.url}; }`, { path: "/health/live" });
    const names = Array.from({ length: 400 }, (_, n) => `notify:${"long-name-of-a-channel-".repeat(2)}${n}`);
    const headers = { authorization: `Bearer ${access}`, "content-type": "application/json" };
    /** Reads until the text holds the word, then leaves. */
    const read = async (body: object, word: string) => {
      const response = await fetch(`${proxy.url}/sse`, { method: "POST", headers, body: JSON.stringify(body) });
      assert.equal(response.status, 200);
      const parser = new SseParser(), events: SseEvent[] = [];
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      while (!events.some(({ data }) => data.includes(word))) {
        const { value, done } = await reader.read();
        assert.ok(!done, "the stream has ended");
        events.push(...parser.push(value));
      }
      await reader.cancel();
      return events;
    };
    const [first] = await read({ channels: names }, "ack");
    const { channels } = JSON.parse(first!.data).data;
    assert.deepEqual([Object.keys(channels).length, first!.id], [400, null]);
    const sent = await app.call("POST", "//notify", {
      token: access,
      body: { type: "missed", message: "while away", channel: names[399] },
    });
    assert.equal(sent.status, 202, sent.text);
    const since = Object.fromEntries(names.map((name) => [name, {
      epoch: channels[name].epoch,
      offset: channels[name].offset,
    }]));
    const events = await read({ channels: names, since }, "while away");
    assert.deepEqual(events.map(({ event }) => event), ["ack", "missed"]);
    for (const body of [{}, { channels: [] }, { channels: [1] }]) {
      const refused = await app.call("POST", "//sse", { token: access, body });
      assert.deepEqual([refused.status, refused.body.code], [422, "validation_failed"]);
    }
    assert.equal((await app.call("POST", "//sse", { body: { channels: ["broadcast"] } })).status, 401);
  },
);

Deno.test({ name: "upgrades that are refused, swallowed or closed at once", ...browserTest }, async (t) => {
  await buildConsole();
  await using app = await createTestApp({ settings: { "trust-proxy": "true" } });
  const owner = await app.owner();
  const { items: [{ id }] } = (await app.call("GET", "/channels", { token: owner.access })).body;
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const held: Deno.Conn[] = [];
  const holding = (async () => {
    for await (const connection of silent) held.push(connection);
  })();
  const closing = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => socket.close();
    return response;
  });
  const upgrade =
    `proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;`;
  const browser = await launch();
  try {
    for (
      const [name, location] of [
        ["answered with 400", "return 400;"],
        ["answered with 502", "return 502;"],
        ["swallowed", `${upgrade} proxy_pass http://127.0.0.1:${(silent.addr as Deno.NetAddr).port};`],
        ["closed at once", `${upgrade} proxy_pass http://127.0.0.1:${closing.addr.port};`],
      ] as const
    ) {
      await t.step(name, async () => {
        await using proxy = await startProxy(
          `location / { proxy_pass ${app.url}; } location = /ws { ${location} }`,
        );
        const watched = await openPage(browser, proxy.url, { ...PHONE, locale: "es-ES" });
        const page = await signIn(watched, proxy.url, owner, `/chat/${id}`);
        await page.locator(".rail .link-stream").waitFor({ state: "attached" });
        if (name === "answered with 400") {
          await page.goto(`${proxy.url}/live`);
          await page.locator(".link-bar .link-stream").waitFor();
          assert.equal(await overflow(page), 0);
          const pictures = Deno.env.get("PULPO_TEST_PICTURES");
          if (pictures) await page.screenshot({ path: `${pictures}/stream-phone-live.png` });
          await page.goto(`${proxy.url}/chat/${id}`);
        }
        const sent = await app.call("POST", `/channels/${id}/messages`, {
          token: owner.access,
          body: { content: `heard though ${name}` },
        });
        assert.equal(sent.status, 201, sent.text);
        await row(page, `heard though ${name}`).waitFor();
        assertOnlySockets(watched);
        await watched.context.close();
      });
    }
  } finally {
    await browser.close();
    silent.close();
    await holding.catch(() => {});
    for (const connection of held) connection.close();
    await closing.shutdown();
  }
});
