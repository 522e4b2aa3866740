// How people sign in beside the password: the second step, recovery codes, passkeys. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const securityMessages = {
  "login.or": { en: "or", es: "o" },
  "login.second": { en: "Second step", es: "Segundo paso" },
  "login.second.text": { en: "Your account asks for a code.", es: "Tu cuenta pide un código." },

  "second.title": { en: "Two-step sign-in", es: "Verificación en dos pasos" },
  "second.on": { en: "On", es: "Activada" },
  "second.off": { en: "Off", es: "Desactivada" },
  "second.text": {
    en:
      "An authenticator app on your phone shows a new code every 30 seconds. Signing in asks for it after the password.",
    es:
      "Una aplicación de autenticación en tu teléfono muestra un código nuevo cada 30 segundos. Al entrar se pide después de la contraseña.",
  },
  "second.on.text": {
    en: "After the password, signing in asks for a code of your authenticator app.",
    es: "Después de la contraseña, al entrar se pide un código de tu aplicación de autenticación.",
  },
  "second.set_up": { en: "Set up an authenticator app", es: "Configurar una aplicación" },
  "second.scan": {
    en: "Scan this with your authenticator app.",
    es: "Escanea esto con tu aplicación de autenticación.",
  },
  "second.qr": { en: "QR code for the authenticator app", es: "Código QR para la aplicación de autenticación" },
  "second.by_hand": { en: "If you cannot scan, type this key:", es: "Si no puedes escanear, escribe esta clave:" },
  "second.open_app": { en: "Open the app on this device", es: "Abrir la aplicación en este dispositivo" },
  "second.type_code": { en: "Type the code that the app shows", es: "Escribe el código que muestra la aplicación" },
  "second.six_digits": { en: "Six digits.", es: "Seis cifras." },
  "second.enable": { en: "Switch on", es: "Activar" },
  "second.disable": { en: "Switch off", es: "Desactivar" },
  "second.disable.text": {
    en: "From then on the password alone is enough. Your other sessions end, and the recovery codes stop working.",
    es:
      "Desde entonces basta la contraseña. Tus otras sesiones terminan y los códigos de recuperación dejan de servir.",
  },
  "second.disabled": { en: "Two-step sign-in is off", es: "Verificación en dos pasos desactivada" },
  "second.code": { en: "Code of your authenticator app", es: "Código de tu aplicación de autenticación" },
  "second.code.hint": { en: "Six digits, new every 30 seconds.", es: "Seis cifras, nuevas cada 30 segundos." },
  "second.any_code": { en: "Code of the app, or a recovery code", es: "Código de la aplicación o de recuperación" },
  "second.recovery": { en: "Recovery code", es: "Código de recuperación" },
  "second.recovery.hint": {
    en: "One of the ten that you kept when you set it up. Each works once.",
    es: "Uno de los diez que guardaste al configurarlo. Cada uno sirve una vez.",
  },
  "second.use_recovery": { en: "Use a recovery code", es: "Usar un código de recuperación" },
  "second.use_app": { en: "Use the authenticator app", es: "Usar la aplicación" },
  "second.back": { en: "Back", es: "Volver" },

  "recovery.title": { en: "Recovery codes", es: "Códigos de recuperación" },
  "recovery.once": {
    en:
      "They are shown this once. Each lets you in once when you do not have your phone: keep them where only you find them.",
    es:
      "Solo se muestran ahora. Cada uno te deja entrar una vez cuando no tengas el teléfono: guárdalos donde solo tú los encuentres.",
  },
  "recovery.copy": { en: "Copy all", es: "Copiar todos" },
  "recovery.save": { en: "Save as a file", es: "Guardar en un archivo" },
  "recovery.file": {
    en: "Recovery codes of {name}, each good once",
    es: "Códigos de recuperación de {name}, cada uno vale una vez",
  },
  "recovery.left": {
    en: "{n} recovery code left.|{n} recovery codes left.",
    es: "Queda {n} código de recuperación.|Quedan {n} códigos de recuperación.",
  },
  "recovery.renew": { en: "New recovery codes", es: "Códigos de recuperación nuevos" },
  "recovery.renew.text": {
    en: "You get ten new codes; the old ones stop working.",
    es: "Recibes diez códigos nuevos; los anteriores dejan de servir.",
  },

  "passkey.title": { en: "Passkeys", es: "Llaves de acceso" },
  "passkey.text": {
    en:
      "Sign in with your fingerprint, face or the lock of your device instead of the password. A passkey is both steps at once.",
    es:
      "Entra con tu huella, tu cara o el bloqueo de tu dispositivo en vez de la contraseña. Una llave de acceso es los dos pasos a la vez.",
  },
  "passkey.impossible": {
    en: "This browser takes no passkeys at this address: they need a name and https.",
    es: "Este navegador no admite llaves de acceso en esta dirección: necesitan un nombre y https.",
  },
  "passkey.sign_in": { en: "Sign in with a passkey", es: "Entrar con una llave de acceso" },
  "passkey.add": { en: "Add a passkey", es: "Añadir una llave de acceso" },
  "passkey.added": { en: "“{name}” was added", es: "Se añadió «{name}»" },
  "passkey.made": { en: "added", es: "añadida" },
  "passkey.used": { en: "last used", es: "último uso" },
  "passkey.unused": { en: "not used yet", es: "sin usar todavía" },
  "passkey.name": { en: "Name", es: "Nombre" },
  "passkey.rename": { en: "Rename “{name}”", es: "Cambiar el nombre de «{name}»" },
  "passkey.remove": { en: "Remove “{name}”", es: "Eliminar «{name}»" },
  "passkey.remove.text": {
    en: "It opens nothing here any more. Delete it on the device too.",
    es: "Ya no abre nada aquí. Bórrala también en el dispositivo.",
  },

  "proof.title": { en: "Is it you?", es: "¿Eres tú?" },
  "proof.password": {
    en: "You signed in a while ago. Type your password to go on.",
    es: "Entraste hace un rato. Escribe tu contraseña para seguir.",
  },
  "proof.passkey": {
    en: "You signed in a while ago. Show your passkey to go on.",
    es: "Entraste hace un rato. Muestra tu llave de acceso para seguir.",
  },
  "proof.again": {
    en: "You signed in a while ago. Sign in again, then come back here.",
    es: "Entraste hace un rato. Inicia sesión de nuevo y vuelve aquí.",
  },
  "proof.action": { en: "Confirm", es: "Confirmar" },
  "proof.use_passkey": { en: "Use a passkey", es: "Usar una llave de acceso" },
  "proof.sign_in": { en: "Sign in again", es: "Iniciar sesión de nuevo" },

  "required.title": { en: "One more lock", es: "Un cerrojo más" },
  "required.text": {
    en: "Your organisation asks for a second factor. Set one up to go on.",
    es: "Tu organización pide un segundo factor. Configura uno para seguir.",
  },
  "required.passkey_there": {
    en:
      "Your account has a passkey. Sign out, and sign in with it. If you have lost it, an administrator can reset it.",
    es:
      "Tu cuenta tiene una llave de acceso. Cierra la sesión y entra con ella. Si la perdiste, un administrador puede quitarla.",
  },
  "required.passkey_instead": { en: "Use a passkey instead", es: "Usar mejor una llave de acceso" },
  "required.go_on": { en: "I have stored them, go on", es: "Los he guardado, seguir" },
  "required.due": {
    en: "Your organisation asks for a second factor from {date} on.",
    es: "Tu organización pide un segundo factor a partir del {date}.",
  },

  "organization.second": { en: "Second factor", es: "Segundo factor" },
  "organization.second.roles": { en: "Needed by", es: "Obligatorio para" },
  "organization.second.days": { en: "Days of grace", es: "Días de plazo" },
  "organization.second.days.hint": {
    en: "For so long it works without, from now or from when an account is made. 0: at once.",
    es: "Durante ese tiempo funciona sin él, desde ahora o desde que se crea la cuenta. 0: enseguida.",
  },
  "organization.second.days_bad": { en: "0 to 90.", es: "De 0 a 90." },
  "organization.second.text": {
    en: "People of these roles who have none see only the page to set one up. API tokens go on working.",
    es:
      "Quien tenga uno de estos roles y no lo tenga solo verá la página para configurarlo. Los tokens de API siguen funcionando.",
  },
  "organization.second.you": {
    en: "You have none yourself: you will have to set one up right after saving.",
    es: "Tú no tienes ninguno: tendrás que configurarlo nada más guardar.",
  },

  "users.second": { en: "Second factor", es: "Segundo factor" },
  "users.second.none": { en: "None", es: "Ninguno" },
  "users.second.app": { en: "Authenticator app", es: "Aplicación" },
  "users.second.passkeys": { en: "{n} passkey|{n} passkeys", es: "{n} llave de acceso|{n} llaves de acceso" },
  "users.second.reset": { en: "Reset second factor", es: "Restablecer segundo factor" },
  "users.second.reset.text": {
    en:
      "Removes the authenticator app, the recovery codes and the passkeys of {name}, and ends their sessions. They are told.",
    es:
      "Elimina la aplicación, los códigos de recuperación y las llaves de acceso de {name}, y termina sus sesiones. Se le avisa.",
  },
  "users.second.done": {
    en: "The second factors of {name} are gone",
    es: "Se eliminaron los segundos factores de {name}",
  },
} satisfies Texts;
