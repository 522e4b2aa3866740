// People: status, picture, inviting many. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const peopleMessages = {
  "person.deleted": { en: "Deleted user", es: "Usuario eliminado" },
  "status.set": { en: "Set a status", es: "Poner un estado" },
  "status.title": { en: "Your status", es: "Tu estado" },
  "status.shown": { en: "You are shown as", es: "Te ven como" },
  "status.hidden": {
    en: "Offline hides that you are here. Messages still reach you.",
    es: "Desconectado oculta que estás aquí. Los mensajes te siguen llegando.",
  },
  "status.text": { en: "Text beside your name", es: "Texto junto a tu nombre" },
  "status.text.hint": {
    en: "An emoji at the beginning is shown everywhere.",
    es: "Un emoji al principio se ve en todas partes.",
  },
  "status.ends": { en: "Ends", es: "Termina" },
  "status.ends.never": { en: "When I change it", es: "Cuando lo cambie" },
  "status.ends.30": { en: "In 30 minutes", es: "En 30 minutos" },
  "status.ends.60": { en: "In an hour", es: "En una hora" },
  "status.ends.240": { en: "In 4 hours", es: "En 4 horas" },
  "status.ends.today": { en: "Today", es: "Hoy" },
  "status.ends.week": { en: "This week", es: "Esta semana" },
  "status.ends.at": { en: "At a time…", es: "A una hora…" },
  "status.ends.when": { en: "Date and time", es: "Fecha y hora" },
  "status.ends.past": { en: "A time in the coming year.", es: "Una hora del próximo año." },
  "status.until": { en: "until {time}", es: "hasta {time}" },
  "status.clear": { en: "Clear status", es: "Quitar estado" },
  "status.suggestions": { en: "Suggestions", es: "Sugerencias" },
  "status.meeting": { en: "📅 In a meeting", es: "📅 En una reunión" },
  "status.lunch": { en: "🍽️ Lunch", es: "🍽️ Almuerzo" },
  "status.focus": { en: "🎧 Do not disturb", es: "🎧 No molestar" },
  "status.holiday": { en: "🌴 On holiday", es: "🌴 De vacaciones" },
  "status.saved": { en: "Your status is set", es: "Tu estado está puesto" },

  "picture.choose": { en: "Change picture", es: "Cambiar foto" },
  "picture.title": { en: "Picture", es: "Foto" },
  "picture.file": { en: "Choose a file", es: "Elegir un archivo" },
  "picture.another": { en: "Another file", es: "Otro archivo" },
  "picture.hint": {
    en: "A JPEG, PNG or WebP of at most 10 MB. Where and when it was taken is removed.",
    es: "Un JPEG, PNG o WebP de hasta 10 MB. Se quita dónde y cuándo se tomó.",
  },
  "picture.frame": {
    en: "Part of the picture. Drag it, or use the arrow keys; plus and minus change the size.",
    es: "Parte de la foto. Arrástrala o usa las flechas; más y menos cambian el tamaño.",
  },
  "picture.zoom": { en: "Size", es: "Tamaño" },
  "picture.bad": {
    en: "This file is no picture that the browser can show.",
    es: "Este archivo no es una foto que el navegador pueda mostrar.",
  },
  "picture.saved": { en: "Your picture is set", es: "Tu foto está puesta" },
  "picture.remove": { en: "Remove picture", es: "Quitar foto" },
  "picture.remove.text": {
    en: "Everybody sees the initials instead.",
    es: "Todos verán las iniciales en su lugar.",
  },

  "bulk.open": { en: "Add many", es: "Añadir varias" },
  "bulk.title": { en: "Add many people", es: "Añadir varias personas" },
  "bulk.list": { en: "People, one a line", es: "Personas, una por línea" },
  "bulk.list.hint": {
    en: "Addresses with or without names, from a mail program or a spreadsheet. At most {max} at a time.",
    es: "Direcciones con o sin nombre, de un programa de correo o una hoja de cálculo. Hasta {max} a la vez.",
  },
  "bulk.create": { en: "Create {n} account|Create {n} accounts", es: "Crear {n} cuenta|Crear {n} cuentas" },
  "bulk.unusable": {
    en: "{n} line cannot be used.|{n} lines cannot be used.",
    es: "{n} línea no se puede usar.|{n} líneas no se pueden usar.",
  },
  "bulk.progress": {
    en: "{done} of {total} created, {failed} not.",
    es: "{done} de {total} creadas, {failed} no.",
  },
  "bulk.passwords": {
    en: "These first passwords are shown only now. Copy the list and hand each one to its person.",
    es: "Estas primeras contraseñas se muestran solo ahora. Copia la lista y entrega a cada persona la suya.",
  },
  "bulk.copy": { en: "Copy addresses, names and passwords", es: "Copiar correos, nombres y contraseñas" },
  "bulk.stop": { en: "Stop", es: "Detener" },
  "bulk.finish": { en: "Done", es: "Listo" },
  "bulk.waiting": { en: "waiting", es: "en espera" },
  "bulk.running": { en: "being created", es: "creándose" },
  "bulk.failed": { en: "Not created", es: "No creada" },
  "bulk.problem.email": {
    en: "There is no e-mail address in this line.",
    es: "No hay ninguna dirección en esta línea.",
  },
  "bulk.problem.twice": {
    en: "This address stands in the list twice.",
    es: "Esta dirección está dos veces en la lista.",
  },
  "bulk.email_taken": { en: "This address has an account already.", es: "Esta dirección ya tiene una cuenta." },
  "bulk.username_taken": { en: "No username is free for it.", es: "No queda ningún usuario libre para ella." },
} satisfies Texts;
