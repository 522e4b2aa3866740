// All texts of the console in all languages, for tests of what it says: in the browser each area loads its own.
import { addTexts } from "../../console/lib/i18n.ts";
import { addServerTexts } from "../../console/lib/server_texts.ts";
import { messages } from "../../console/messages.ts";
import SERVER_TEXTS from "../../console/messages/server_texts.ts";

addTexts(messages);
addServerTexts(SERVER_TEXTS);
