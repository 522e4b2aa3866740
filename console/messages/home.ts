// Home and the first steps of a new organisation. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const homeMessages = {
  "steps.title": { en: "First steps", es: "Primeros pasos" },
  "steps.progress": { en: "{done} of {n} done", es: "{done} de {n} hechos" },
  "steps.done": { en: "Done", es: "Hecho" },
  "steps.open": { en: "To do", es: "Pendiente" },
  "steps.all_done": { en: "Everything is set up.", es: "Todo está preparado." },
  "steps.hide": { en: "Put away", es: "Ocultar" },
  "steps.hidden": {
    en: "The first steps are put away. The end of this page brings them back.",
    es: "Los primeros pasos están ocultos. Al final de esta página se pueden recuperar.",
  },
  "steps.show": { en: "Show the first steps again", es: "Mostrar de nuevo los primeros pasos" },
  "steps.people": { en: "Bring people in", es: "Añade personas" },
  "steps.people.text": {
    en: "Everybody who comes is a member of #general and can be written to at once.",
    es: "Quien llega es miembro de #general y ya se le puede escribir.",
  },
  "steps.people.action": { en: "Invite people", es: "Invitar a personas" },
  "steps.message": { en: "Write the first message", es: "Escribe el primer mensaje" },
  "steps.message.text": {
    en: "The channel #general is there; make others for teams and topics.",
    es: "El canal #general ya existe; crea otros para equipos y temas.",
  },
  "steps.message.action": { en: "Open chat", es: "Abrir el chat" },
  "steps.notification": { en: "Send a notification from a program", es: "Envía una notificación desde un programa" },
  "steps.notification.text": {
    en: "Make an API token with the scope notify; the Live page shows what comes in.",
    es: "Crea un token de API con el permiso notify; la página En vivo muestra lo que llega.",
  },
  "steps.notification.action": { en: "Make a token", es: "Crear un token" },
  "steps.mail": { en: "Connect a mail server", es: "Conecta un servidor de correo" },
  "steps.mail.text": {
    en: "Set PULPO_SMTP_URL and PULPO_MAIL_FROM and restart: then who is away gets mail.",
    es: "Define PULPO_SMTP_URL y PULPO_MAIL_FROM y reinicia: así quien no está recibe correos.",
  },
  "steps.backup": { en: "Make a backup", es: "Haz una copia de seguridad" },
  "steps.backup.text": {
    en: "On the server, while it runs; put the command into a schedule and keep the copy elsewhere.",
    es: "En el servidor, mientras funciona; programa el comando y guarda la copia en otro lugar.",
  },
} satisfies Texts;
