// The search in messages, as a panel of the channel.
import type { Channel } from "../../../protocol/chat.ts";
import { t } from "../../lib/i18n.ts";
import { Panel } from "./panel.tsx";

export function SearchSide({ channel: _channel }: { channel: Channel }) {
  return (
    <Panel title={t("chat.search")}>
      <div class="panel-body" />
    </Panel>
  );
}
