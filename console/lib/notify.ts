// What the sender form makes: the body of POST /notify, its curl line, and the nine samples.
import { channels, NOTIFY_NAME } from "../../protocol/wire/channels.ts";

export interface NotifyBody {
  type: string;
  message: string;
  data?: unknown;
  channel?: string;
  user_ids?: string[];
  persist?: boolean;
}

/** The channel that someone means who types a name, with or without `notify:`; null when it cannot be one. */
export function notifyChannel(text: string): string | null {
  const name = text.trim().replace(/^notify:/, "");
  return NOTIFY_NAME.test(name) ? channels.notify(name) : null;
}

export const TYPE_PATTERN = /^[a-z][a-z0-9_]{0,63}$/;

/** Reads the data field: empty is none. @returns the value, or why it is not JSON (the engine's words). */
export function parseData(text: string): { ok: true; value: unknown } | { ok: false; reason: string } {
  if (!text.trim()) return { ok: true, value: undefined };
  try {
    const value = JSON.parse(text);
    if (value === null || typeof value !== "object") return { ok: false, reason: "not an object" };
    return { ok: true, value };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** A line for a POSIX shell; the token is named, never written in. */
export function curlNotify(origin: string, body: NotifyBody, token = "$PULPO_TOKEN"): string {
  const json = JSON.stringify(body).replaceAll("'", `'\\''`);
  return [
    `curl -X POST ${origin}/notify`,
    `  -H "Authorization: Bearer ${token}"`,
    `  -H "Content-Type: application/json"`,
    `  -d '${json}'`,
  ].join(" \\\n");
}

/** The same call in Python, with the standard library only. */
export function pythonNotify(origin: string, body: NotifyBody, token: string): string {
  return [
    "import json, urllib.request",
    "",
    "request = urllib.request.Request(",
    `    "${origin}/notify",`,
    `    data=json.dumps(${pythonLiteral(body)}).encode(),`,
    `    headers={"Authorization": "Bearer ${token}", "Content-Type": "application/json"},`,
    ")",
    "print(urllib.request.urlopen(request).read().decode())",
  ].join("\n");
}

function pythonLiteral(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value === "object") {
    const parts = Object.entries(value).filter(([, v]) => v !== undefined);
    return `{${parts.map(([k, v]) => `${JSON.stringify(k)}: ${pythonLiteral(v)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}

/** One of each kind of event of the tourism preset, as its own senders would make them. */
export const SAMPLES: NotifyBody[] = [
  {
    type: "usuario_registrado",
    message: "Nuevo usuario registrado: Juan Pérez",
    data: { usuario_id: "u-1001", nombre: "Juan Pérez", email: "juan@example.com", rol: "turista" },
  },
  {
    type: "usuario_inicio_sesion",
    message: "Juan Pérez ha iniciado sesión",
    data: { usuario_id: "u-1001", nombre: "Juan Pérez" },
  },
  {
    type: "reserva_creada",
    message: "Nueva reserva: Tour Amazonas para 2 personas",
    data: { reserva_id: "r-2001", tour: "Tour Amazonas", personas: 2, total: 480 },
  },
  {
    type: "reserva_actualizada",
    message: "Reserva r-2001 confirmada",
    data: { reserva_id: "r-2001", estado: "confirmada" },
  },
  {
    type: "reserva_cancelada",
    message: "Reserva r-1987 cancelada por el cliente",
    data: { reserva_id: "r-1987", motivo: "cambio de fechas" },
  },
  {
    type: "servicio_contratado",
    message: "Traslado al aeropuerto contratado por Ana Gómez",
    data: { servicio_id: "s-301", servicio: "Traslado al aeropuerto", cliente: "Ana Gómez" },
  },
  {
    type: "recomendacion_creada",
    message: "Nueva recomendación: Mirador del Cóndor (5 de 5)",
    data: { recomendacion_id: "rec-77", destino: "Mirador del Cóndor", calificacion: 5 },
  },
  {
    type: "tour_actualizado",
    message: "Tour Islas Galápagos: nuevo precio",
    data: { tour_id: "t-12", nombre: "Islas Galápagos", precio: 1290 },
  },
  {
    type: "destino_creado",
    message: "Nuevo destino disponible: Baños de Agua Santa",
    data: { destino_id: "d-45", nombre: "Baños de Agua Santa", provincia: "Tungurahua" },
  },
];
