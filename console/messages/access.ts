// Who may do what: roles, groups, service accounts, ownership. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const accessMessages = {
  "roles.text": {
    en: "What each role may do. Owners may do everything; their role stays as it is.",
    es: "Lo que puede hacer cada rol. Los propietarios pueden todo; su rol no cambia.",
  },
  "roles.permission": { en: "Permission", es: "Permiso" },
  "roles.changed": { en: "changed", es: "cambiado" },
  "roles.changes": { en: "{n} change|{n} changes", es: "{n} cambio|{n} cambios" },
  "roles.as_it_comes": { en: "as it comes", es: "de serie" },
  "roles.reset": { en: "Reset {role}", es: "Restablecer {role}" },
  "roles.never_guests": { en: "Guests cannot hold this", es: "Los invitados no pueden tener esto" },
  "roles.not_yours": { en: "You do not hold this yourself", es: "Tú no lo tienes" },
  "roles.saved": { en: "The roles are changed", es: "Los roles han cambiado" },
  "roles.saved.text": {
    en: "It holds for everybody at once, also for open windows.",
    es: "Vale para todos desde ya, también en ventanas abiertas.",
  },
  "roles.unsaved": {
    en: "{n} change not saved|{n} changes not saved",
    es: "{n} cambio sin guardar|{n} cambios sin guardar",
  },
  "roles.discard": { en: "Discard", es: "Descartar" },

  "groups.text": {
    en: "People who are mentioned with one word, @handle, and added to channels together.",
    es: "Personas a las que se menciona con una palabra, @alias, y se añade juntas a canales.",
  },
  "groups.new": { en: "New group", es: "Nuevo grupo" },
  "groups.name": { en: "Name", es: "Nombre" },
  "groups.handle": { en: "Handle", es: "Alias" },
  "groups.handle.hint": {
    en: "What is written behind the @: 2 to 32 letters, digits, _ . or -",
    es: "Lo que se escribe tras la @: de 2 a 32 letras, cifras, _ . o -",
  },
  "groups.people": { en: "People", es: "Personas" },
  "groups.people.add": { en: "Add people", es: "Añadir personas" },
  "groups.people.none": { en: "Nobody yet.", es: "Nadie todavía." },
  "groups.people.remove": { en: "Take {name} out", es: "Quitar a {name}" },
  "groups.empty.text": {
    en: "Make one for a team or a shift: @front-desk calls everybody of it who is in the channel.",
    es: "Crea uno para un equipo o un turno: @recepcion llama a todos los suyos que estén en el canal.",
  },
  "groups.edit": { en: "Change the group {name}", es: "Cambiar el grupo {name}" },
  "groups.delete": { en: "Delete the group {name}", es: "Eliminar el grupo {name}" },
  "groups.delete.title": { en: "Delete the group {name}?", es: "¿Eliminar el grupo {name}?" },
  "groups.delete.text": {
    en: "Its people and what was written stay; the handle calls nobody any more.",
    es: "Sus personas y lo escrito se quedan; el alias ya no llama a nadie.",
  },
  "groups.deleted": { en: "{name} is deleted", es: "{name} se ha eliminado" },
  "groups.create": { en: "Make the group", es: "Crear el grupo" },

  "service.text": {
    en: "Accounts of programs. They never sign in; their API tokens stay when the person who made them leaves.",
    es: "Cuentas de programas. Nunca inician sesión; sus tokens siguen cuando se va quien los creó.",
  },
  "service.new": { en: "New service account", es: "Nueva cuenta de servicio" },
  "service.create": { en: "Make the account", es: "Crear la cuenta" },
  "service.created": { en: "{name} is ready. Give it a token.", es: "{name} está lista. Dale un token." },
  "service.empty": { en: "No service accounts yet", es: "Aún no hay cuentas de servicio" },
  "service.empty.text": {
    en: "Make one for each program that writes or listens here, so that nobody's own tokens are in it.",
    es: "Crea una por cada programa que escriba o escuche aquí, para que no lleve tokens de nadie.",
  },
  "service.tokens": { en: "Tokens", es: "Tokens" },
  "service.tokens.of": { en: "Tokens of {name}", es: "Tokens de {name}" },
  "service.tokens.none": {
    en: "No tokens yet: the program cannot do anything.",
    es: "Sin tokens todavía: el programa no puede hacer nada.",
  },
  "service.last_used": { en: "Last used", es: "Último uso" },
  "service.edit": { en: "Change {name}", es: "Cambiar {name}" },
  "service.delete": { en: "Delete {name}", es: "Eliminar {name}" },
  "service.delete.title": { en: "Delete {name}?", es: "¿Eliminar {name}?" },
  "service.delete.text": {
    en: "Its tokens stop working at once. What it wrote stays.",
    es: "Sus tokens dejan de funcionar al momento. Lo que escribió se queda.",
  },
  "service.deleted": { en: "{name} is deleted", es: "{name} se ha eliminado" },
  "service.active": { en: "Switched on", es: "Activada" },

  "organization.domain": { en: "Domain", es: "Dominio" },
  "organization.domain.hint": {
    en: "What your people's addresses end in, such as example.org.",
    es: "En qué terminan las direcciones de tu gente, como example.org.",
  },
  "organization.plan": { en: "Plan", es: "Plan" },
  "transfer_owner.title": { en: "Hand the organisation over", es: "Traspasar la organización" },
  "transfer_owner.text": {
    en:
      "Somebody else becomes the owner, and you an administrator. Both of you are told. Only the new owner can undo it.",
    es:
      "Otra persona pasa a ser propietaria y tú administrador. Se os avisa a ambos. Solo el nuevo propietario puede deshacerlo.",
  },
  "transfer_owner.choose": { en: "Choose the new owner", es: "Elegir al nuevo propietario" },
  "transfer_owner.action": { en: "Make {name} the owner", es: "Nombrar propietario a {name}" },
  "transfer_owner.done": { en: "{name} is the owner now", es: "{name} es el propietario ahora" },
  "chat.mention_group": { en: "Notify the group {name}", es: "Avisar al grupo {name}" },
} satisfies Texts;
