// Notification settings of chat: levels, digests, Web Push. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const pushMessages = {
  "push.title": { en: "Chat", es: "Chat" },
  "push.level": { en: "Notify me about", es: "Avísame de" },
  "push.level.hint": {
    en: "For channels without a choice of their own. Direct messages always notify, unless muted.",
    es: "Para canales sin elección propia. Los mensajes directos siempre avisan, salvo silenciados.",
  },
  "push.level.all": { en: "Every message", es: "Todos los mensajes" },
  "push.level.mentions": { en: "Mentions and keywords", es: "Menciones y palabras clave" },
  "push.level.none": { en: "Direct messages only", es: "Solo mensajes directos" },
  "push.group_mentions": { en: "@channel and @here", es: "@channel y @here" },
  "push.threads": { en: "Replies in threads that I follow", es: "Respuestas en hilos que sigo" },
  "push.sounds": { en: "Play a sound", es: "Reproducir un sonido" },
  "push.keywords": { en: "Keywords", es: "Palabras clave" },
  "push.keywords.hint": {
    en: "Whole words that notify you in any of your channels, separated by commas. Up to 20.",
    es: "Palabras enteras que te avisan en cualquiera de tus canales, separadas por comas. Hasta 20.",
  },
  "push.keywords.bad": {
    en: "Up to 20 keywords of 2 to 40 characters.",
    es: "Hasta 20 palabras clave de 2 a 40 caracteres.",
  },
  "push.digest": { en: "Mail with what I missed", es: "Correo con lo que me perdí" },
  "push.digest.hint": {
    en: "Only after five minutes without an open console.",
    es: "Solo tras cinco minutos sin ninguna consola abierta.",
  },
  "push.digest.off": { en: "Never", es: "Nunca" },
  "push.digest.15m": { en: "Every 15 minutes", es: "Cada 15 minutos" },
  "push.digest.hourly": { en: "Every hour", es: "Cada hora" },
  "push.digest.daily": { en: "Every day at 8:00", es: "Cada día a las 8:00" },
  "push.devices": { en: "Push to devices", es: "Avisos en dispositivos" },
  "push.devices.text": {
    en: "Reaches you when no tab is open. The content is encrypted on the way.",
    es: "Te llega aunque no haya ninguna pestaña abierta. El contenido viaja cifrado.",
  },
  "push.when": { en: "Send", es: "Enviar" },
  "push.when.away": { en: "When no console is open", es: "Cuando no hay ninguna consola abierta" },
  "push.when.always": { en: "Always", es: "Siempre" },
  "push.when.off": { en: "Never", es: "Nunca" },
  "push.here": { en: "On this device", es: "En este dispositivo" },
  "push.unsupported": {
    en: "This browser cannot do it, or the address is not https. On an iPhone, add Pulpo to the home screen first.",
    es: "Este navegador no puede, o la dirección no es https. En un iPhone, añade antes Pulpo a la pantalla de inicio.",
  },
  "push.blocked": {
    en: "The browser blocks notifications of this page. Allow them in its settings for this address.",
    es: "El navegador bloquea las notificaciones de esta página. Permítelas en sus ajustes para esta dirección.",
  },
  "push.failed": { en: "The browser did not subscribe.", es: "El navegador no se suscribió." },
  "push.failed.next": {
    en: "Its push service may be unreachable. Try again later.",
    es: "Su servicio de avisos puede no estar accesible. Inténtalo más tarde.",
  },
  "push.list": { en: "Devices", es: "Dispositivos" },
  "push.list.empty": { en: "No device yet.", es: "Aún no hay dispositivos." },
  "push.list.this": { en: "This one", es: "Este" },
  "push.list.last": { en: "last reached", es: "último aviso" },
  "push.test": { en: "Send a test", es: "Enviar prueba" },
  "push.test.sent": { en: "Test on its way", es: "Prueba en camino" },
  "push.remove": { en: "Remove {device}", es: "Quitar {device}" },
  "push.open": { en: "Open the message", es: "Abrir el mensaje" },
} satisfies Texts;
