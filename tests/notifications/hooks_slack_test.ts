// Bodies of webhooks as other programs send them, over HTTP, into chat and notify channels, on both kinds of database.
import assert from "node:assert/strict";
import type { Card } from "../../protocol/chat/cards.ts";
import type { Message } from "../../protocol/chat/chat.ts";
import { hookBodies } from "../support/slack_bodies.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

const CASES = new URL("../support/hook_cases/", import.meta.url);
const caseOf = async (name: string) => await Deno.readTextFile(new URL(`${name}.json`, CASES));

async function hookTo(t: TestApp, owner: Person, channel: string): Promise<string> {
  const made = await t.call("POST", "/webhooks/incoming", { token: owner.access, body: { name: "CI", channel } });
  assert.equal(made.status, 201, made.text);
  return made.body.token;
}

/** What must stand in content and cards. */
const EXPECTED: Record<string, { content?: string; cards?: Partial<Card>[] }> = {
  "min-angle": { content: "load < 5 and mem > 3", cards: [] },
  "min-attachment-blocks-only": { content: "", cards: [{ text: "[Shop] [Down] timeout", color: "#e01e5a" }] },
  "min-codefence": { content: "```\nTraceback:\nValueError: x\n```\nafter **bold**", cards: [] },
  "min-gitlab-footer-author": {
    content: "",
    cards: [{
      author: { name: "Ana (ana)" },
      title: "Pipeline #42 has failed in 01:20",
      title_url: "https://gl/p/42",
      footer: "G / P",
      color: "danger",
    }],
  },
  "min-image-only": { content: "", cards: [{ image_url: "https://x/y.png" }] },
  "min-null-fields": { content: "", cards: [{ text: "x" }] },
  "min-short-string": { content: "", cards: [{ text: "x", fields: [{ title: "a", value: "b", short: true }] }] },
  "min-text-and-blocks": { content: "the real content", cards: [] },
  "slack-github_action_blocks": {
    content: "",
    cards: [
      {
        title: "Build failed 🚨",
        text: "**[CI #99](https://github.com/o/r/actions/runs/1)** on `main` by @ana\n\n> quoted line",
        actions: [{ id: "action", label: "View run", url: "https://github.com/o/r/actions/runs/1" }],
      },
      { footer: "commit `abc123` · [ava](https://x/y.png)" },
      { text: "**Latency chart**", image_url: "https://x/z.png", image_alt: "chart" },
    ],
  },
  "slack-gitlab_pipeline_form": {
    content: "",
    cards: [{
      author: { name: "Ana Ruiz (ana)", url: "https://gl.local/ana", icon_url: "https://gl.local/a.png" },
      title: "Pipeline #42 has failed in 01:20",
      title_url: "https://gl.local/g/p/-/pipelines/42",
      fields: [
        { title: "Branch", value: "[main](https://gl.local/g/p/-/commits/main)", short: true },
        { title: "Commit", value: "[Fix parser](https://gl.local/c)", short: true },
        { title: "Failed stage", value: "[test](https://gl.local/s)", short: true },
        { title: "Failed job", value: "[unit](https://gl.local/j)", short: true },
      ],
      footer: "G / P",
      timestamp: "2024-11-28T05:00:00.000Z",
      color: "danger",
    }],
  },
  "slack-grafana": { content: "" },
  "slack-uptimekuma_rich": { content: "Uptime Kuma Alert" },
};

for (const kind of testedKinds()) {
  Deno.test(`webhooks in Slack's form on ${kind}`, async (s) => {
    await using t = await createTestApp({ db: kind });
    const owner = await t.owner();
    const team = (await t.call("POST", "/channels", { token: owner.access, body: { name: "team" } })).body;
    const token = await hookTo(t, owner, `channel:${team.id}`);
    const post = (body: BodyInit, headers: Record<string, string> = {}, path = `/hooks/${token}`) =>
      fetch(t.url + path, { method: "POST", body, headers });
    const last = async (): Promise<Message> =>
      (await t.call("GET", `/channels/${team.id}/messages?limit=1`, { token: owner.access })).body.items[0];

    for (const [name, expected] of Object.entries(EXPECTED)) {
      await s.step(`${name}: message and cards`, async () => {
        const answer = await post(await caseOf(name), { "content-type": "application/json" });
        assert.deepEqual([answer.status, await answer.text()], [200, "ok"]);
        const message = await last();
        if (expected.content !== undefined) assert.equal(message.content, expected.content);
        if (expected.cards) assert.deepEqual(message.cards, expected.cards);
      });
    }
    await s.step("every case has its expectation", async () => {
      const names = [...Deno.readDirSync(CASES)].map((entry) => entry.name.replace(".json", "")).sort();
      assert.deepEqual(names, Object.keys(EXPECTED).sort());
      const grafana = (await t.call("GET", `/channels/${team.id}/messages`, { token: owner.access })).body.items
        .find((m: Message) => m.user.username === "Grafana").cards[0];
      assert.deepEqual([grafana.footer, grafana.timestamp, grafana.color], [
        "Grafana v11.2.0",
        "2024-11-28T05:00:00.000Z",
        "#d63232",
      ]);
      assert.match(
        grafana.text,
        /^\*\*Firing\*\*\n[\s\S]* - alertname = HighCPU\n[\s\S]*matcher=alertname%3DHighCPU&orgId=1$/,
      );
    });

    const body = { text: "x", attachments: [{ text: "y" }] };
    const form = (name: string, value: string | Blob) => {
      const data = new FormData();
      data.set(name, value);
      return data;
    };
    const WAYS: [name: string, () => Promise<Response>][] = [
      ["JSON without a content type", () => post(new TextEncoder().encode(JSON.stringify(body)))],
      [
        "JSON that calls itself a form",
        () => post(JSON.stringify(body), { "content-type": "application/x-www-form-urlencoded" }),
      ],
      ["a form with payload", () => post(new URLSearchParams({ payload: JSON.stringify(body) }))],
      [
        "a form that calls itself JSON",
        () =>
          post(new URLSearchParams({ payload: JSON.stringify(body) }).toString(), {
            "content-type": "application/json",
          }),
      ],
      [
        "a form with the fields",
        () => post(new URLSearchParams({ text: "x", attachments: JSON.stringify(body.attachments) })),
      ],
      ["multipart with payload", () => post(form("payload", JSON.stringify(body)))],
      [
        "multipart with payload as a file",
        () => post(form("payload", new Blob([JSON.stringify(body)], { type: "application/json" }))),
      ],
      ["a slash at the end", () => post(JSON.stringify(body), {}, `/hooks/${token}/`)],
      ["below the base, with a slash", () => post(JSON.stringify(body), {}, `/api/v1/hooks/${token}/`)],
    ];
    for (const [name, send] of WAYS) {
      await s.step(name, async () => {
        const before = (await last()).seq;
        const answer = await send();
        assert.deepEqual([answer.status, await answer.text()], [200, "ok"]);
        const message = await last();
        assert.ok(message.seq > before);
        assert.deepEqual([message.content, message.cards], ["x", [{ text: "y" }]]);
      });
    }

    await s.step("what is no payload is said in Slack's words", async () => {
      for (const [sent, said] of [["{", "invalid_payload"], ["null", "invalid_payload"], ["{}", "no_text"]]) {
        const answer = await post(sent!, { "content-type": "application/json" });
        assert.deepEqual([answer.status, await answer.text()], [400, said]);
      }
      const answer = await post("x", { "content-type": "multipart/form-data" });
      assert.deepEqual([answer.status, await answer.text()], [400, "invalid_payload"]);
    });
  });

  Deno.test(`no body that says something is lost on ${kind}`, async () => {
    await using t = await createTestApp({ db: kind });
    const owner = await t.owner();
    const team = (await t.call("POST", "/channels", { token: owner.access, body: { name: "team" } })).body;
    const bodies = hookBodies(211);
    assert.ok(bodies.length > 150, String(bodies.length));
    let chat = "", topic = "";
    for (const [n, { name, body, sentinels }] of bodies.entries()) {
      // A webhook takes so many posts a minute.
      if (n % 200 === 0) {
        chat = await hookTo(t, owner, `channel:${team.id}`);
        topic = await hookTo(t, owner, "broadcast");
      }
      for (const token of [chat, topic]) {
        const answer = await t.call("POST", `//hooks/${token}`, { body });
        assert.equal(answer.status, 200, `${name}: ${answer.text}`);
      }
      const [message] =
        (await t.call("GET", `/channels/${team.id}/messages?limit=1`, { token: owner.access })).body.items;
      const [notification] = (await t.call("GET", "/notifications?limit=1", { token: owner.access })).body.items;
      const stored = JSON.stringify([message.content, message.cards]);
      for (const word of sentinels) assert.ok(stored.includes(word), `${name}: ${word} in ${stored.slice(0, 2000)}`);
      const told = JSON.stringify([notification.message, notification.data]);
      for (const word of sentinels) assert.ok(told.includes(word), `${name}: ${word} in ${told.slice(0, 2000)}`);
      assert.ok(notification.message.length > 0 && !notification.message.includes("**"), notification.message);
    }
  });
}

Deno.test("webhooks into notify channels: the cards as text, and the cards", async () => {
  await using t = await createTestApp();
  const owner = await t.owner();
  const token = await hookTo(t, owner, "broadcast");
  for (const name of Object.keys(EXPECTED)) {
    const answer = await t.call("POST", `//hooks/${token}`, { body: JSON.parse(await caseOf(name)) });
    assert.deepEqual([answer.status, answer.text], [200, "ok"]);
  }
  const { items } = (await t.call("GET", "/notifications?limit=50", { token: owner.access })).body;
  assert.equal(items.length, Object.keys(EXPECTED).length);
  const of = (sender: string) => items.find((item: { sender: { name: string } }) => item.sender.name === sender);
  assert.equal(
    of("GitLab").message,
    "Ana Ruiz (ana)\nPipeline #42 has failed in 01:20\nBranch: main (https://gl.local/g/p/-/commits/main)\n" +
      "Commit: Fix parser (https://gl.local/c)\nFailed stage: test (https://gl.local/s)\n" +
      "Failed job: unit (https://gl.local/j)\nG / P",
  );
  assert.equal(of("GitLab").data.cards[0].color, "danger");
  assert.match(of("Grafana").message, /^\[FIRING:1\] HighCPU/);
  const texts = items.map((item: { message: string }) => item.message);
  for (
    const text of [
      "load < 5 and mem > 3",
      "the real content",
      "https://x/y.png",
      "Traceback:\nValueError: x\nafter bold",
    ]
  ) {
    assert.ok(texts.includes(text), `${text} in ${JSON.stringify(texts)}`);
  }
});
