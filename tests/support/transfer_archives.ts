// Archives as Slack and Mattermost make them, built for tests: zip files with real entries, and hostile ones.
// @ts-types="@types/yazl"
import yazl from "yazl";
import { Buffer } from "node:buffer";
import { buffer } from "node:stream/consumers";

/** Text or JSON by path. */
export type ArchiveContent = Record<string, unknown>;

export async function zipOf(content: ArchiveContent): Promise<Uint8Array<ArrayBuffer>> {
  const zip = new yazl.ZipFile();
  for (const [path, value] of Object.entries(content)) {
    const bytes = value instanceof Uint8Array
      ? value
      : new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
    zip.addBuffer(Buffer.from(bytes), path, { mtime: new Date(0) });
  }
  zip.end();
  return new Uint8Array(await buffer(zip.outputStream as never));
}

const DAY = "2024-03-05", NEXT = "2024-03-06";
/** Seconds since 1970 at the hour of that day. */
const ts = (hour: number, n = 0, day = DAY) =>
  `${Date.parse(`${day}T00:00:00Z`) / 1000 + hour * 3600}.${String(n).padStart(6, "0")}`;
const msg = (time: string, user: string, text: string, more: object = {}) => ({
  type: "message",
  ts: time,
  user,
  text,
  ...more,
});

/** A Slack export with what real ones have: threads, edits, files, pins, bots, guests, odd things. */
export function slackExport(fileUrl = "http://127.0.0.1:9/none"): ArchiveContent {
  return {
    "users.json": [
      {
        id: "U1",
        name: "ana",
        deleted: false,
        profile: { email: "owner@example.org", display_name: "Ana", real_name: "Ana García" },
      },
      {
        id: "U2",
        name: "ben.müller",
        deleted: false,
        profile: { email: "ben@example.org", display_name: "", real_name: "Ben Müller" },
      },
      { id: "U3", name: "carla", deleted: true, profile: { email: "carla@example.org", real_name: "Carla" } },
      { id: "U4", name: "guest", is_restricted: true, profile: { real_name: "Guest" } },
      { id: "U5", name: "here", profile: { email: "here@example.org", display_name: "Herbert" } },
      { id: "UBOT", name: "deploybot", is_bot: true, profile: { real_name: "Deploy Bot" } },
      { id: "USLACKBOT", name: "slackbot", is_bot: false, profile: {} },
    ],
    "channels.json": [
      {
        id: "C1",
        name: "general",
        created: 1700000000,
        creator: "U1",
        is_archived: false,
        members: ["U1", "U2", "U3", "U4"],
        topic: { value: "Todo lo importante" },
        purpose: { value: "Everybody & everything" },
        pins: [{ id: ts(9), type: "C", created: 1709632000, user: "U2" }],
      },
      {
        id: "C2",
        name: "old-project",
        created: 1600000000,
        creator: "U3",
        is_archived: true,
        members: ["U3"],
        topic: { value: "" },
        purpose: { value: "" },
      },
      {
        id: "C3",
        name: "empty",
        created: 1700000001,
        creator: "U1",
        members: ["U1"],
        topic: { value: "" },
        purpose: { value: "" },
      },
    ],
    "groups.json": [{
      id: "G1",
      name: "secret",
      created: 1700000002,
      creator: "U2",
      members: ["U1", "U2"],
      topic: { value: "" },
      purpose: { value: "" },
    }],
    "dms.json": [{ id: "D1", created: 1700000003, members: ["U1", "U2"] }, {
      id: "D2",
      created: 1700000003,
      members: ["U1", "UBOT"],
    }],
    "mpims.json": [{
      id: "G2",
      name: "mpdm-ana--ben--carla-1",
      created: 1700000004,
      members: ["U1", "U2", "U3"],
      creator: "U1",
      topic: { value: "" },
      purpose: { value: "" },
    }],
    "integration_logs.json": [],
    [`general/${DAY}.json`]: [
      { type: "message", subtype: "channel_join", ts: ts(8), user: "U2", text: "<@U2> has joined the channel" },
      msg(
        ts(9),
        "U1",
        "Hola <@U2|ben>, see <#C2|old-project> and <https://example.com/a?b=1&amp;c=2|the *plan*> &lt;now&gt; :tada:",
        {
          thread_ts: ts(9),
          reply_count: 2,
          reactions: [{ name: "+1", users: ["U2", "U3", "UGONE"], count: 3 }, {
            name: "party_parrot",
            users: ["U2"],
            count: 1,
          }],
        },
      ),
      msg(ts(9, 5), "U2", "*bold* _italic_ ~strike~ `code <@U1>` <!here>", { edited: { user: "U2", ts: ts(9, 6) } }),
      msg(ts(10), "U2", "a reply", { thread_ts: ts(9), parent_user_id: "U1" }),
      msg(ts(11), "U3", "reply that was also sent to the channel", { thread_ts: ts(9), subtype: "thread_broadcast" }),
      msg(ts(12), "U4", "orphan reply", { thread_ts: "1500000000.000001" }),
      {
        type: "message",
        subtype: "bot_message",
        ts: ts(13),
        bot_id: "B1",
        username: "CI",
        text: "",
        attachments: [
          {
            pretext: "Build",
            title: "main #12",
            title_link: "https://ci.example.com/12",
            text: "passed",
            fallback: "fallback",
          },
        ],
      },
      msg(ts(14), "UBOT", "deployed", { bot_id: "B2", bot_profile: { name: "Deploy Bot" } }),
      msg(ts(15), "U1", "with a file", {
        files: [
          {
            id: "F1",
            name: "notes.txt",
            mimetype: "text/plain",
            size: 11,
            url_private: `${fileUrl}?t=xoxe-secret`,
            url_private_download: `${fileUrl}?t=xoxe-secret`,
          },
          { id: "F2", mode: "tombstone" },
        ],
      }),
      { type: "message", subtype: "tombstone", ts: ts(16), user: "USLACKBOT", text: "This message was deleted." },
      msg(ts(17), "U1", "```\nif (a &lt; b) *x*\n```\n• one\n• two"),
      { type: "message", subtype: "huddle_thread", ts: ts(18), text: "" },
      {
        type: "message",
        subtype: "channel_topic",
        ts: ts(19),
        user: "U1",
        topic: "Todo lo importante",
        text: "set the topic",
      },
      msg("not a time", "U1", "broken"),
      msg(ts(20), "U5", "\u0000nul and \ud800 lone"),
    ],
    [`general/${NEXT}.json`]: [
      msg(ts(8, 0, NEXT), "U1", "first text", {}),
      {
        type: "message",
        subtype: "message_changed",
        ts: ts(8, 5, NEXT),
        message: { ts: ts(8, 0, NEXT), text: "second text", edited: { user: "U1", ts: ts(8, 5, NEXT) } },
        previous_message: { text: "first text" },
      },
      msg(ts(9, 0, NEXT), "U2", "to be deleted"),
      {
        type: "message",
        subtype: "message_deleted",
        ts: ts(9, 5, NEXT),
        deleted_ts: ts(9, 0, NEXT),
        previous_message: { ts: ts(9, 0, NEXT), user: "U2", text: "to be deleted" },
      },
      msg(ts(10, 0, NEXT), "U2", "late reply", { thread_ts: ts(9) }),
    ],
    [`old-project/${DAY}.json`]: [msg(ts(1), "U3", "the end")],
    [`secret/${DAY}.json`]: [msg(ts(2), "U2", "private words")],
    [`D1/${DAY}.json`]: [msg(ts(3), "U1", "psst"), msg(ts(4), "U2", "¿sí?")],
    [`D2/${DAY}.json`]: [msg(ts(3), "UBOT", "hello", { bot_id: "B2" })],
    [`mpdm-ana--ben--carla-1/${DAY}.json`]: [msg(ts(5), "U3", "three of us")],
    "nobody-knows/2024-03-05.json": [msg(ts(1), "U1", "folder without channel")],
    [`general/canvas.txt`]: "not a day",
  };
}

/** A big one, for speed and for crashes: `messages` in one channel over many days, every tenth a reply. */
export function bigSlackExport(messages: number, perDay = 2000): ArchiveContent {
  const content: ArchiveContent = {
    "users.json": Array.from(
      { length: 50 },
      (_, i) => ({
        id: `U${i}`,
        name: `person${i}`,
        profile: { email: `person${i}@big.example`, real_name: `Person ${i}` },
      }),
    ),
    "channels.json": Array.from(
      { length: 4 },
      (_, i) => ({
        id: `C${i}`,
        name: `big-${i}`,
        created: 1600000000,
        creator: "U0",
        members: Array.from({ length: 50 }, (_, u) => `U${u}`),
        topic: { value: "" },
        purpose: { value: "" },
      }),
    ),
  };
  const start = Date.parse("2020-01-01T00:00:00Z") / 1000;
  for (let channel = 0; channel < 4; channel++) {
    for (let day = 0, n = 0; n < messages / 4; day++) {
      const rows: unknown[] = [];
      const first = `${start + day * 86400}.000000`;
      for (let i = 0; i < perDay && n < messages / 4; i++, n++) {
        const time = `${start + day * 86400 + i * 10}.000000`;
        rows.push(
          msg(
            time,
            `U${n % 50}`,
            `Message ${n} about <https://example.com/${n}> and the *budget* of week ${
              n % 52
            }, as discussed with everybody`,
            i % 10 === 9 ? { thread_ts: first } : {},
          ),
        );
      }
      content[`big-${channel}/${new Date((start + day * 86400) * 1000).toISOString().slice(0, 10)}.json`] = rows;
    }
  }
  return content;
}

/** Mattermost's bulk export; the posts are not in the order of time, as in real ones. */
export function mattermostLines(): unknown[] {
  const at = Date.parse("2024-03-05T09:00:00Z");
  const channels = (
    ...names: string[]
  ) => [{
    name: "main",
    channels: names.map((name) => ({
      name,
      roles: name === "town-square" ? "channel_user channel_admin" : "channel_user",
    })),
  }];
  return [
    { type: "version", version: 1, info: { generator: "mattermost-server" } },
    { type: "team", team: { name: "main", display_name: "Main", type: "O" } },
    {
      type: "channel",
      channel: {
        team: "main",
        name: "town-square",
        display_name: "Town Square",
        type: "O",
        header: "the header",
        purpose: "all of us",
      },
    },
    {
      type: "channel",
      channel: { team: "main", name: "core", display_name: "Core", type: "P", header: "", purpose: "" },
    },
    {
      type: "user",
      user: {
        username: "ana",
        email: "owner@example.org",
        nickname: "",
        first_name: "Ana",
        last_name: "García",
        locale: "es",
        roles: "system_user",
        teams: channels("town-square", "core"),
      },
    },
    {
      type: "user",
      user: {
        username: "ben",
        email: "ben@example.org",
        nickname: "Benny",
        locale: "en",
        roles: "system_user",
        teams: channels("town-square"),
      },
    },
    {
      type: "user",
      user: {
        username: "gone",
        email: "gone@example.org",
        delete_at: 1700000000000,
        roles: "system_guest",
        teams: channels("town-square"),
      },
    },
    { type: "bot", bot: { username: "robot", display_name: "Robot", owner: "ana" } },
    {
      type: "post",
      post: {
        team: "main",
        channel: "town-square",
        user: "ben",
        message: "third :rocket:",
        create_at: at + 3000,
        is_pinned: true,
        reactions: [{ user: "ana", emoji_name: "heart", create_at: at + 3100 }],
      },
    },
    {
      type: "post",
      post: {
        team: "main",
        channel: "town-square",
        user: "ana",
        message: "first @ben and @channel, `@ben`",
        create_at: at + 1000,
        edit_at: at + 1500,
        replies: [
          {
            user: "ben",
            message: "reply two",
            create_at: at + 5000,
            attachments: [{ path: "20240305/teams/x/pic.png" }],
          },
          { user: "gone", message: "reply one", create_at: at + 2000 },
        ],
      },
    },
    {
      type: "post",
      post: {
        team: "main",
        channel: "town-square",
        user: "robot",
        message: "beep",
        create_at: at + 4000,
        props: { override_username: "Robot 9000" },
      },
    },
    {
      type: "post",
      post: {
        team: "main",
        channel: "town-square",
        user: "ana",
        type: "system_header_change",
        message: "ana updated the channel header",
        create_at: at + 500,
      },
    },
    {
      type: "post",
      post: {
        team: "main",
        channel: "core",
        user: "ana",
        message: "only us",
        create_at: at,
        attachments: [{ path: "20240305/teams/x/missing.pdf" }],
      },
    },
    { type: "post", post: { team: "main", channel: "nowhere", user: "ana", message: "lost", create_at: at } },
    { type: "direct_channel", direct_channel: { members: ["ana", "ben"], header: "" } },
    {
      type: "direct_post",
      direct_post: { channel_members: ["ben", "ana"], user: "ben", message: "psst", create_at: at, flagged_by: null },
    },
    { type: "emoji", emoji: { name: "parrot", image: "x.png" } },
  ];
}
