// What an organisation decides about sessions, parts of the product and maintenance; the server's settings. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const administrationMessages = {
  "limits.title": { en: "Sessions", es: "Sesiones" },
  "limits.max_days": { en: "Sign in again after", es: "Volver a iniciar sesión tras" },
  "limits.max_days.hint": {
    en: "Days, used or not. Empty: as long as it is used.",
    es: "Días, con o sin uso. Vacío: mientras se use.",
  },
  "limits.idle_hours": { en: "Sign out when idle for", es: "Cerrar sesión tras inactividad de" },
  "limits.idle_hours.hint": {
    en: "Hours without a request or an open page. Empty: after seven days.",
    es: "Horas sin peticiones ni páginas abiertas. Vacío: tras siete días.",
  },
  "limits.range": { en: "A whole number from 1 to {max}, or empty.", es: "Un número entero de 1 a {max}, o vacío." },
  "limits.note": {
    en: "Holds at once, for open pages too: who is over the limit has to sign in again.",
    es: "Vale de inmediato, también para páginas abiertas: quien supere el límite tendrá que volver a entrar.",
  },
  "maintenance.title": { en: "Maintenance", es: "Mantenimiento" },
  "maintenance.text": {
    en:
      "While it is on, only administrators may work here. Everybody else reads your text and gets in again afterwards.",
    es: "Mientras esté activo, solo trabajan los administradores. Los demás leen tu texto y vuelven a entrar después.",
  },
  "maintenance.words": { en: "What people read", es: "Lo que lee la gente" },
  "maintenance.words.hint": { en: "For example: we are back at noon.", es: "Por ejemplo: volvemos a mediodía." },
  "maintenance.start": { en: "Close for maintenance", es: "Cerrar por mantenimiento" },
  "maintenance.end": { en: "Open again", es: "Volver a abrir" },
  "maintenance.is_on": {
    en: "Closed for everybody but administrators.",
    es: "Cerrado para todos menos los administradores.",
  },
  "maintenance.confirm": { en: "Close for maintenance?", es: "¿Cerrar por mantenimiento?" },
  "maintenance.confirm.text": {
    en: "People who are no administrators lose their connection at once. Nobody is signed out.",
    es: "Quienes no son administradores pierden la conexión de inmediato. A nadie se le cierra la sesión.",
  },
  "settings.text": {
    en: "What this server runs with, and where each value comes from. Change them where they come from, then restart.",
    es: "Con qué funciona este servidor y de dónde viene cada valor. Cámbialos en su origen y reinicia.",
  },
  "settings.filter": { en: "Find a setting", es: "Buscar un ajuste" },
  "settings.only_set": { en: "Only what somebody has set", es: "Solo lo que alguien ha fijado" },
  "settings.origin.flag": { en: "command line", es: "línea de órdenes" },
  "settings.origin.environment": { en: "environment", es: "entorno" },
  "settings.origin.file": { en: "pulpo.toml", es: "pulpo.toml" },
  "settings.origin.default": { en: "default", es: "por defecto" },
  "settings.yes": { en: "yes", es: "sí" },
  "settings.no": { en: "no", es: "no" },
  "settings.empty": { en: "none", es: "ninguno" },
  "settings.secret": { en: "set, not shown", es: "fijado, no se muestra" },
  "settings.unset": { en: "not set", es: "sin fijar" },
  "settings.none": { en: "No setting matches.", es: "Ningún ajuste coincide." },
  "settings.elsewhere": {
    en: "This server belongs to another organisation",
    es: "Este servidor pertenece a otra organización",
  },
  "settings.elsewhere.text": {
    en: "Only owners of the organisation that it was set up with see its settings.",
    es: "Solo quienes poseen la organización con la que se instaló ven su configuración.",
  },
} satisfies Texts;
