// What the page knows of its connection: in words, and as the line above everything while nothing new can come.
import { now } from "../lib/clock.ts";
import { duration } from "../lib/format.ts";
import { language, t } from "../lib/i18n.ts";
import { retryLive } from "../lib/live/connection.ts";
import { link } from "../lib/live/link.ts";
import { Button } from "./basic.tsx";
import { streamHelpOpen } from "./stream_help.tsx";

/** Live, but by a stream: WebSockets do not get through. */
export const streaming = (): boolean => link.value.state === "live" && link.value.transport === "stream";

/** `link-…` classes of the state, for lights. */
export const linkClass = (): string => `link-${link.value.state}${streaming() ? " link-stream" : ""}`;

/** The state in one or two words. */
export const linkText = (): string => t(streaming() ? "link.stream" : `link.${link.value.state}`);

/** State of the socket in words; while offline with the time to the next try. */
export function Connection({ detailed = false }: { detailed?: boolean }) {
  const { state, retryAt } = link.value;
  const seconds = retryAt ? Math.max(0, Math.ceil((retryAt - now.value) / 1000)) : null;
  return (
    <div class={`link ${linkClass()}`} role="status">
      <span class="link-dot" aria-hidden="true" />
      <span class="link-text">{linkText()}</span>
      {streaming()
        ? (
          <Button
            kind="quiet"
            small
            icon="info"
            label={t("link.stream_why")}
            onClick={() => streamHelpOpen.value = true}
          >
            {t("link.stream_why")}
          </Button>
        )
        : null}
      {state === "offline" && seconds !== null
        ? (
          <>
            <span class="muted link-wait" aria-hidden="true">
              {t("link.retry_in", { time: duration(seconds, language.value) })}
            </span>
            <Button kind="quiet" small onClick={retryLive}>{t("link.retry_now")}</Button>
          </>
        )
        : null}
      {detailed && state === "live" ? <span class="muted">{t("link.live_text")}</span> : null}
    </div>
  );
}

/** Above the page, as long as it hears of nothing. The first try of a connection is no news: nothing moves for it. */
export function LinkLine() {
  const { state, attempt } = link.value;
  const away = state === "offline" || state === "refused" || (state !== "live" && attempt > 0);
  return <div class="link-line">{away ? <Connection /> : null}</div>;
}
