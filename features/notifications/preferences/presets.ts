// Sets of event types that the console labels and groups. A preset only describes: any snake_case type may be sent.
import type { Preset } from "../../../protocol/notifications/notifications.ts";

const thing = (group: string, en: string, es: string, icon: string) =>
  ([["creado", "created"], ["actualizado", "updated"], ["eliminado", "deleted"]] as const).map(([verb, enVerb]) => ({
    type: `${group}_${verb}`,
    label: { en: `${en} ${enVerb}`, es: `${es} ${verb}` },
    icon,
    group,
  }));

/** The events of a tourism agency: users, bookings, services, recommendations and the catalogue. */
const TOURISM: Preset = {
  name: "tourism",
  types: [
    {
      type: "usuario_registrado",
      label: { en: "User registered", es: "Usuario registrado" },
      icon: "user-plus",
      group: "usuario",
    },
    {
      type: "usuario_inicio_sesion",
      label: { en: "User signed in", es: "Inicio de sesión" },
      icon: "log-in",
      group: "usuario",
    },
    {
      type: "reserva_creada",
      label: { en: "Booking made", es: "Reserva creada" },
      icon: "calendar-plus",
      group: "reserva",
    },
    {
      type: "reserva_actualizada",
      label: { en: "Booking changed", es: "Reserva actualizada" },
      icon: "calendar-check",
      group: "reserva",
    },
    {
      type: "reserva_cancelada",
      label: { en: "Booking cancelled", es: "Reserva cancelada" },
      icon: "calendar-x",
      group: "reserva",
    },
    {
      type: "servicio_contratado",
      label: { en: "Service hired", es: "Servicio contratado" },
      icon: "briefcase",
      group: "servicio",
    },
    {
      type: "recomendacion_creada",
      label: { en: "Recommendation published", es: "Recomendación creada" },
      icon: "star",
      group: "recomendacion",
    },
    ...thing("tour", "Tour", "Tour", "map"),
    ...thing("servicio", "Service", "Servicio", "briefcase"),
    ...thing("destino", "Destination", "Destino", "map-pin"),
    ...thing("guia", "Guide", "Guía", "compass"),
  ],
};

/** What the chat itself tells people beside messages. */
const CHAT: Preset = {
  name: "chat",
  types: [
    { type: "reminder", label: { en: "Reminder", es: "Recordatorio" }, icon: "clock", group: "chat" },
    {
      type: "scheduled_failed",
      label: { en: "Scheduled message not sent", es: "Mensaje programado sin enviar" },
      icon: "alert",
      group: "chat",
    },
    {
      type: "channel_archive_notice",
      label: { en: "Channel will be archived", es: "Un canal se archivará" },
      icon: "archive",
      group: "chat",
    },
  ],
};

/** What concerns a person's own account. */
const ACCOUNT: Preset = {
  name: "account",
  types: [
    {
      type: "security_notice",
      label: { en: "Security of your account", es: "Seguridad de tu cuenta" },
      icon: "lock",
      group: "account",
    },
  ],
};

/** What the accounts tell those who manage people. */
const ACCOUNTS: Preset = {
  name: "accounts",
  types: [{
    type: "sign_up_waiting",
    label: { en: "Somebody wants to come in", es: "Alguien quiere entrar" },
    icon: "user-plus",
    group: "accounts",
  }],
};

export const PRESETS: readonly Preset[] = [TOURISM, CHAT, ACCOUNT, ACCOUNTS];
