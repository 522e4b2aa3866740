// What the frame around the pages says, and what more than one area does: loaded for everybody who is signed in. See messages.ts.
import { chatMessages } from "../messages/chat.ts";
import { chatMoreMessages } from "../messages/chat_more.ts";
import { keyMessages } from "../messages/keys.ts";
import { noteMessages } from "../messages/notes.ts";
import { peopleMessages } from "../messages/people.ts";
import { pushMessages } from "../messages/push.ts";
import { rightsMessages } from "../messages/rights.ts";
import { searchMessages } from "../messages/search.ts";
import { shellMessages } from "../messages/shell.ts";
import type { Texts } from "../messages/texts.ts";

export default {
  ...chatMessages,
  ...chatMoreMessages,
  ...keyMessages,
  ...noteMessages,
  ...peopleMessages,
  ...pushMessages,
  ...rightsMessages,
  ...searchMessages,
  ...shellMessages,
} satisfies Texts;
