// API tokens. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const tokenMessages = {
  "table.actions": { en: "Actions", es: "Acciones" },
  "tokens.text": {
    en: "For programs that send or read in your name.",
    es: "Para programas que envían o leen en tu nombre.",
  },
  "tokens.new": { en: "New token", es: "Nuevo token" },
  "tokens.create": { en: "Create token", es: "Crear token" },
  "tokens.created": { en: "Token {name}", es: "Token {name}" },
  "tokens.name": { en: "Name", es: "Nombre" },
  "tokens.name.hint": {
    en: "The program that uses it, such as booking-api.",
    es: "El programa que lo usa, por ejemplo reservas-api.",
  },
  "tokens.scopes": { en: "May do", es: "Puede hacer" },
  "tokens.scopes.none": { en: "Choose at least one.", es: "Elige al menos uno." },
  "tokens.last_used": { en: "Last used", es: "Último uso" },
  "tokens.expires": { en: "Ends", es: "Termina" },
  "tokens.expired": { en: "Ended", es: "Terminado" },
  "tokens.no_end": { en: "No end", es: "Sin fin" },
  "tokens.lifetime": { en: "Valid for", es: "Válido por" },
  "tokens.lifetime.none_hint": {
    en: "A token without an end should be replaced now and then.",
    es: "Un token sin fin conviene cambiarlo de vez en cuando.",
  },
  "tokens.days": { en: "{n} day|{n} days", es: "{n} día|{n} días" },
  "tokens.empty": { en: "No tokens yet", es: "Aún no hay tokens" },
  "tokens.empty.text": {
    en: "Create one to send notifications from a program.",
    es: "Crea uno para enviar notificaciones desde un programa.",
  },
  "tokens.once": {
    en: "This token is shown only now. Store it where the program reads its secrets.",
    es: "Este token se muestra solo ahora. Guárdalo donde el programa lea sus secretos.",
  },
  "tokens.token": { en: "Token", es: "Token" },
  "tokens.try_curl": { en: "Try it with curl", es: "Pruébalo con curl" },
  "tokens.try_python": { en: "Try it with Python", es: "Pruébalo con Python" },
  "tokens.revoke": { en: "Revoke {name}", es: "Revocar {name}" },
  "tokens.revoke.title": { en: "Revoke {name}?", es: "¿Revocar {name}?" },
  "tokens.revoke.text": {
    en: "Programs that use it are cut off within a second. This cannot be undone.",
    es: "Los programas que lo usan se cortan en un segundo. No se puede deshacer.",
  },
  "tokens.revoke.action": { en: "Revoke", es: "Revocar" },
  "tokens.revoked": { en: "{name} was revoked", es: "{name} se ha revocado" },
} satisfies Texts;
