// Notifications in words, by their types, and the pop-over of the bell (lib/notification_text.ts, components/bell.tsx).
import type { Texts } from "./texts.ts";

export const noteMessages = {
  "note.mention": { en: "{user} mentioned you in {place}", es: "{user} te mencionó en {place}" },
  "note.mention_all": { en: "{user} called {word} in {place}", es: "{user} llamó a {word} en {place}" },
  "note.direct_message": { en: "Message from {user}", es: "Mensaje de {user}" },
  "note.thread_reply": { en: "{user} replied in a thread in {place}", es: "{user} respondió en un hilo de {place}" },
  "note.channel_message": { en: "{user} wrote in {place}", es: "{user} escribió en {place}" },
  "note.keyword": { en: "{user} wrote “{word}” in {place}", es: "{user} escribió «{word}» en {place}" },
  "note.channel_invite": { en: "{user} added you to {place}", es: "{user} te añadió a {place}" },
  "note.direct_place": { en: "a conversation", es: "una conversación" },
  "note.reason": { en: "Reason: {reason}", es: "Motivo: {reason}" },
  "note.until": { en: "Until {time}", es: "Hasta {time}" },
  "note.report.resolved": {
    en: "A moderator has looked at it and acted on it. Thank you.",
    es: "Un moderador lo ha revisado y ha actuado. Gracias.",
  },
  "note.report.dismissed": {
    en: "A moderator has looked at it and found nothing against the rules. Thank you.",
    es: "Un moderador lo ha revisado y no ha visto nada contra las normas. Gracias.",
  },
  "note.archive": {
    en: "#{channel} will be archived in {days} days, because nobody writes in it. Any message keeps it.",
    es: "#{channel} se archivará en {days} días porque nadie escribe en él. Cualquier mensaje lo conserva.",
  },
  "note.webhook": {
    en: "“{name}” is off: its address has only failed for some time.",
    es: "«{name}» está desactivado: su dirección lleva un tiempo fallando.",
  },
  "note.alert.firing": { en: "{metric}: {value}, {direction} {limit}", es: "{metric}: {value}, {direction} {limit}" },
  "note.alert.resolved": { en: "{metric}: normal again ({value})", es: "{metric}: de nuevo normal ({value})" },
  "type.webhook_disabled": { en: "A webhook was switched off", es: "Un webhook se ha desactivado" },
  "bell.mark_read": { en: "Mark as read", es: "Marcar como leída" },
  "bell.all": { en: "Open the inbox", es: "Abrir la bandeja" },
} satisfies Texts;
