// The search in messages, as a panel beside the channel. What it is asked for from elsewhere (a command, Ctrl+K) is taken
// over as its first query.
import type { Channel } from "../../../protocol/chat/chat.ts";
import { searchFor } from "./lib/search_request.ts";
import { focusComposer } from "./lib/focus.ts";
import { closePanel } from "./lib/view.ts";
import { t } from "../../lib/i18n.ts";
import { navigate } from "../../lib/router.ts";
import { Panel } from "./panel.tsx";
import { SearchPanel } from "./search.tsx";

export function SearchSide({ channel }: { channel: Channel }) {
  const asked = searchFor.value;
  return (
    <Panel title={t("chat.search")} class="search-side">
      <SearchPanel
        key={asked?.round ?? 0}
        channelId={channel.id}
        initialQuery={asked?.query ?? ""}
        onClose={() => {
          closePanel();
          focusComposer();
        }}
        onJump={(found) => {
          // On a screen with room the results stay beside the message.
          const stay = !found.root_id && matchMedia("(min-width: 1181px)").matches ? "?panel=search" : "";
          const thread = found.root_id ? `?thread=${found.root_id}` : stay;
          navigate(`/chat/${found.channel_id}/${found.root_id ?? found.id}${thread}`);
        }}
      />
    </Panel>
  );
}
