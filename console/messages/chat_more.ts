// Chat: drafts, scheduled messages, settings, commands. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const chatMoreMessages = {
  "chat.groups": { en: "Groups in the channel", es: "Grupos en el canal" },
  "chat.groups.add": { en: "Add a group", es: "Añadir un grupo" },
  "chat.groups.text": {
    en: "Everybody in the group is in the channel, for as long as they are in the group.",
    es: "Quienes están en el grupo están en el canal mientras sigan en el grupo.",
  },
  "chat.groups.stays": {
    en: "Only administrators of the channel can take it out again.",
    es: "Solo los administradores del canal pueden volver a quitarlo.",
  },
  "chat.groups.find": { en: "Find a group", es: "Buscar un grupo" },
  "chat.groups.make": { en: "Make a group", es: "Crear un grupo" },
  "chat.groups.by": { en: "by a group", es: "por un grupo" },
  "chat.groups.remove": { en: "Take the group out", es: "Quitar el grupo" },
  "chat.groups.remove.title": { en: "Take {name} out of the channel?", es: "¿Quitar {name} del canal?" },
  "chat.groups.remove.text": {
    en: "Whoever is here by this group only leaves the channel at once, and does not see its messages any more.",
    es: "Quien esté aquí solo por este grupo sale del canal de inmediato y deja de ver sus mensajes.",
  },
  "nav.chat_admin": { en: "Chat settings", es: "Ajustes del chat" },
  "chat_admin.text": {
    en: "What holds for the chat of the whole organisation.",
    es: "Lo que vale para el chat de toda la organización.",
  },
  "chat_admin.previews": { en: "Link previews", es: "Vistas previas de enlaces" },
  "chat_admin.previews.text": {
    en:
      "The server fetches the title and picture of pages that messages link to. Pages of the internal network are never asked. Previews that are there stay.",
    es:
      "El servidor busca el título y la imagen de las páginas enlazadas en los mensajes. Nunca pregunta a páginas de la red interna. Las vistas previas que ya existen se quedan.",
  },
  "chat_admin.previews.on": { en: "Show link previews", es: "Mostrar vistas previas" },
  "chat_admin.archive": { en: "Silent channels", es: "Canales en silencio" },
  "chat_admin.archive.text": {
    en:
      "A channel in which nobody writes any more can be archived by itself. It announces that first, and any message keeps it. Archived channels can still be read and searched.",
    es:
      "Un canal en el que ya nadie escribe puede archivarse solo. Antes avisa, y cualquier mensaje lo conserva. Los canales archivados se pueden seguir leyendo y buscando.",
  },
  "chat_admin.archive.on": { en: "Archive silent channels", es: "Archivar los canales en silencio" },
  "chat_admin.archive.days": { en: "Days without a message", es: "Días sin mensajes" },
  "chat_admin.archive.hint": {
    en: "A channel can have a number of its own. Direct messages and the channels that everybody joins are left alone.",
    es: "Un canal puede tener su propio número. Los mensajes directos y los canales de todos no se tocan.",
  },
  "chat_admin.archive.bad": { en: "A whole number from 1 to 3650.", es: "Un número entero de 1 a 3650." },
  "hooks.action_url": { en: "Address for clicks (optional)", es: "Dirección para los clics (opcional)" },
  "hooks.action_url.hint": {
    en: "Clicks on the buttons of its messages are told there, signed.",
    es: "Ahí se avisa, con firma, de los clics en los botones de sus mensajes.",
  },
  "hooks.action_secret": { en: "Secret that signs the clicks", es: "Secreto que firma los clics" },
  "hooks.to.chat": { en: "A chat channel", es: "Un canal del chat" },
  "hooks.chat_channel": { en: "Chat channel", es: "Canal del chat" },
  "hooks.chat_channel.choose": { en: "Choose a channel", es: "Elige un canal" },
  "hooks.chat_channel.hint": {
    en: "What is posted becomes a message there, under the webhook's name.",
    es: "Lo que se publique será un mensaje allí, con el nombre del webhook.",
  },
  "commands.title": { en: "Slash commands", es: "Comandos" },
  "commands.text": {
    en:
      "Commands of your own: what people write after the slash is sent to an address, and its answer appears in the chat.",
    es: "Comandos propios: lo que se escribe tras la barra se envía a una dirección y su respuesta aparece en el chat.",
  },
  "commands.empty": { en: "No commands of your own yet", es: "Aún no hay comandos propios" },
  "commands.empty.text": {
    en: "Let people start a build, look up a booking or open a ticket from the chat.",
    es: "Permite lanzar una compilación, consultar una reserva o abrir un tique desde el chat.",
  },
  "commands.new": { en: "New command", es: "Nuevo comando" },
  "commands.name": { en: "Command", es: "Comando" },
  "commands.name.hint": { en: "What people write after the slash.", es: "Lo que se escribe tras la barra." },
  "commands.name.bad": {
    en: "A letter, then letters, digits, - or _; at most 32 characters.",
    es: "Una letra y después letras, cifras, - o _; 32 caracteres como mucho.",
  },
  "commands.url": { en: "Address", es: "Dirección" },
  "commands.url.hint": {
    en: "Gets a signed POST and must answer within 5 seconds.",
    es: "Recibe un POST firmado y debe responder en 5 segundos.",
  },
  "commands.description": { en: "Description", es: "Descripción" },
  "commands.usage": { en: "What follows the command", es: "Qué va tras el comando" },
  "commands.usage.hint": {
    en: "Shown as help, for example: version",
    es: "Se muestra como ayuda, por ejemplo: versión",
  },
  "commands.format": { en: "Body of the call", es: "Cuerpo de la llamada" },
  "commands.format.form": { en: "Form, as Slack sends it", es: "Formulario, como lo envía Slack" },
  "commands.format.json": { en: "JSON", es: "JSON" },
  "commands.last_used": { en: "Last used", es: "Último uso" },
  "commands.last_status": { en: "Last answer", es: "Última respuesta" },
  "commands.no_answer": { en: "No answer", es: "Sin respuesta" },
  "commands.enabled": { en: "Switched on", es: "Activado" },
  "commands.edit": { en: "Edit {name}", es: "Editar {name}" },
  "commands.delete": { en: "Delete {name}", es: "Eliminar {name}" },
  "commands.delete.title": { en: "Delete {name}?", es: "¿Eliminar {name}?" },
  "commands.delete.text": {
    en: "Nobody can use the command any more, and later answers to it are refused.",
    es: "Nadie podrá usar el comando y se rechazarán las respuestas que lleguen más tarde.",
  },
  "commands.deleted": { en: "{name} was deleted", es: "{name} se ha eliminado" },
  "commands.created": { en: "{name} is ready", es: "{name} está listo" },
  "commands.once": {
    en: "Secret and token are shown this once. Give them to the program that answers.",
    es: "El secreto y el token se muestran solo ahora. Dáselos al programa que responde.",
  },
  "commands.secret": { en: "Signing secret", es: "Secreto de la firma" },
  "commands.token": { en: "Token (in every call, as with Slack)", es: "Token (en cada llamada, como en Slack)" },
  "commands.secret.text": {
    en: "Check the signature of each call before you trust it:",
    es: "Comprueba la firma de cada llamada antes de fiarte:",
  },
} satisfies Texts;
