// Roles, and what tokens may do: a sentence for every scope (a test asks for each of them), presets. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const rightsMessages = {
  "scope.notify": {
    en: "Send notifications and follow channels live.",
    es: "Enviar notificaciones y seguir canales en vivo.",
  },
  "scope.agents.read": {
    en: "See the agents on managed machines.",
    es: "Ver los agentes de las máquinas gestionadas.",
  },
  "scope.agents.manage": {
    en: "Let agents of machines in, change and remove them.",
    es: "Incorporar, cambiar y retirar agentes de máquinas.",
  },
  "scope.alerts.manage": {
    en: "Change at which values of the statistics somebody is alerted.",
    es: "Cambiar con qué valores de las estadísticas se avisa.",
  },
  "scope.audit.read": { en: "Read who did what in the audit log.", es: "Leer en la auditoría quién hizo qué." },
  "scope.channels.subscribe": {
    en: "Follow channels live, over a socket or a stream.",
    es: "Seguir canales en vivo, por socket o stream.",
  },
  "scope.chat.channels.create": { en: "Make chat channels.", es: "Crear canales de chat." },
  "scope.chat.export": { en: "Export all of the chat as an archive.", es: "Exportar todo el chat como archivo." },
  "scope.chat.import": { en: "Import chats from other products.", es: "Importar chats de otros productos." },
  "scope.chat.manage": {
    en: "Change chat settings, commands, default channels and the filter.",
    es: "Cambiar ajustes del chat, comandos, canales predeterminados y el filtro.",
  },
  "scope.chat.moderate": {
    en: "See and decide reports; warn, mute and ban people.",
    es: "Ver y decidir reportes; advertir, silenciar y expulsar personas.",
  },
  "scope.chat.purge": {
    en: "Delete channels with all messages for good.",
    es: "Borrar canales con todos sus mensajes.",
  },
  "scope.chat.read": {
    en: "Read the channels and messages that you may read.",
    es: "Leer los canales y mensajes que tú puedes leer.",
  },
  "scope.chat.send": { en: "Write messages in your name.", es: "Escribir mensajes en tu nombre." },
  "scope.dashboard.read": { en: "Read the figures of the dashboard.", es: "Leer las cifras del panel." },
  "scope.media.read": { en: "Read files that you may read.", es: "Leer los archivos que tú puedes leer." },
  "scope.media.upload": { en: "Upload files.", es: "Subir archivos." },
  "scope.metrics.read": {
    en: "Read the server's metrics, for Prometheus.",
    es: "Leer las métricas del servidor, para Prometheus.",
  },
  "scope.notifications.read": {
    en: "Read your inbox and mark it as read.",
    es: "Leer tu bandeja y marcarla como leída.",
  },
  "scope.notify.send": { en: "Send notifications.", es: "Enviar notificaciones." },
  "scope.organization.manage": {
    en: "Change the organisation: its name, roles, sign-up, second factor, sessions and which parts are on.",
    es: "Cambiar la organización: nombre, roles, registro, segundo factor, sesiones y qué partes están activas.",
  },
  "scope.organization.close": {
    en: "Close the organisation for maintenance and open it again.",
    es: "Cerrar la organización por mantenimiento y volver a abrirla.",
  },
  "scope.scim": {
    en: "Let a provider of identities manage people and groups (SCIM).",
    es: "Dejar que un proveedor de identidades gestione personas y grupos (SCIM).",
  },
  "scope.scim.provision": {
    en: "Manage people and groups by SCIM, with an API token.",
    es: "Gestionar personas y grupos por SCIM, con un token de API.",
  },
  "scope.server.settings": { en: "See what the server is set to.", es: "Ver la configuración del servidor." },
  "scope.profile.manage": {
    en: "Change your profile, picture, status and password.",
    es: "Cambiar tu perfil, foto, estado y contraseña.",
  },
  "scope.second_factor.manage": {
    en: "Change how one signs in (second factor, passkeys); a token cannot.",
    es: "Cambiar cómo se entra (segundo factor, llaves de acceso); un token no puede.",
  },
  "scope.retention.manage": {
    en: "Change for how long messages and files are kept.",
    es: "Cambiar cuánto tiempo se guardan mensajes y archivos.",
  },
  "scope.stats.read": { en: "Read statistics of use and moderation.", es: "Leer estadísticas de uso y moderación." },
  "scope.tokens.manage": { en: "Make and revoke your API tokens.", es: "Crear y revocar tus tokens." },
  "scope.users.invite": {
    en: "Invite people, up to the own role.",
    es: "Invitar a personas, hasta el rol propio.",
  },
  "scope.users.manage": {
    en: "Create, change and delete accounts.",
    es: "Crear, cambiar y eliminar cuentas.",
  },
  "scope.users.read": {
    en: "Read who is in the organisation and online.",
    es: "Leer quién está en la organización y en línea.",
  },
  "scope.webhooks.manage": { en: "Make, change and delete webhooks.", es: "Crear, cambiar y eliminar webhooks." },

  "tokens.presets": { en: "For", es: "Para" },
  "tokens.preset.notify": { en: "Sending notifications", es: "Enviar notificaciones" },
  "tokens.preset.listen": { en: "Listening live", es: "Escuchar en vivo" },
  "tokens.preset.bot": { en: "A chat bot", es: "Un bot de chat" },
  "tokens.preset.read": { en: "Reading only", es: "Solo leer" },
  "tokens.preset.metrics": { en: "Metrics", es: "Métricas" },
  "tokens.preset.people": { en: "Managing people", es: "Gestionar personas" },
  "tokens.preset.scim": { en: "A provider of identities (SCIM)", es: "Un proveedor de identidades (SCIM)" },
} satisfies Texts;
