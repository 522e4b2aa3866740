// What became of an outgoing webhook's deliveries: state, answer, what was sent; and sending one again.
import { useEffect, useState } from "preact/hooks";
import { guarded } from "../../components/guarded.tsx";
import { Badge, Button, Code, Time } from "../../components/basic.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Empty, Failure, Notice } from "../../components/states.tsx";
import { type Column, PagedTable } from "../../components/table.tsx";
import { post } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { usePages } from "../../lib/resource.ts";
import type { OutgoingWebhook, WebhookDelivery } from "../../lib/types.ts";

export const DeliveryLog = guarded(
  function DeliveryLog({ hook, onClose }: { hook: OutgoingWebhook; onClose: () => void }) {
    const [status, setStatus] = useState("");
    const [open, setOpen] = useState<WebhookDelivery | null>(null);
    const pages = usePages<WebhookDelivery>(`/webhooks/outgoing/${hook.id}/deliveries`, { status });
    const [error, setError] = useState<unknown>(null);
    const unfinished = pages.items?.some((item) => item.status === "pending") ?? true;
    // A delivery is a job: look again while one is on its way.
    useEffect(() => {
      if (!unfinished) return;
      const timer = setInterval(pages.reload, 3_000);
      return () => clearInterval(timer);
    }, [unfinished]);
    const resend = async (delivery: WebhookDelivery) => {
      setError(null);
      try {
        await post(`/webhooks/outgoing/deliveries/${delivery.id}/resend`, {});
        pages.reload();
      } catch (problem) {
        setError(problem);
      }
    };
    const tone = { delivered: "good", failed: "bad", pending: "plain" } as const;
    const columns: Column<WebhookDelivery>[] = [
      {
        key: "event",
        label: t("hooks.event"),
        main: true,
        cell: (item) => (
          <span class="stack">
            <code>{item.event}</code>
            <span class="muted small">
              <Time value={item.created_at} />
            </span>
          </span>
        ),
      },
      {
        key: "status",
        label: t("user.state"),
        cell: (item) => <Badge tone={tone[item.status]}>{t(`delivery_status.${item.status}`)}</Badge>,
      },
      {
        key: "answer",
        label: t("hooks.answer"),
        cell: (item) => <StatusBadge status={item.response_status ?? (item.attempts ? 0 : null)} />,
      },
      { key: "attempts", label: t("hooks.attempts"), narrow: true, cell: (item) => item.attempts },
      {
        key: "actions",
        label: t("table.actions"),
        actions: "buttons",
        cell: (item) => (
          <Button
            small
            icon="refresh"
            onClick={() => resend(item)}
            disabled={item.status === "pending"}
          >
            {t("hooks.resend")}
          </Button>
        ),
      },
    ];
    return (
      <Dialog title={t("hooks.log.title", { name: hook.name })} onClose={onClose} wide>
        <div class="toolbar">
          <select
            class="input input-small"
            aria-label={t("user.state")}
            value={status}
            onChange={(event) => setStatus(event.currentTarget.value)}
          >
            <option value="">{t("hooks.log.all")}</option>
            {(["pending", "delivered", "failed"] as const).map((name) => (
              <option key={name} value={name}>{t(`delivery_status.${name}`)}</option>
            ))}
          </select>
          <span class="toolbar-gap" />
          <Button small icon="refresh" busy={pages.loading && !!pages.items} onClick={pages.reload}>
            {t("action.refresh")}
          </Button>
        </div>
        {error ? <Failure error={error} /> : null}
        <PagedTable
          pages={pages}
          columns={columns}
          caption={t("hooks.log")}
          onOpen={(item) => setOpen(open?.id === item.id ? null : item)}
          empty={<Empty icon="clock" title={t("hooks.log.empty")} text={t("hooks.log.empty.text")} />}
        />
        {open
          ? (
            <div class="delivery">
              <h3>{t("hooks.delivery", { event: open.event })}</h3>
              {open.error ? <Notice tone="bad">{open.error}</Notice> : null}
              <dl class="details">
                <div>
                  <dt>ID</dt>
                  <dd>
                    <code>{open.id}</code>
                  </dd>
                </div>
                <div>
                  <dt>{t("hooks.last_attempt")}</dt>
                  <dd>
                    <Time value={open.last_attempt_at} mode="absolute" />
                  </dd>
                </div>
                <div>
                  <dt>{t("hooks.duration")}</dt>
                  <dd>{open.duration_ms === null ? "–" : `${open.duration_ms} ms`}</dd>
                </div>
              </dl>
              <h4>{t("hooks.request")}</h4>
              <Code text={pretty(open.request_body)} />
              {open.response_body
                ? (
                  <>
                    <h4>{t("hooks.response")}</h4>
                    <Code text={open.response_body} />
                  </>
                )
                : null}
            </div>
          )
          : null}
      </Dialog>
    );
  },
);

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

/** HTTP status of a delivery in its tone; 0 means that nobody answered. */
export function StatusBadge({ status }: { status: number | null }) {
  if (status === null) return <span class="muted">{t("hooks.no_attempt")}</span>;
  if (status === 0) return <Badge tone="bad">{t("hooks.no_answer")}</Badge>;
  return <Badge tone={status < 300 ? "good" : "bad"}>{String(status)}</Badge>;
}
