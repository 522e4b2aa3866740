// The server as it sees itself: version, uptime, parts; and where its documentation is.
import { outer, serverUrl } from "../../lib/base.ts";
import { useEffect } from "preact/hooks";
import { Badge, Button, Card, LinkButton, PageHead, Time } from "../../components/basic.tsx";
import { Logo } from "../../components/icon.tsx";
import { Failure, Skeleton } from "../../components/states.tsx";
import { address, ApiError, TIMEOUT_MS, toError } from "../../lib/api.ts";
import { duration } from "../../lib/format.ts";
import { language, t, tryT } from "../../lib/i18n.ts";
import { useResource } from "../../lib/resource.ts";
import type { Health } from "../../lib/types.ts";

/** 503 is an answer here: a server that is down says which part is. */
async function loadHealth(signal: AbortSignal): Promise<Health> {
  const response = await fetch(outer(address("//health")), {
    headers: { Accept: "application/json" },
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  }).catch(() => {
    throw new ApiError("network", 0, "");
  });
  if (response.status !== 200 && response.status !== 503) throw await toError(response);
  const body = await response.json().catch(() => null);
  if (!body?.services) throw new ApiError("bad_answer", response.status, "");
  return body;
}

const tone = (status: string) => status === "ok" ? "good" : status === "degraded" ? "warn" : "bad";

export function AboutPage() {
  const health = useResource(loadHealth, []);
  useEffect(() => {
    const timer = setInterval(health.reload, 10_000);
    return () => clearInterval(timer);
  }, []);
  const state = health.data;
  return (
    <>
      <PageHead title={t("nav.about")} text={t("about.text")}>
        <Button icon="refresh" busy={health.loading && !!state} onClick={health.reload}>{t("action.refresh")}</Button>
      </PageHead>
      {health.error ? <Failure error={health.error} onRetry={health.reload} /> : null}
      {!state ? health.error ? null : <Skeleton rows={4} /> : (
        <div class="columns">
          <Card
            title={t("about.health")}
            actions={<Badge tone={tone(state.status)}>{t(`health.${state.status}`)}</Badge>}
          >
            <ul class="services">
              {Object.entries(state.services).map(([name, service]) => (
                <li key={name}>
                  <span class={`status-dot status-${tone(service.status)}`} aria-hidden="true" />
                  <span>
                    <strong>{tryT(`service.${name}`) ?? name}</strong>
                    {service.kind
                      ? <span class="muted">{tryT(`service.kind.${service.kind}`) ?? service.kind}</span>
                      : null}
                  </span>
                  <span class="muted">{service.latency_ms !== undefined ? `${service.latency_ms} ms` : ""}</span>
                  <Badge tone={tone(service.status)}>{tryT(`health.${service.status}`) ?? service.status}</Badge>
                </li>
              ))}
            </ul>
          </Card>
          <Card title={t("about.server")}>
            <div class="about">
              <Logo size={48} />
              <div>
                <strong>Pulpo {state.version}</strong>
                <span class="muted">{t("about.licence")}</span>
              </div>
            </div>
            <dl class="details">
              <div>
                <dt>{t("about.uptime")}</dt>
                <dd>{duration(state.uptime_seconds, language.value)}</dd>
              </div>
              <div>
                <dt>{t("about.server_time")}</dt>
                <dd>
                  <Time value={state.timestamp} mode="absolute" />
                </dd>
              </div>
              <div>
                <dt>{t("about.address")}</dt>
                <dd>
                  <code>{serverUrl()}</code>
                </dd>
              </div>
            </dl>
            <div class="form-actions">
              <LinkButton icon="doc" href="/docs">{t("about.docs")}</LinkButton>
              <LinkButton icon="download" href="/openapi.json" download="openapi.json">OpenAPI</LinkButton>
              <LinkButton icon="download" href="/asyncapi.json" download="asyncapi.json">AsyncAPI</LinkButton>
            </div>
          </Card>
        </div>
      )}
    </>
  );
}
