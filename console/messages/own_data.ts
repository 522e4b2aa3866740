// The own devices, the own data, and the end of the account. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const ownDataMessages = {
  "devices.text": {
    en: "Where you are signed in. If you do not know one of them, sign it out and change your password.",
    es: "Dónde tienes la sesión iniciada. Si no reconoces alguno, cierra su sesión y cambia tu contraseña.",
  },
  "devices.others": { en: "Sign out all others", es: "Cerrar las demás sesiones" },
  "devices.others.text": {
    en: "All devices but this one are signed out within a second. API tokens go on working.",
    es: "Todos los dispositivos menos este cierran la sesión en un segundo. Los tokens de API siguen funcionando.",
  },
  "devices.method.password": { en: "with password", es: "con contraseña" },
  "devices.method.code": { en: "with a code", es: "con un código" },
  "devices.method.passkey": { en: "with a passkey", es: "con una llave de acceso" },
  "devices.method.provider": { en: "with another service", es: "con otro servicio" },
  "devices.method.registration": { en: "since the account was made", es: "desde que se creó la cuenta" },
  "devices.since": { en: "signed in", es: "sesión iniciada" },
  "data.title": { en: "Your data", es: "Tus datos" },
  "data.text": {
    en: "Everything that this server keeps about you, as a zip archive: profile, messages, files and devices. " +
      "What others wrote is in it only where it is part of your direct conversations.",
    es: "Todo lo que este servidor guarda sobre ti, en un archivo zip: perfil, mensajes, archivos y dispositivos. " +
      "Lo que escribieron otras personas solo está si es parte de tus conversaciones directas.",
  },
  "data.start": { en: "Prepare archive", es: "Preparar archivo" },
  "data.preparing": { en: "Preparing your archive", es: "Preparando tu archivo" },
  "data.until": { en: "ready until", es: "disponible hasta" },
  "data.download": { en: "Download", es: "Descargar" },
  "data.gone": { en: "removed", es: "eliminado" },
  "data.remove.title": { en: "Remove this archive?", es: "¿Eliminar este archivo?" },
  "data.remove.text": {
    en: "The archive is removed from the server. Your data stays as it is.",
    es: "El archivo se elimina del servidor. Tus datos siguen como están.",
  },
  "account.delete": { en: "Delete account", es: "Eliminar cuenta" },
  "account.deleted": { en: "Your account was deleted.", es: "Se ha eliminado tu cuenta." },
  "account.delete.title": { en: "Delete your account?", es: "¿Eliminar tu cuenta?" },
  "account.delete.text": {
    en:
      "This cannot be undone. You are signed out everywhere; your profile, picture, drafts, inbox, tokens and files " +
      "that nobody sees are removed. Your messages stay for the others, as those of a deleted user.",
    es:
      "No se puede deshacer. Se cierra tu sesión en todas partes; se eliminan tu perfil, tu foto, los borradores, la " +
      "bandeja, los tokens y los archivos que nadie ve. Tus mensajes quedan para los demás, como de un usuario eliminado.",
  },
  "account.delete.card": {
    en: "Leave this server for good. You may want an archive of your data first.",
    es: "Deja este servidor para siempre. Quizá quieras antes un archivo con tus datos.",
  },
  "account.delete.last_owner": {
    en: "You are the last owner. Make somebody else an owner first, under Users, then delete your account.",
    es: "Eres el último propietario. Nombra antes propietario a otra persona, en Usuarios, y elimina luego tu cuenta.",
  },
  "account.delete.password": { en: "Your password", es: "Tu contraseña" },
} satisfies Texts;
