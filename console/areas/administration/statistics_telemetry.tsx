// What the organisation lets consoles report: two switches that act at once.
import { useState } from "preact/hooks";
import type { AnalyticsSettings } from "../../../protocol/operation/analytics.ts";
import { Card, Checkbox } from "../../components/basic.tsx";
import { Failure } from "../../components/states.tsx";
import { get, put } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { useResource } from "../../lib/resource.ts";
import { can } from "../../lib/session.ts";

const PATH = "/admin/analytics-settings";

export function TelemetrySettings() {
  const settings = useResource((signal) => get<AnalyticsSettings>(PATH, {}, signal), []);
  const [error, setError] = useState<unknown>(null);
  const { data } = settings;
  if (!data) return settings.error ? <Failure error={settings.error} onRetry={settings.reload} /> : null;
  const change = async (more: Partial<AnalyticsSettings>) => {
    setError(null);
    try {
      const saved = await put<AnalyticsSettings>(PATH, { ...data, ...more });
      settings.update(() => saved);
    } catch (problem) {
      setError(problem);
    }
  };
  const fixed = !can("organization.manage");
  return (
    <Card title={t("stats.telemetry")}>
      <div class="stack-form">
        <Checkbox
          kind="switch"
          checked={data.telemetry}
          disabled={fixed}
          onChange={(telemetry) => change({ telemetry })}
        >
          {t("stats.telemetry.on")}
        </Checkbox>
        <Checkbox
          kind="switch"
          checked={data.time_per_person}
          disabled={fixed || !data.telemetry}
          onChange={(time_per_person) => change({ time_per_person })}
        >
          {t("stats.telemetry.person")}
        </Checkbox>
        <p class="muted small">{t("stats.telemetry.forget")}</p>
        {error ? <Failure error={error} /> : null}
      </div>
    </Card>
  );
}
