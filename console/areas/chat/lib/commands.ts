// Slash commands: the list that the composer offers, and running one.
import { signal } from "@preact/signals";
import type { Channel } from "../../../../protocol/chat/chat.ts";
import type { CommandInfo, CommandResult } from "../../../../protocol/chat/extras.ts";
import { get, post } from "../../../lib/api.ts";
import { problemText } from "../../../lib/error_text.ts";
import { complain } from "./actions.ts";
import { loadChannel } from "./channels.ts";
import { whispers } from "./live_chat.ts";
import { pushToTimelines } from "./timeline.ts";
import { openChannel, openPanel } from "./view.ts";
import { searchFor } from "./search_request.ts";

export const commands = signal<readonly CommandInfo[]>([]);
let asked = false;

export function loadCommands(): void {
  if (asked) return;
  asked = true;
  get<{ items: CommandInfo[] }>("/commands").then(({ items }) => commands.value = items, () => asked = false);
}

/** @returns what went wrong, in the person's words; null when all is well. */
export async function runCommand(channel: Channel, text: string, rootId: string | null): Promise<string | null> {
  let result: CommandResult;
  try {
    result = await post<CommandResult>(`/channels/${channel.id}/commands`, {
      text,
      root_id: rootId,
      client_id: crypto.randomUUID(),
    });
  } catch (error) {
    return problemText(error);
  }
  if (result.message) pushToTimelines(channel.id, "chat_message", { message: result.message });
  if (result.text) {
    const command = text.slice(1).split(/\s/)[0]!;
    whispers.value = [...whispers.peek().slice(-9), {
      channel_id: channel.id,
      root_id: rootId,
      command,
      text: result.text,
      key: Date.now(),
    }];
  }
  if (result.search !== null && result.search !== undefined) {
    searchFor.value = { query: result.search, round: Date.now() };
    openPanel("search");
  }
  if (result.goto_channel_id) {
    await loadChannel(result.goto_channel_id).then((found) => openChannel(found.id), complain);
  }
  return null;
}
