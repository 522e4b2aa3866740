// Sentences of the server that people get to see in forms, by the words that it uses (English, `{0}` stands for a part that
// varies). Clients of the API read the server's words; the console shows these. A test goes over the sources of the server:
// every problem of a field is in here.
// long file: one table, because texts are translated best with their neighbours in view
import { ACCOUNT_TEXTS } from "./server_texts_accounts.ts";
import type { Texts } from "./texts.ts";

export default {
  // Roles, groups, ownership
  "the owner's role cannot be changed": {
    en: "The owner's role stays as it is.",
    es: "El rol de propietario no se cambia.",
  },
  "unknown permission: {0}": { en: "There is no such permission.", es: "No existe ese permiso." },
  "stands in both lists": { en: "This is both added and removed.", es: "Está añadido y quitado a la vez." },
  "guests cannot hold this": { en: "Guests cannot hold this.", es: "Los invitados no pueden tener esto." },
  "you do not hold this": { en: "You do not hold this yourself.", es: "Tú no lo tienes." },
  "You are the owner already.": { en: "You are the owner already.", es: "Ya eres el propietario." },
  "A group or a person has this name already.": {
    en: "A group or a person has this name already.",
    es: "Un grupo o una persona ya tiene ese nombre.",
  },
  "no such group": { en: "There is no such group.", es: "No existe ese grupo." },
  "user_id, user_ids or group_ids is required": {
    en: "Choose at least one person.",
    es: "Elige al menos una persona.",
  },
  "say what to set: --name, --domain, --plan, --disable or --enable": {
    en: "Say what to set: --name, --domain, --plan, --disable or --enable.",
    es: "Di qué cambiar: --name, --domain, --plan, --disable o --enable.",
  },
  "letters, digits, _ . - only, at most 63": {
    en: "Letters, digits, _ . and - only, at most 63.",
    es: "Solo letras, cifras, _ . y -, como máximo 63.",
  },
  "at most 32 labels": { en: "At most 32 labels.", es: "Como máximo 32 etiquetas." },
  "base64 of {0} bytes": { en: "This has the wrong form.", es: "Esto no tiene la forma correcta." },
  "no Ed25519 public key": { en: "This is no key of an agent.", es: "Esto no es una clave de un agente." },
  "a domain such as example.org": { en: "A domain such as example.org.", es: "Un dominio como example.org." },
  // Zod's own, by kind
  "Too small: expected string to have >=1 characters": { en: "Please fill this in.", es: "Rellena este campo." },
  "Too small: expected string to have >={0} characters": {
    en: "At least {0} characters.",
    es: "Al menos {0} caracteres.",
  },
  "Too big: expected string to have <={0} characters": {
    en: "At most {0} characters.",
    es: "Como máximo {0} caracteres.",
  },
  "Too small: expected array to have >=1 items": { en: "Choose at least one.", es: "Elige al menos uno." },
  "Too small: expected array to have >={0} items": { en: "At least {0}.", es: "Al menos {0}." },
  "Too big: expected array to have <={0} items": { en: "At most {0}.", es: "Como máximo {0}." },
  "Too small: expected {0} to be >={1}": { en: "At least {1}.", es: "Como mínimo {1}." },
  "Too small: expected {0} to be >{1}": { en: "More than {1}.", es: "Más de {1}." },
  "Too big: expected {0} to be <={1}": { en: "At most {1}.", es: "Como máximo {1}." },
  "Too big: expected {0} to be <{1}": { en: "Less than {1}.", es: "Menos de {1}." },
  "Too small: expected {0} to have >={1} {2}": { en: "At least {1}.", es: "Al menos {1}." },
  "Too big: expected {0} to have <={1} {2}": { en: "At most {1}.", es: "Como máximo {1}." },
  "Invalid input: expected {0}, received undefined": { en: "Please fill this in.", es: "Rellena este campo." },
  "Invalid input: expected {0}, received {1}": {
    en: "This has the wrong form.",
    es: "Esto no tiene la forma correcta.",
  },
  "Invalid input": { en: "This has the wrong form.", es: "Esto no tiene la forma correcta." },
  "Invalid input: expected {0}": { en: "This has the wrong form.", es: "Esto no tiene la forma correcta." },
  "Invalid option: expected one of {0}": {
    en: "Choose one of the offered values.",
    es: "Elige uno de los valores ofrecidos.",
  },
  "Invalid UUID": { en: "This is not an id.", es: "Esto no es un id." },
  "Invalid URL": { en: "This is not an address.", es: "Esto no es una dirección." },
  "This invitation is for another e-mail address.": {
    en: "This invitation is for another e-mail address.",
    es: "Esta invitación es para otra dirección de correo.",
  },
  "an invitation for one address has one use": {
    en: "An invitation for one address has one use.",
    es: "Una invitación para una dirección tiene un solo uso.",
  },
  "no channel that you may add people to": {
    en: "You may not add people to this channel.",
    es: "No puedes añadir personas a este canal.",
  },
  "Only addresses of certain domains may register here.": {
    en: "Only addresses of certain domains may register here.",
    es: "Aquí solo pueden registrarse direcciones de ciertos dominios.",
  },
  "An invitation leads into an organisation that is there: leave the name of a new one out.": {
    en: "An invitation leads into an organisation that is there: leave the name of a new one out.",
    es: "Una invitación lleva a una organización que ya existe: no pongas el nombre de una nueva.",
  },
  "Another organisation of this server has this domain.": {
    en: "Another organisation of this server has this domain.",
    es: "Otra organización de este servidor ya tiene este dominio.",
  },
  "Only somebody with a confirmed address of this domain may set it.": {
    en: "Only somebody with a confirmed address of this domain may set it.",
    es: "Solo puede ponerlo alguien con una dirección confirmada de este dominio.",
  },
  "must not have invisible signs or marks of direction": {
    en: "Leave out invisible signs and marks of direction.",
    es: "Quita los signos invisibles y las marcas de dirección.",
  },
  "must not mix letters that look alike in one word": {
    en: "One word must not mix letters of scripts that look alike.",
    es: "Una palabra no puede mezclar letras de alfabetos que se parecen.",
  },
  "must not be after the end of the token that makes it, {0}": {
    en: "Not after the end of the token that makes it: {0}.",
    es: "No después del fin del token que lo crea: {0}.",
  },
  "a path of the console, such as /chat": { en: "A path of the console.", es: "Una ruta de la consola." },
  "the six digits of the code": { en: "The six digits of the code.", es: "Las seis cifras del código." },
  "an http or https address": {
    en: "An address that begins with http:// or https://.",
    es: "Una dirección que empiece por http:// o https://.",
  },
  "an http, https, mailto or tel address": {
    en: "An address that begins with http://, https://, mailto: or tel:.",
    es: "Una dirección que empiece por http://, https://, mailto: o tel:.",
  },
  "a text, an attachment or a card is required": {
    en: "Write something or attach a file.",
    es: "Escribe algo o adjunta un archivo.",
  },
  "Invalid email address": { en: "This is not an e-mail address.", es: "Esto no es un correo." },
  "Invalid ISO date": { en: "This is not a date.", es: "Esto no es una fecha." },
  "Invalid ISO datetime": { en: "This is not a time.", es: "Esto no es una fecha con hora." },
  "Invalid string: must {0}": { en: "This has the wrong form.", es: "Esto no tiene la forma correcta." },
  "Invalid number: must be a multiple of {0}": { en: "Only multiples of {0}.", es: "Solo múltiplos de {0}." },
  "Invalid key in {0}": { en: "One of the names is not accepted.", es: "Uno de los nombres no se acepta." },
  "Unrecognized key: {0}": { en: "The server does not know {0}.", es: "El servidor no conoce {0}." },
  "Unrecognized keys: {0}": { en: "The server does not know {0}.", es: "El servidor no conoce {0}." },
  // Forms of values
  "2 to 32 letters, digits, _ . or -": {
    en: "2 to 32 letters, digits, dots, dashes or underscores.",
    es: "De 2 a 32 letras, cifras, puntos, guiones o guiones bajos.",
  },
  "an e-mail address": { en: "This is not an e-mail address.", es: "Esto no es un correo." },
  "must not be empty": { en: "Please fill this in.", es: "Rellena este campo." },
  "a language tag such as en or es-ES": { en: "A language such as en or es-ES.", es: "Un idioma como en o es-ES." },
  "email or username is required": {
    en: "Give an e-mail address or a username.",
    es: "Escribe un correo o un nombre de usuario.",
  },
  "must not contain NUL characters or lone surrogates": {
    en: "It holds a character that cannot be stored.",
    es: "Contiene un carácter que no se puede guardar.",
  },
  "must not contain NUL or lone surrogates": {
    en: "It holds a character that cannot be stored.",
    es: "Contiene un carácter que no se puede guardar.",
  },
  "a text or an attachment is required": {
    en: "Write something or attach a file.",
    es: "Escribe algo o adjunta un archivo.",
  },
  "at most {0} characters": { en: "At most {0} characters.", es: "Como máximo {0} caracteres." },
  "A status ends in the future, within a year.": {
    en: "A status ends in the future, within a year.",
    es: "Un estado termina en el futuro, como mucho en un año.",
  },
  "at most {0} bytes": { en: "This is too long: at most {0} bytes.", es: "Es demasiado largo: como máximo {0} bytes." },
  "at most {0} bytes as JSON": {
    en: "This is too large: at most {0} bytes.",
    es: "Es demasiado grande: como máximo {0} bytes.",
  },
  "nested deeper than {0} levels": { en: "Nested deeper than {0} levels.", es: "Más de {0} niveles de anidamiento." },
  "at most {0} user_ids in one request": {
    en: "At most {0} people at once.",
    es: "Como máximo {0} personas a la vez.",
  },
  "at most {0} types": { en: "At most {0} types.", es: "Como máximo {0} tipos." },
  "at most {0} others": { en: "At most {0} other people.", es: "Como máximo {0} personas más." },
  "{0} bytes in base64url": { en: "This has the wrong form.", es: "Esto no tiene la forma correcta." },
  "64 hexadecimal digits": { en: "64 hexadecimal digits.", es: "64 cifras hexadecimales." },
  "one line of text": { en: "Only one line.", es: "Solo una línea." },
  "must start with /": { en: "It has to begin with /.", es: "Tiene que empezar por /." },
  "start and end must differ": {
    en: "Start and end have to differ.",
    es: "El inicio y el final tienen que ser distintos.",
  },
  "an IANA time zone such as Europe/Madrid": {
    en: "A time zone such as Europe/Madrid.",
    es: "Una zona horaria como Europe/Madrid.",
  },
  "a name as in Europe/Madrid": {
    en: "A time zone such as Europe/Madrid.",
    es: "Una zona horaria como Europe/Madrid.",
  },
  "a time of day such as 22:00": { en: "A time such as 22:00.", es: "Una hora como 22:00." },
  "a time as in RFC 3339, such as 2026-01-15T10:30:00Z or with +02:00": {
    en: "This is not a date with a time.",
    es: "Esto no es una fecha con hora.",
  },
  "must be in the future": { en: "Choose a time in the future.", es: "Elige un momento futuro." },
  "snake_case: lower-case letters, digits and _, starting with a letter, at most 64 characters": {
    en: "Lower-case letters, digits and underscores, starting with a letter.",
    es: "Minúsculas, cifras y guiones bajos, empezando por una letra.",
  },
  "a letter, then letters, digits, - or _; at most 32 characters, without the slash": {
    en: "A letter, then letters, digits, dashes or underscores; at most 32, without the slash.",
    es: "Una letra y después letras, cifras, guiones o guiones bajos; como máximo 32, sin la barra.",
  },
  "broadcast or notify:<name>": { en: "A channel such as notify:bookings.", es: "Un canal como notify:reservas." },
  "broadcast, notify:<name> or channel:<id> of a chat channel": {
    en: "A channel of the chat, or a name such as notify:bookings.",
    es: "Un canal del chat o un nombre como notify:reservas.",
  },
  "an http or https address without a user name in it": {
    en: "An address that starts with https:// or http://, without a user name in it.",
    es: "Una dirección que empiece por https:// o http://, sin nombre de usuario.",
  },
  "an address without user name": {
    en: "An address without a user name in it.",
    es: "Una dirección sin nombre de usuario.",
  },
  "an emoji or the name of one": { en: "One emoji, or the name of one.", es: "Un emoji o el nombre de uno." },
  "one emoji, or the name of a custom one as :name:": {
    en: "One emoji, or the name of one.",
    es: "Un emoji o el nombre de uno.",
  },
  "a warning has no duration": { en: "A warning has no duration.", es: "Una advertencia no tiene duración." },
  "a name is required": { en: "Give it a name.", es: "Ponle un nombre." },
  "status, note or assigned_to is required": { en: "Nothing was changed.", es: "No se ha cambiado nada." },
  // What is or is not there
  "taken": { en: "This name is taken.", es: "Este nombre ya existe." },
  "used by the protocol itself": { en: "The protocol uses this type itself.", es: "El protocolo usa este tipo." },
  "stands there twice": { en: "This stands there twice.", es: "Esto está dos veces." },
  "no such user": { en: "There is no such person.", es: "Esa persona no existe." },
  "no such user in this organisation": { en: "There is no such person.", es: "Esa persona no existe." },
  "no such channel": { en: "There is no such channel.", es: "Ese canal no existe." },
  "no such rule": { en: "There is no such rule.", es: "Esa regla no existe." },
  "no such report": { en: "There is no such report.", es: "Ese reporte no existe." },
  "no such upload": {
    en: "The file is no longer there. Attach it again.",
    es: "El archivo ya no está. Adjúntalo de nuevo.",
  },
  "no such message in this channel": {
    en: "The message is not in this channel.",
    es: "El mensaje no está en este canal.",
  },
  "no such thread in this channel": { en: "The thread is not in this channel.", es: "El hilo no está en este canal." },
  "unknown scope: {0}": { en: "There is no permission {0}.", es: "No existe el permiso {0}." },
  "not a valid cursor": { en: "Load the list again.", es: "Carga la lista otra vez." },
  "not somebody who may moderate": { en: "This person may not moderate.", es: "Esta persona no puede moderar." },
  "needs a public channel": {
    en: "Only a public channel can be everybody's.",
    es: "Solo un canal público puede ser de todos.",
  },
  "does not match the bytes": {
    en: "The file changed on its way. Send it again.",
    es: "El archivo ha cambiado por el camino. Envíalo otra vez.",
  },
  "1 to 255 visible ASCII characters": { en: "1 to 255 plain characters.", es: "De 1 a 255 caracteres sencillos." },
  "a word, a phrase or an operator is needed": {
    en: "Give a word, a phrase or an operator.",
    es: "Escribe una palabra, una frase o un operador.",
  },
  // Accounts
  "This e-mail address has an account already.": {
    en: "This e-mail address has an account already.",
    es: "Este correo ya tiene una cuenta.",
  },
  "This name is taken.": { en: "This name is taken.", es: "Este nombre ya existe." },
  "This name is reserved. Take another.": {
    en: "This name is reserved. Take another.",
    es: "Este nombre está reservado. Elige otro.",
  },
  "base64url": { en: "This is not what a passkey answers.", es: "Esto no es lo que responde una llave de acceso." },
  "Your current password is needed.": {
    en: "Your current password is needed.",
    es: "Hace falta tu contraseña actual.",
  },
  "A new e-mail address needs your current password.": {
    en: "A new e-mail address needs your current password.",
    es: "Un correo nuevo necesita tu contraseña actual.",
  },
  "Give a password: this server cannot send invitation mails.": {
    en: "Give a password: this server cannot send invitation mails.",
    es: "Pon una contraseña: este servidor no puede enviar invitaciones por correo.",
  },
  "Give the name of your organisation.": {
    en: "Give the name of your organisation.",
    es: "Escribe el nombre de tu organización.",
  },
  "A password needs at least {0} characters.": {
    en: "A password needs at least {0} characters.",
    es: "Una contraseña necesita al menos {0} caracteres.",
  },
  "This password is one of the most used ones. Take another.": {
    en: "This password is one of the most used ones. Take another.",
    es: "Esta contraseña es de las más usadas. Elige otra.",
  },
  "A password must not be your own name or address.": {
    en: "A password must not be your own name or address.",
    es: "La contraseña no puede ser tu nombre ni tu correo.",
  },
  "A password needs more than two different characters.": {
    en: "A password needs more than two different characters.",
    es: "Una contraseña necesita más de dos caracteres distintos.",
  },
  "This is the last owner. Make somebody else an owner first.": {
    en: "This is the last owner. Make somebody else an owner first.",
    es: "Es la última persona propietaria. Nombra antes a otra.",
  },
  "Change your own password and address in your own account, with your password.": {
    en: "Change your own password and address in your profile, with your password.",
    es: "Cambia tu contraseña y tu correo en tu perfil, con tu contraseña.",
  },
  "You have {0} API tokens. Delete some first.": {
    en: "You have {0} tokens. Delete some first.",
    es: "Tienes {0} tokens. Elimina alguno antes.",
  },
  "In other letters this is the name of {0}. Choose one that can be told apart.": {
    en: "In other letters this is the name of {0}. Choose one that can be told apart.",
    es: "Con otras letras es el nombre de {0}. Elige uno que se distinga.",
  },
  "In other letters this is somebody else's name. Choose one that can be told apart.": {
    en: "In other letters this is somebody else's name. Choose one that can be told apart.",
    es: "Con otras letras es el nombre de otra persona. Elige uno que se distinga.",
  },
  "looks like somebody else's name": {
    en: "This looks like somebody else's name. Choose one that can be told apart.",
    es: "Se parece al nombre de otra persona. Elige uno que se distinga.",
  },
  "looks like another channel's name": {
    en: "This looks like another channel's name. Choose one that can be told apart.",
    es: "Se parece al nombre de otro canal. Elige uno que se distinga.",
  },
  // Chat
  "There is a public channel of this name already.": {
    en: "There is a public channel of this name already.",
    es: "Ya hay un canal público con este nombre.",
  },
  "The channel would have no admin left{0}": {
    en: "The channel would have no admin left. Make somebody else one first.",
    es: "El canal se quedaría sin administrador. Nombra antes a otra persona.",
  },
  "A channel has at most {0} pinned messages.": {
    en: "A channel has at most {0} pinned messages.",
    es: "Un canal tiene como máximo {0} mensajes fijados.",
  },
  "A message can be edited at most {0} times.": {
    en: "A message can be edited at most {0} times.",
    es: "Un mensaje se puede editar como máximo {0} veces.",
  },
  "A message has at most {0} different reactions.": {
    en: "A message has at most {0} different reactions.",
    es: "Un mensaje tiene como máximo {0} reacciones distintas.",
  },
  "At most {0} messages can wait to be sent.": {
    en: "At most {0} messages can wait to be sent.",
    es: "Como máximo pueden esperar {0} mensajes.",
  },
  "There are {0} drafts already. Send or remove some first.": {
    en: "There are {0} drafts already. Send or remove some first.",
    es: "Ya hay {0} borradores. Envía o elimina alguno antes.",
  },
  "It has been sent already.": { en: "It has been sent already.", es: "Ya se ha enviado." },
  "It is being sent this very moment.": {
    en: "It is being sent this very moment.",
    es: "Se está enviando en este momento.",
  },
  "The server's own messages are not pinned.": {
    en: "The server's own messages are not pinned.",
    es: "Los mensajes del servidor no se fijan.",
  },
  "Only direct channels can be hidden; leave this one instead.": {
    en: "Only direct conversations can be hidden; leave this channel instead.",
    es: "Solo se ocultan conversaciones directas; sal de este canal.",
  },
  "There is a command of this name already.": {
    en: "There is a command of this name already.",
    es: "Ya hay un comando con este nombre.",
  },
  "/{0} is built in. Choose another word.": {
    en: "/{0} is built in. Choose another word.",
    es: "/{0} ya existe en Pulpo. Elige otra palabra.",
  },
  "There is no command /{0}.{1}": { en: "There is no command /{0}.", es: "No existe el comando /{0}." },
  "Write it like this: {0}": { en: "Write it like this: {0}", es: "Escríbelo así: {0}" },
  "An organisation has at most {0} commands.": { en: "At most {0} commands.", es: "Como máximo {0} comandos." },
  "An organisation has at most {0} of these.": { en: "At most {0} of these.", es: "Como máximo {0} de estos." },
  "This message was not sent: the rules of your organisation do not allow some of its words.": {
    en: "Not sent: the rules of your organisation do not allow some of its words.",
    es: "No se ha enviado: las normas de tu organización no permiten algunas de sus palabras.",
  },
  "This message was not sent: the rules of your organisation do not allow its content.": {
    en: "Not sent: the rules of your organisation do not allow its content.",
    es: "No se ha enviado: las normas de tu organización no permiten su contenido.",
  },
  "This message was not sent: the rules of your organisation do not allow its link.": {
    en: "Not sent: the rules of your organisation do not allow its link.",
    es: "No se ha enviado: las normas de tu organización no permiten su enlace.",
  },
  "This message was not sent: too many messages, or the same one, in a short time. Wait a little.": {
    en: "Not sent: too many messages, or the same one, in a short time. Wait a little.",
    es: "No se ha enviado: demasiados mensajes, o el mismo, en poco tiempo. Espera un poco.",
  },
  "This message was not sent: write it without so many capital letters.": {
    en: "Not sent: write it without so many capital letters.",
    es: "No se ha enviado: escríbelo sin tantas mayúsculas.",
  },
  // Files, search, moderation, transfer
  "Files of this kind are not accepted here.": {
    en: "Files of this kind are not accepted here.",
    es: "Aquí no se aceptan archivos de este tipo.",
  },
  "The file is named like {0}, but its bytes are {1}.": {
    en: "The file is named like {0}, but it is {1}.",
    es: "El archivo se llama como {0}, pero es {1}.",
  },
  "The file is larger than the {0} bytes that are allowed.": {
    en: "The file is larger than the {0} bytes that are allowed.",
    es: "El archivo supera los {0} bytes permitidos.",
  },
  "Too many files are being uploaded at once. Send the others afterwards.": {
    en: "Too many files at once. Send the others afterwards.",
    es: "Demasiados archivos a la vez. Envía los demás después.",
  },
  "The file is used, in a message for instance. Remove that first.": {
    en: "The file is used, in a message for instance. Remove that first.",
    es: "El archivo se usa, por ejemplo en un mensaje. Elimina eso antes.",
  },
  "A search has at most {0} words and operators": {
    en: "A search has at most {0} words and operators.",
    es: "Una búsqueda tiene como máximo {0} palabras y operadores.",
  },
  "{0}: takes a date as {1}": {
    en: "{0}: takes a date such as 2026-03-09, 2026-03 or today.",
    es: "{0}: espera una fecha como 2026-03-09, 2026-03 u hoy.",
  },
  "{0}: takes {1}": { en: "{0}: takes {1}.", es: "{0}: admite {1}." },
  "There is no word in this search.": {
    en: "There is no word in this search.",
    es: "No hay ninguna palabra en esta búsqueda.",
  },
  "You cannot report your own message.": {
    en: "You cannot report your own message.",
    es: "No puedes denunciar tu propio mensaje.",
  },
  "You cannot moderate yourself.": { en: "You cannot moderate yourself.", es: "No puedes moderarte a ti." },
  "You can only moderate people whose role is below yours.": {
    en: "You can only moderate people whose role is below yours.",
    es: "Solo puedes moderar a personas con un rol inferior al tuyo.",
  },
  "This is about a message of yours: somebody else decides.": {
    en: "This is about a message of yours: somebody else decides.",
    es: "Trata de un mensaje tuyo: decide otra persona.",
  },
  "Somebody with a higher role did this: ask them to lift it.": {
    en: "Somebody with a higher role did this: ask them to lift it.",
    es: "Lo hizo alguien con un rol superior: pídele que lo retire.",
  },
  "This action does not hold any more.": { en: "This does not hold any more.", es: "Esto ya no está en vigor." },
  "Somebody else has changed the filter meanwhile. Load it again.": {
    en: "Somebody else has changed the filter meanwhile. Load it again.",
    es: "Otra persona ha cambiado el filtro mientras tanto. Cárgalo otra vez.",
  },
  "The archive was removed. Make a new export.": {
    en: "The archive was removed. Make a new export.",
    es: "El archivo se ha eliminado. Haz otra exportación.",
  },
  "An {0} of this organization is under way. Wait for its end or cancel it.": {
    en: "One is under way. Wait for its end or cancel it.",
    es: "Ya hay uno en marcha. Espera a que acabe o cancélalo.",
  },
  "This needs your current password.": {
    en: "This needs your current password.",
    es: "Para esto hace falta tu contraseña actual.",
  },
  ...ACCOUNT_TEXTS,
} satisfies Texts;
