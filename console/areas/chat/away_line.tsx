// On a phone a conversation has the whole screen, and the light of the connection is not on it: while the page does not
// hear of what happens, the second line of the heading says so. It stands where another line stood, so nothing moves.
import { t } from "../../lib/i18n.ts";
import { link } from "../../lib/live/link.ts";

/** Right before the line that it stands in for. */
export function AwayLine() {
  const { state, attempt } = link.value;
  // The first connection of a page is no news.
  const away = state !== "live" && (state !== "connecting" || attempt > 0);
  return (
    <p class={`away-line away-${state}`} role="status">
      {away
        ? (
          <>
            <span class="away-dot" aria-hidden="true" />
            <span>{t(`link.${state}`)}</span>
          </>
        )
        : null}
    </p>
  );
}
