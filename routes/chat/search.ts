// Search in messages and the quick switcher. Mounted before the other message routes: `/messages/search` is no id.
import type { App } from "../../features/context.ts";
import { searchMessages, suggest } from "../../features/chat/mod.ts";
import { searchPage, searchQuery, suggestAnswer, suggestQuery } from "../../protocol/chat/search.ts";
import { answer, createRouter, endpoint, type Router } from "../http/helpers.ts";

const TAGS = ["Search"];
const PERSON = {
  id: "0199c2a0-1111-7c3b-9a51-2f1f3a6f1a10",
  username: "ana",
  display_name: "Ana García",
  avatar_url: null,
  is_bot: false,
};
const CHANNEL = { id: "0199c2a0-2222-7c3b-9a51-2f1f3a6f1a10", name: "despliegues", type: "public" as const };
const FOUND = {
  id: "0199c2a0-5f0e-7c3b-9a51-2f1f3a6f1a10",
  channel_id: CHANNEL.id,
  seq: 412,
  user: PERSON,
  content: "Despliegue terminado sin errores",
  message_type: "text" as const,
  reply_to_id: null,
  root_id: null,
  reply_count: 0,
  last_reply_at: null,
  attachments: [],
  reactions: [],
  mentions: [],
  previews: [],
  system: null,
  is_pinned: false,
  created_at: "2026-03-09T10:30:00.000Z",
  edited_at: null,
  is_deleted: false,
  client_id: null,
  channel: CHANNEL,
  highlights: [{ start: 0, end: 10 }],
  excerpt: { text: "Despliegue terminado sin errores", highlights: [{ start: 0, end: 10 }] },
  score: 0.21,
};

export function searchRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      errors: [404, 503],
      method: "get",
      path: "/messages/search",
      tags: TAGS,
      summary: "Search in messages",
      description: "Only what the caller may read. Words match in any of their English and Spanish forms, with or " +
        'without accents. `"a phrase"`, `prefi*`, `-without`; `from:@ana` `from:me` `in:#channel` `in:@ana` ' +
        "`before:2026-03-09` `after:2026-03` `on:yesterday` `has:file|image|link|reaction|pin` " +
        "`is:thread|pinned|edited|dm|unread|mine`; Spanish names work as well (`de:` `en:` `antes:` `despues:` `el:` " +
        "`tiene:` `es:`). Items are messages with `channel`, `highlights` (UTF-16 offsets into `content`), `excerpt` " +
        "and `score` added. 422 names the place in `q` that cannot be understood, 503 `timeout` after 5 s.",
      request: { query: searchQuery },
      responses: {
        200: answer(searchPage, "One page", {
          items: [FOUND],
          next_cursor: null,
          total: { count: 1, more: false },
          notes: [],
        }),
      },
    }),
    async (c) => c.json(await searchMessages(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      method: "get",
      path: "/search/suggest",
      tags: TAGS,
      summary: "Channels and people for a quick switcher",
      description:
        "By a part of the name, with or without accents; names that begin with it first, then what was used " +
        "last. The caller's channels, public ones to join, and people. `#` in front: only channels, `@`: only people.",
      request: { query: suggestQuery },
      responses: {
        200: answer(suggestAnswer, "At most `limit` of them", {
          items: [
            { kind: "channel", channel: CHANNEL, is_member: true, members: [] },
            { kind: "user", user: PERSON, channel_id: null },
          ],
        }),
      },
    }),
    async (c) => c.json(await suggest(c.var.ctx, c.req.valid("query")), 200),
  );
  return router;
}
