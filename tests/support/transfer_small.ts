// Small archives around the rows that a test is about.
import type { ArchiveContent } from "./transfer_archives.ts";

/** A small Slack export around some rows: two people, one channel. */
export function smallSlackExport(
  days: Record<string, unknown[]>,
  more: ArchiveContent = {},
  folder = "gen",
): ArchiveContent {
  return {
    "users.json": [
      {
        id: "U01",
        name: "ana.perez",
        profile: { email: "ana@slack.test", display_name: "Ana", real_name: "Ana Pérez" },
      },
      { id: "U02", name: "BEN", profile: { email: "ben@slack.test", display_name: "" }, real_name: "Ben" },
    ],
    "channels.json": [{
      id: "C01",
      name: folder,
      created: 1600000000,
      creator: "U01",
      members: ["U01", "U02", "U03"],
      topic: { value: "" },
      purpose: { value: "" },
    }],
    ...Object.fromEntries(Object.entries(days).map(([day, rows]) => [`${folder}/${day}.json`, rows])),
    ...more,
  };
}

/** A small Mattermost export around some rows: two people, one channel. */
export function smallMattermostExport(rows: unknown[]): string {
  const teams = [{ name: "eng", roles: "team_user", channels: [{ name: "town-square", roles: "channel_user" }] }];
  return [
    { type: "version", version: 1, info: { generator: "mattermost-server" } },
    { type: "team", team: { name: "eng", display_name: "Engineering", type: "O" } },
    {
      type: "channel",
      channel: {
        team: "eng",
        name: "town-square",
        display_name: "Town Square",
        type: "O",
        header: "see [docs](https://x.test)",
      },
    },
    { type: "user", user: { username: "ana", email: "ana@mm.test", first_name: "Ana", roles: "system_user", teams } },
    { type: "user", user: { username: "ben.o-neil", email: "ben@mm.test", roles: "system_user", teams } },
    ...rows,
  ].map((row) => typeof row === "string" ? row : JSON.stringify(row)).join("\n") + "\n";
}
