// Makes bodies of webhooks: every documented field of Slack's attachments and of Block Kit, present, absent, null and of a
// wrong type. Words that Slack shows are `sentinels`, each of its own; what is not shown has ordinary values. Sources: Slack's
// "Legacy secondary message attachments", Block Kit reference (blocks, block elements, composition objects).

let next = 0;
/** A word that people see. */
const seen = (prefix = "") => `${prefix}zq${(next++).toString(36)}x`;
const mrkdwn = () => ({ type: "mrkdwn", text: seen(), verbatim: false });
const plain = () => ({ type: "plain_text", text: seen(), emoji: true });
const picture = () => `https://pictures.example/${seen()}.png`;
const option = () => ({ text: plain(), value: "v1", description: plain(), url: "https://a.example/o" });
const button = () => ({
  type: "button",
  text: plain(),
  action_id: "a1",
  url: "https://a.example/b",
  value: "v",
  style: "primary",
  accessibility_label: "not shown",
  confirm: { title: { type: "plain_text", text: "Sure?" } },
});
const richText = () => ({
  type: "rich_text",
  block_id: "r",
  elements: [
    {
      type: "rich_text_section",
      elements: [
        { type: "text", text: seen(), style: { bold: true, italic: true, strike: true, code: false } },
        { type: "link", url: "https://a.example/l", text: seen(), style: { bold: true } },
        { type: "link", url: `https://a.example/${seen()}` },
        { type: "emoji", name: "wave", unicode: "1f44b" },
        { type: "user", user_id: seen("U") },
        { type: "usergroup", usergroup_id: seen("S") },
        { type: "channel", channel_id: seen("C") },
        { type: "broadcast", range: "here" },
        { type: "date", timestamp: 1720710212, format: "{date_num}", fallback: "not shown" },
        { type: "color", value: "#ff0000" },
        { type: "text", text: seen(), style: { code: true } },
      ],
    },
    {
      type: "rich_text_list",
      style: "ordered",
      indent: 0,
      offset: 1,
      border: 0,
      elements: [{ type: "rich_text_section", elements: [{ type: "text", text: seen() }] }],
    },
    {
      type: "rich_text_list",
      style: "bullet",
      indent: 1,
      elements: [{ type: "rich_text_section", elements: [{ type: "text", text: seen() }] }],
    },
    { type: "rich_text_quote", border: 1, elements: [{ type: "text", text: seen() }] },
    { type: "rich_text_preformatted", border: 0, elements: [{ type: "text", text: seen() }] },
  ],
});

/** One of each block; sections with each accessory. */
function blocks(): Record<string, unknown>[] {
  const accessories = [
    button(),
    { type: "image", image_url: picture(), alt_text: seen() },
    { type: "overflow", action_id: "o", options: [option(), option()] },
    { type: "static_select", placeholder: plain(), action_id: "s", options: [option()], initial_option: null },
    {
      type: "static_select",
      placeholder: plain(),
      option_groups: [{ label: { type: "plain_text", text: "g" }, options: [option()] }],
    },
    { type: "multi_static_select", placeholder: plain(), options: [option()] },
    { type: "radio_buttons", options: [option()], action_id: "r" },
    { type: "checkboxes", options: [option()], action_id: "c" },
    { type: "datepicker", placeholder: plain(), initial_date: "2026-01-01", action_id: "d" },
    { type: "timepicker", placeholder: plain(), action_id: "t" },
    { type: "users_select", placeholder: plain(), action_id: "u" },
    { type: "conversations_select", placeholder: plain(), action_id: "v" },
    { type: "channels_select", placeholder: plain(), action_id: "w" },
    { type: "external_select", placeholder: plain(), min_query_length: 1, action_id: "x" },
    { type: "workflow_button", text: plain(), workflow: { trigger: { url: "https://a.example/w" } } },
  ];
  return [
    { type: "header", text: plain(), block_id: "h" },
    { type: "section", text: mrkdwn(), block_id: "s", fields: [mrkdwn(), plain()], expand: true },
    {
      type: "section",
      text: { type: "mrkdwn", text: `*${seen()}* <https://a.example/|${seen()}> \`${seen()}\`\n>${seen()}` },
    },
    ...accessories.map((accessory) => ({ type: "section", text: mrkdwn(), accessory })),
    { type: "divider", block_id: "d" },
    {
      type: "context",
      elements: [mrkdwn(), plain(), { type: "image", image_url: picture(), alt_text: "picture" }],
      block_id: "c",
    },
    { type: "image", image_url: picture(), alt_text: seen(), title: plain(), block_id: "i" },
    { type: "image", slack_file: { url: picture() }, alt_text: seen() },
    { type: "actions", elements: [button(), button(), ...accessories.slice(2)], block_id: "a" },
    {
      type: "video",
      title: plain(),
      title_url: "https://a.example/v",
      video_url: "https://a.example/v.mp4",
      thumbnail_url: picture(),
      alt_text: seen(),
      author_name: seen(),
      provider_name: seen(),
      provider_icon_url: "https://a.example/p.png",
      description: plain(),
    },
    { type: "markdown", text: `**${seen()}** [${seen()}](https://a.example)` },
    richText(),
    {
      type: "table",
      column_settings: [{ is_wrapped: true, align: "right" }, null],
      rows: [[{ type: "raw_text", text: seen() }, { type: "raw_text", text: seen() }], [
        { type: "raw_text", text: seen() },
        { type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text: seen() }] }] },
      ]],
    },
    {
      type: "input",
      label: plain(),
      hint: plain(),
      optional: true,
      element: { type: "plain_text_input", placeholder: plain(), action_id: "p" },
    },
    {
      type: "context_actions",
      elements: [
        {
          type: "feedback_buttons",
          positive_button: { text: plain(), value: "1" },
          negative_button: { text: plain(), value: "0" },
        },
        { type: "icon_button", icon: "trash", text: plain(), action_id: "i" },
      ],
    },
    { type: "kind_of_tomorrow", title: plain(), body: { elements: [{ text: seen() }] } },
  ];
}

function attachment(): Record<string, unknown> {
  return {
    fallback: "not shown beside the rest",
    callback_id: "c",
    color: "#36a64f",
    pretext: seen(),
    author_name: seen(),
    author_subname: seen(),
    author_link: "https://a.example/author",
    author_icon: "https://a.example/icon.png",
    title: seen(),
    title_link: "https://a.example/title",
    text: `${seen()} *${seen()}* <https://a.example|${seen()}>`,
    fields: [{ title: seen(), value: seen(), short: true }, {
      title: seen(),
      value: `<https://a.example|${seen()}>`,
      short: false,
    }],
    image_url: picture(),
    thumb_url: picture(),
    footer: seen(),
    footer_icon: "https://a.example/footer.png",
    ts: 1732770000,
    mrkdwn_in: ["text", "pretext", "fields"],
    attachment_type: "default",
    actions: [
      { type: "button", name: "n", text: seen(), value: "v", style: "danger", url: "https://a.example/x", confirm: {} },
      {
        type: "select",
        name: "m",
        text: seen(),
        data_source: "static",
        options: [{ text: seen(), value: "1", description: seen() }],
        selected_options: [],
        option_groups: [],
      },
    ],
  };
}

const top = () => ({
  username: "program",
  icon_emoji: ":bear:",
  icon_url: "https://a.example/i.png",
  channel: "#general",
  link_names: 1,
  mrkdwn: true,
  unfurl_links: false,
  unfurl_media: false,
  thread_ts: null,
});

/** Payloads in which everything is present. */
function whole(): Record<string, unknown>[] {
  return [
    { ...top(), text: seen() },
    { ...top(), text: seen(), attachments: [attachment(), attachment()] },
    { ...top(), ...attachment(), text: seen() },
    ...blocks().map((block) => ({ ...top(), text: "only the fallback", blocks: [block] })),
    { ...top(), text: "only the fallback", blocks: blocks() },
    ...blocks().map((block) => ({ ...top(), attachments: [{ color: "danger", fallback: "f", blocks: [block] }] })),
    { ...top(), text: seen(), attachments: [{ ...attachment(), blocks: blocks() }] },
  ];
}

type Path = (string | number)[];

function paths(value: unknown, at: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const path = [...at, Array.isArray(value) ? Number(key) : key];
    return [path, ...paths(child, path)];
  });
}

/** What stands in a field where something else was expected; `undefined`: nothing. */
const WRONG: unknown[] = [undefined, null, 7, true, "true", "false", "", [], {}, [null], [[]], { text: null }, -1.5];

function changed(body: unknown, path: Path, value: unknown): unknown {
  const copy = structuredClone(body) as Record<string | number, unknown>;
  let node = copy;
  for (const key of path.slice(0, -1)) node = node[key] as Record<string | number, unknown>;
  const last = path.at(-1)!;
  if (value === undefined && !Array.isArray(node)) delete node[last];
  else node[last] = value === undefined ? null : value;
  return copy;
}

export interface HookBody {
  name: string;
  body: unknown;
  /** What must be found in the message. */
  sentinels: string[];
}

/** All of them, the same each time. @param step 1: every change of every field; n: every n-th, all fields still come */
export function hookBodies(step = 1): HookBody[] {
  next = 0;
  const out: HookBody[] = [];
  let n = 0;
  for (const [w, body] of whole().entries()) {
    out.push({ name: `${w} whole`, body, sentinels: sentinelsIn(body) });
    // Of the bodies with everything in them only the upper fields: the others have each part alone.
    const all = paths(body).filter((path) => JSON.stringify(body).length < 6_000 || path.length <= 2);
    for (const path of all) {
      for (const wrong of WRONG) {
        if (n++ % step) continue;
        const made = changed(body, path, wrong);
        const sentinels = sentinelsIn(made);
        // A body that says nothing any more is refused, as Slack does.
        if (sentinels.length === 0) continue;
        out.push({ name: `${w} ${path.join(".")} = ${JSON.stringify(wrong)}`, body: made, sentinels });
      }
    }
  }
  return out;
}

const sentinelsIn = (body: unknown) => [...JSON.stringify(body).matchAll(/zq[0-9a-z]+?x/g)].map(([word]) => word);
