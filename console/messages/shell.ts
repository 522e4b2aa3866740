// The frame of the console: rail, lists of the areas, names of pages that the lists, Ctrl+K and the keys have before the page.
import type { Texts } from "./texts.ts";

export const shellMessages = {
  "nav.roles": { en: "Roles", es: "Roles" },
  "nav.groups": { en: "Groups", es: "Grupos" },
  "nav.service_accounts": { en: "Service accounts", es: "Cuentas de servicio" },
  "nav.transfer": { en: "Import & export", es: "Importar y exportar" },
  "nav.statistics": { en: "Statistics", es: "Estadísticas" },
  "nav.moderation": { en: "Moderation", es: "Moderación" },
  "nav.server_settings": { en: "Server settings", es: "Ajustes del servidor" },
  "nav.organization": { en: "Organisation", es: "Organización" },
  "rail.home": { en: "{name}: home", es: "{name}: inicio" },
  "rail.search": { en: "Go to", es: "Ir a" },
  "rail.list_hide": { en: "Hide the list", es: "Ocultar la lista" },
  "rail.list_show": { en: "Show the list", es: "Mostrar la lista" },
  "rail.waiting": { en: "{n} unread", es: "{n} sin leer" },
  "keys.rail": { en: "Rail", es: "Barra de áreas" },
  "keys.area_before": { en: "Area above", es: "Área de arriba" },
  "keys.area_next": { en: "Area below", es: "Área de abajo" },
  "keys.area_first": { en: "First area", es: "Primera área" },
  "keys.area_last": { en: "Last area", es: "Última área" },
  "keys.list": { en: "Show or hide the list beside the rail", es: "Mostrar u ocultar la lista junto a la barra" },
} satisfies Texts;
