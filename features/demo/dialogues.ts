// What people say: short conversations with gaps. `{guest}`, `{place}`, `{n}`, `{time}`, `{code}` and `{who}` (a mention) are
// filled in; the first line begins, the others answer. Lines are Markdown.
// long file: the texts of both languages stand side by side
import type { Topic } from "./people.ts";

type Dialogue = readonly string[];

export const DIALOGUES: Record<Topic, Record<"en" | "es", readonly Dialogue[]>> = {
  desk: {
    es: [
      [
        "Nueva reserva **{code}**: {guest}, {n} personas, {place}",
        "¿Con traslado desde el aeropuerto?",
        "Sí, llegan a las {time}. {who} lo confirma con el chofer.",
        "Confirmado ✅",
      ],
      [
        "{guest} quiere cambiar la fecha de {code} al día {n}",
        "Hay cupo. ¿Le cobramos la diferencia?",
        "No, es cliente desde hace años.",
      ],
      ["¿Alguien tiene el voucher de {guest}?", "Está en la carpeta de {place}, te lo paso."],
      [
        "Cancelación: {code}, {guest}. Pide la devolución completa.",
        "Según la política son {n} días, así que sí.",
        "Hecho, le llega en 3 a 5 días.",
        "Gracias, {who}",
      ],
      ["La familia de {guest} viene con un bebé y necesita cuna", "Avisado al hotel de {place} 👍"],
      [
        "Resumen de la mañana:\n\n- {n} reservas nuevas\n- 2 cambios\n- 1 cancelación\n\nTodo está en el sistema.",
        "¡Qué buen día!",
      ],
      [
        "Ojo: el hotel de {place} cierra la piscina esta semana",
        "Lo pongo en los correos de confirmación.",
        "Perfecto",
      ],
      [
        "{guest} pregunta si el tren de las {time} todavía tiene sitio",
        "Quedan {n} asientos, los reservo hasta las 18:00.",
      ],
      ["¿Quién atiende el teléfono a mediodía?", "Yo, hasta las {time}", "Después sigo yo"],
      ["Check-in en línea de {code} listo ✈️"],
      ["> El cliente dice que no recibió el correo\n\nEstaba en spam. Ya lo tiene.", "Otra vez el mismo proveedor…"],
    ],
    en: [
      [
        "{guest} ({code}) asks for a vegetarian menu on the {place} tour, {n} people",
        "Told the kitchen, they are fine with it.",
        "Thanks!",
      ],
      [
        "Which luggage limit do we have on the {time} train?",
        "One bag of 5 kg each. It is in the FAQ.",
        "{who} could we put that in the confirmation mail?",
      ],
      [
        "Guest of {code} lost a passport in {place} 😟",
        "I am calling the consulate. {who} can you move the transfer?",
        "Moved to {time}.",
        "They have an appointment tomorrow at nine.",
        "Great work, both of you",
      ],
      ["Two reviews came in today, both five stars ⭐", "Who was the guide?", "Rosa!", "Of course it was"],
      ["{guest} would like a late check-out, {time}", "Done, no extra charge."],
      ["Can somebody take {n} chats from the queue? I am alone until {time}", "On it", "Me too"],
      [
        "Refund of {code} is stuck at the bank since Monday",
        "Reference?",
        "`{code}-R{n}`",
        "Found it, they had the wrong account. Sent again.",
      ],
      [
        "What do we tell guests about the strike in {place}?",
        "Draft:\n\n> Trains may be late. We follow it and write to you two hours before.\n\nOk like that?",
        "Reads well",
      ],
    ],
  },
  trips: {
    es: [
      ["El grupo de {place} sale a las {time}, {n} personas", "¿Quién lo guía?", "Mateo, con {who} de apoyo"],
      ["Llueve en {place} ☔", "Cambiamos el orden: primero el museo, luego la caminata.", "Avisados todos"],
      ["Fotos de la salida de hoy, ¡qué vistas!", "😍", "Esa va a la página"],
      ["El bus de las {time} viene con {n} minutos de retraso", "Entendido, esperamos en la plaza."],
      [
        "Nueva ruta por {place}: la probamos el sábado, hay {n} cupos para el equipo",
        "¡Me apunto!",
        "Yo también",
        "Y yo, si no hay que madrugar 😄",
      ],
      ["Boletos de Machu Picchu para el día {n}: comprados", "¿Circuito 2?", "Sí, el de las {time}"],
      ["Recordatorio: botas, agua, poncho. Siempre."],
    ],
    en: [
      ["Weather for {place} tomorrow: sun, 24 °C, wind from {time}", "Kayaks first, then."],
      ["The boat to {place} takes {n} people, not more, whatever the captain says", "Understood, I split the group."],
      ["New pictures of {place} are in", "The third one, please, for the front page", "{who} can you crop it?", "Done"],
      ["Sunrise tour: {n} booked, meeting point at {time}", "Coffee?", "Always coffee"],
      [
        "The trail to {place} is closed until Friday",
        "Then the lagoon instead, same price.",
        "Guests like it better anyway",
      ],
    ],
  },
  code: {
    es: [
      [
        "¿Alguien puede revisar el cambio del calendario?",
        "Lo miro después de comer.",
        "Aprobado, con dos comentarios",
      ],
      ["La prueba de pagos falla cada tanto", "Es la hora: compara en local y no en UTC.", "Arreglado 🎉"],
    ],
    en: [
      ["Deployed `v1.{n}.0` to staging", "Smoke tests are green", "Shipping it at {time}"],
      [
        "The search is slow for places with accents. Plan:\n\n```sql\nexplain analyze select id from tours\nwhere unaccent(name) ilike '%{place}%';\n```",
        "Missing the trigram index",
        "Added, {n} ms → 3 ms 🚀",
        "Nice",
      ],
      [
        "Who touched the retry logic? Webhooks come twice",
        'That was me. `dedupe_key` fixes it:\n\n```ts\nawait pulpo.notify({\n  type: "reserva_creada",\n  message: `Nueva reserva ${booking.id}`,\n  dedupe_key: booking.id,\n});\n```',
        "Works, thank you",
      ],
      ["Code freeze from {time} today", "👍"],
      [
        "Review please: the calendar keeps the time zone of the tour now",
        "Two small things, otherwise good.",
        "Fixed both. {who} merge?",
        "Merged",
      ],
      [
        "Error rate went up to {n} % at {time}",
        "Looking",
        "A replica ran out of connections. Pool raised, it is going down.",
        "Back to normal. Write-up follows in the thread.",
      ],
      ["- [x] migration\n- [x] feature flag\n- [ ] docs\n- [ ] tell support", "I take the docs", "Support knows"],
      ["Dependency updates are in, all tests pass", "How long does the suite take now?", "{n} minutes. It was 19."],
      ["Does anybody know why we store prices as text?", "History. 2019 history.", "Say no more"],
    ],
  },
  money: {
    es: [
      ["Factura de {place}: S/ {n}40,00, vence el viernes", "Pagada"],
      ["Cierre de mes: faltan los recibos de {who}", "Los subo hoy, perdón", "Gracias, quedamos completos"],
      [
        "| Mes | Ingresos | Costos |\n|---|---|---|\n| Agosto | 182 400 | 131 900 |\n| Septiembre | 197 350 | 138 200 |",
        "Mejor de lo que pensábamos",
        "Y octubre viene igual",
      ],
      ["El banco pide el contrato firmado", "Está en la carpeta, versión {n}"],
    ],
    en: [["Card fees went down by {n} basis points", "Finally!"]],
  },
  people: {
    es: [
      ["¡Feliz cumpleaños, {who}! 🎂", "¡Felicidades!", "¡Que lo pases muy bien!", "Gracias a todos ❤️"],
      ["Esta semana se incorpora alguien nuevo al equipo de {place}", "¡Bienvenida!", "¡Por fin manos!"],
      [
        "Turnos de noviembre publicados, mírenlos antes del {n}",
        "Yo cambio el sábado con quien quiera",
        "Te lo cambio yo",
      ],
      ["Reunión de todos a las {time}. Temas:\n\n1. Temporada alta\n2. Uniformes\n3. Preguntas", "Ahí estaré"],
    ],
    en: [
      ["Interview at {time}, front-end, second round", "Who joins?", "{who} and me"],
      ["All hands at {time}, short this time", "Famous last words"],
      ["Holiday plan for December: please enter it by the {n}th", "Done", "Done", "Will do tonight"],
      ["The new badge printer works. I repeat: it works.", "🎉"],
    ],
  },
  fun: {
    es: [
      ["¿Ceviche o pollo a la brasa?", "Ceviche", "Ceviche, siempre", "Pollo 🍗", "Somos {n}, reservo para las {time}"],
      ["El gato de la oficina volvió a dormir sobre el teclado", "Ahora entiendo los mensajes de ayer 😂"],
      ["Partido hoy a las {time}", "3 a 1, como siempre", "Soñar no cuesta nada"],
    ],
    en: [
      ["Somebody left a whole cake in the kitchen 🍰", "Left? There was a cake?", "There was."],
      ["Which film on Friday?", "Anything under {n} hours", "So no director's cut. Got it."],
      ["Good morning from {place} ☀️", "Show-off", "😎"],
      ["Is the coffee machine broken again?", "It only wants to be descaled", "Don't we all"],
    ],
  },
};

export const GUESTS = [
  "Familia Ortega",
  "Mr Dawson",
  "Sra. Benavides",
  "The Kowalskis",
  "Anna Schmidt",
  "Grupo Andino",
  "João Pereira",
  "Ms Lee",
  "Hermanos Cárdenas",
  "Dr Nakamura",
] as const;
export const PLACES = [
  "Cusco",
  "Paracas",
  "Arequipa",
  "Colca",
  "Iquitos",
  "Máncora",
  "Huacachina",
  "Titicaca",
  "Ollantaytambo",
  "Lima",
] as const;
export const EMOJI = ["👍", "❤️", "🎉", "😂", "✅", "👀", "🚀", "🙏", "🔥", "😍"] as const;
