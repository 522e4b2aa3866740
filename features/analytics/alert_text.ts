// Alerts in words, in the reader's language. The console words them itself from the data.
import type { AlertIncident, AlertMetric } from "../../protocol/operation/analytics.ts";

const NAMES: Record<AlertMetric, { en: string; es: string; unit?: string }> = {
  messages_per_minute: { en: "Messages per minute", es: "Mensajes por minuto" },
  active_users: { en: "Active users", es: "Usuarios activos" },
  connections: { en: "Connections", es: "Conexiones" },
  delivery_latency_p95_ms: { en: "Delivery time (p95)", es: "Tiempo de entrega (p95)", unit: " ms" },
  connection_errors_per_minute: { en: "Connection errors per minute", es: "Errores de conexión por minuto" },
  reports_pending: { en: "Reports that wait", es: "Denuncias pendientes" },
  event_loop_lag_ms: { en: "Delay of the event loop", es: "Retraso del bucle de eventos", unit: " ms" },
  memory_mb: { en: "Memory", es: "Memoria", unit: " MB" },
  cpu_percent: { en: "Processor", es: "Procesador", unit: " %" },
};

export function alertText(
  alert: Pick<AlertIncident, "metric" | "direction" | "limit" | "value" | "resolved_value">,
  state: "firing" | "resolved",
  language: "en" | "es",
): string {
  const { unit = "", ...names } = NAMES[alert.metric];
  const show = (value: number) =>
    `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value)}${unit}`;
  const above = alert.direction === "above";
  if (state === "firing") {
    return language === "es"
      ? `${names.es}: ${show(alert.value)}, ${above ? "por encima" : "por debajo"} de ${show(alert.limit)}`
      : `${names.en}: ${show(alert.value)}, ${above ? "above" : "below"} ${show(alert.limit)}`;
  }
  const value = show(alert.resolved_value ?? alert.value);
  return language === "es" ? `${names.es}: de nuevo normal (${value})` : `${names.en}: normal again (${value})`;
}
