// The three states of anything that is loaded: waiting, failed, empty.
import type { ComponentChildren } from "preact";
import { ApiError } from "../lib/api.ts";
import { errorText } from "../lib/error_text.ts";
import { t } from "../lib/i18n.ts";
import { toast } from "../lib/toasts.ts";
import { Button } from "./basic.tsx";
import { Icon } from "./icon.tsx";

/** Grey lines in place of `rows` rows. `tall`: for what fills the page, so that nothing below it is seen to move. */
export function Skeleton({ rows = 4, tall }: { rows?: number; tall?: boolean }) {
  return (
    <div class={tall ? "skeleton skeleton-tall" : "skeleton"} role="status" aria-label={t("state.loading")}>
      {Array.from({ length: rows }, (_, i) => <div class="skeleton-row" key={i} />)}
    </div>
  );
}

/** A failed call as a toast. */
export function toastError(error: unknown): void {
  const { title, next } = errorText(error);
  toast({ kind: "error", title, text: next });
}

export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { title, next } = errorText(error);
  // Only a fault of the server is worth looking up in its log.
  const id = error instanceof ApiError && error.status >= 500 ? error.options.requestId : undefined;
  return (
    <div class="notice notice-bad" role="alert">
      <Icon name="alert" />
      <div>
        <strong>{title}</strong>
        <p>{next}</p>
        {id ? <p class="muted small">{t("error.request", { id })}</p> : null}
      </div>
      {onRetry ? <Button small icon="refresh" onClick={onRetry}>{t("action.retry")}</Button> : null}
    </div>
  );
}

export function Empty(
  { icon, title, text, page, children }: {
    icon: string;
    /** It stands right below the page's heading, not in a part with one of its own. */
    page?: boolean;
    /** None where the page's heading says it already. */
    title?: string;
    text?: ComponentChildren;
    children?: ComponentChildren;
  },
) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={32} />
      </span>
      {title ? page ? <h2>{title}</h2> : <h3>{title}</h3> : null}
      {text ? <p>{text}</p> : null}
      {children ? <div class="empty-actions">{children}</div> : null}
    </div>
  );
}

export function Notice(
  { tone = "info", children }: { tone?: "info" | "good" | "warn" | "bad"; children: ComponentChildren },
) {
  return (
    <div class={`notice notice-${tone}`}>
      <Icon name={tone === "good" ? "check" : tone === "info" ? "info" : "alert"} />
      <div>{children}</div>
    </div>
  );
}
