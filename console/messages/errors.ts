// What went wrong and what to do next, by error code (protocol/errors.ts; a test asks for every one of them). What a field
// or a refusal says in particular stands in server_texts.ts.
import type { Texts } from "./texts.ts";

export const errorMessages = {
  "error.unknown": { en: "Something went wrong in the console.", es: "Algo falló en la consola." },
  "error.unknown.next": {
    en: "Try again. If it stays, reload the page.",
    es: "Inténtalo de nuevo. Si continúa, recarga la página.",
  },
  "error.server.next": {
    en: "Try again in a moment. If it stays, an administrator finds the cause in the log by the request id.",
    es: "Inténtalo en un momento. Si continúa, un administrador encuentra la causa en el registro con el id.",
  },
  "error.request": { en: "Request {id}", es: "Petición {id}" },
  "error.network": { en: "The server cannot be reached.", es: "No se puede contactar con el servidor." },
  "error.network.next": {
    en: "Check your connection and that the server is running, then try again.",
    es: "Comprueba tu conexión y que el servidor esté en marcha, e inténtalo de nuevo.",
  },
  "error.timeout": { en: "The server did not answer in time.", es: "El servidor no respondió a tiempo." },
  "error.timeout.next": {
    en: "It may be busy. Try again in a moment.",
    es: "Puede estar ocupado. Inténtalo en un momento.",
  },
  "error.unavailable": {
    en: "A part of the server is not available.",
    es: "Una parte del servidor no está disponible.",
  },
  "error.unavailable.next": {
    en: "Try again in a moment; the Health page shows what is wrong.",
    es: "Inténtalo en un momento; la página Estado muestra qué pasa.",
  },
  "error.maintenance": { en: "This organisation is being maintained.", es: "Esta organización está en mantenimiento." },
  "error.maintenance.next": {
    en: "Nothing is lost. Try again in a few minutes.",
    es: "No se pierde nada. Inténtalo de nuevo en unos minutos.",
  },
  "error.feature_disabled": {
    en: "Your organisation has switched this off.",
    es: "Tu organización ha desactivado esto.",
  },
  "error.feature_disabled.next": {
    en: "An administrator can switch it on again, under Organisation.",
    es: "Un administrador puede activarlo de nuevo, en Organización.",
  },
  "error.bad_answer": { en: "The answer did not come from Pulpo.", es: "La respuesta no vino de Pulpo." },
  "error.bad_answer.next": {
    en: "A proxy in between may be misconfigured. Try again or tell your administrator.",
    es: "Un proxy intermedio puede estar mal configurado. Reinténtalo o avisa a tu administrador.",
  },
  "error.internal": { en: "Something went wrong on the server.", es: "Algo falló en el servidor." },
  "error.invalid_credentials": { en: "Name or password is wrong.", es: "El nombre o la contraseña no son correctos." },
  "error.invalid_credentials.next": {
    en: "Check caps lock and try again, or use “Forgot your password?”.",
    es: "Comprueba las mayúsculas e inténtalo de nuevo, o usa «¿Olvidaste tu contraseña?».",
  },
  "form.not_your_password": { en: "This is not your password.", es: "Esta no es tu contraseña." },
  "error.totp_required": { en: "A second step is needed.", es: "Falta el segundo paso." },
  "error.totp_required.next": {
    en: "Type the code of your authenticator app, or a recovery code.",
    es: "Escribe el código de tu aplicación de autenticación o un código de recuperación.",
  },
  "error.recent_sign_in_required": { en: "Please confirm that it is you.", es: "Confirma que eres tú." },
  "error.recent_sign_in_required.next": {
    en: "Confirm with your password or a passkey, or sign out and in again.",
    es: "Confirma con tu contraseña o una llave de acceso, o cierra la sesión y entra de nuevo.",
  },
  "error.invalid_code": { en: "The code is not right.", es: "El código no es correcto." },
  "error.invalid_code.next": {
    en: "Take the newest one: each is good once and not for long. For an app, check the clock of your device.",
    es: "Usa el más nuevo: cada uno sirve una vez y por poco tiempo. Si es de una aplicación, comprueba el reloj.",
  },
  "error.passkey_refused": { en: "The passkey was not accepted.", es: "No se aceptó la llave de acceso." },
  "error.passkey_refused.next": {
    en:
      "Try again, or sign in with your password. A passkey that was removed here stays on the device: delete it there.",
    es:
      "Inténtalo de nuevo o entra con tu contraseña. Una llave eliminada aquí sigue en el dispositivo: bórrala también allí.",
  },
  "error.passkeys_unavailable": {
    en: "Passkeys do not work at this address.",
    es: "Las llaves de acceso no funcionan en esta dirección.",
  },
  "error.passkeys_unavailable.next": {
    en: "They need a name and https. The people who run this server set PULPO_PUBLIC_URL.",
    es: "Necesitan un nombre y https. Quien lleva este servidor configura PULPO_PUBLIC_URL.",
  },
  "error.rate_limited": { en: "Too many tries.", es: "Demasiados intentos." },
  "error.rate_limited.next": {
    en: "Wait {time}, then try again.",
    es: "Espera {time} e inténtalo de nuevo.",
  },
  "error.account_disabled": { en: "This account is disabled.", es: "Esta cuenta está desactivada." },
  "error.account_disabled.next": {
    en: "Ask an administrator to enable it.",
    es: "Pide a un administrador que la active.",
  },
  "error.unauthenticated": { en: "Your session has ended.", es: "Tu sesión ha terminado." },
  "error.unauthenticated.next": { en: "Sign in again.", es: "Entra de nuevo." },
  "error.token_expired": { en: "Your session has ended.", es: "Tu sesión ha terminado." },
  "error.token_expired.next": { en: "Sign in again.", es: "Entra de nuevo." },
  "error.forbidden": { en: "Your role does not allow this.", es: "Tu rol no lo permite." },
  "error.forbidden.next": {
    en: "Ask an administrator of your organisation.",
    es: "Pídelo a un administrador de tu organización.",
  },
  "error.csrf_failed": { en: "The browser's session does not match.", es: "La sesión del navegador no coincide." },
  "error.csrf_failed.next": { en: "Reload the page and try again.", es: "Recarga la página e inténtalo de nuevo." },
  "error.not_found": { en: "This no longer exists.", es: "Esto ya no existe." },
  "error.not_found.next": { en: "Reload the list.", es: "Recarga la lista." },
  "error.conflict": { en: "This clashes with what is there.", es: "Esto choca con lo que ya hay." },
  "error.conflict.next": { en: "Change what clashes and try again.", es: "Cambia lo que choca e inténtalo de nuevo." },
  "error.setup_done": { en: "This server is already set up.", es: "Este servidor ya está configurado." },
  "error.setup_done.next": { en: "Sign in with the owner's account.", es: "Entra con la cuenta del propietario." },
  "error.validation_failed": { en: "Some values are not accepted.", es: "Algunos valores no se aceptan." },
  "error.validation_failed.next": { en: "Correct them and try again.", es: "Corrígelos e inténtalo de nuevo." },
  "error.weak_password": {
    en: "This password is too easy to guess.",
    es: "Esta contraseña es demasiado fácil de adivinar.",
  },
  "error.weak_password.next": {
    en: "Choose a longer one that nobody else would think of.",
    es: "Elige una más larga que a nadie más se le ocurra.",
  },
  "error.reserved_type": { en: "The protocol uses this type itself.", es: "El protocolo usa este tipo." },
  "error.reserved_type.next": { en: "Choose another name for the type.", es: "Elige otro nombre para el tipo." },
  "error.too_large": { en: "This is too large.", es: "Es demasiado grande." },
  "error.too_large.next": { en: "Send less at once.", es: "Envía menos de una vez." },
  "error.rejected": { en: "The server did not accept this.", es: "El servidor no lo ha aceptado." },
  "error.field": { en: "This value is not accepted.", es: "Este valor no se acepta." },
  "error.bad_request": { en: "The server did not understand this.", es: "El servidor no ha entendido la petición." },
  "error.bad_request.next": { en: "Reload the page and try again.", es: "Recarga la página e inténtalo de nuevo." },
  "error.invalid_json": { en: "The server did not understand this.", es: "El servidor no ha entendido la petición." },
  "error.invalid_json.next": { en: "Reload the page and try again.", es: "Recarga la página e inténtalo de nuevo." },
  "error.token_reused": { en: "Your session has ended.", es: "Tu sesión ha terminado." },
  "error.token_reused.next": { en: "Sign in again.", es: "Entra de nuevo." },
  "error.sign_in_way_off": {
    en: "This server does not offer this way to sign in.",
    es: "Este servidor no ofrece esta forma de entrar.",
  },
  "error.sign_in_way_off.next": {
    en: "Take another way, or ask the people who run the server.",
    es: "Usa otra forma o pregunta a quienes administran el servidor.",
  },
  "error.last_way_in": {
    en: "This is the last way into your account.",
    es: "Es la última forma de entrar en tu cuenta.",
  },
  "error.last_way_in.next": {
    en: "Add another way first, such as a password.",
    es: "Añade antes otra forma, por ejemplo una contraseña.",
  },
  "error.sign_in_over": { en: "This sign-in is over.", es: "Este inicio de sesión ha terminado." },
  "error.sign_in_over.next": {
    en: "It took too long, was finished already, or was begun in another browser. Begin anew.",
    es: "Tardó demasiado, ya se había completado o se empezó en otro navegador. Empieza de nuevo.",
  },
  "error.provider_failed": {
    en: "The provider’s answer was not right.",
    es: "La respuesta del proveedor no fue correcta.",
  },
  "error.provider_failed.next": {
    en: "Begin anew. If it stays, an administrator finds the cause in the log.",
    es: "Empieza de nuevo. Si continúa, un administrador encuentra la causa en el registro.",
  },
  "error.provider_refused": { en: "The provider did not sign you in.", es: "El proveedor no te dejó entrar." },
  "error.provider_refused.next": {
    en: "Begin anew, or take another way to sign in.",
    es: "Empieza de nuevo o usa otra forma de entrar.",
  },
  "error.domain_refused": {
    en: "People with your address cannot sign in through this provider.",
    es: "Las personas con tu dirección no pueden entrar con este proveedor.",
  },
  "error.domain_refused.next": {
    en: "Choose your account of the organisation at the provider, or take another way.",
    es: "Elige en el proveedor tu cuenta de la organización o usa otra forma.",
  },
  "error.email_unverified": {
    en: "The provider does not vouch for your e-mail address.",
    es: "El proveedor no confirma tu dirección de correo.",
  },
  "error.email_unverified.next": {
    en:
      "Confirm the address at the provider, or ask an administrator for an account and link the provider in your profile.",
    es:
      "Confirma la dirección en el proveedor, o pide una cuenta a un administrador y vincula el proveedor en tu perfil.",
  },
  "error.link_required": {
    en: "An account here has this address already.",
    es: "Aquí ya hay una cuenta con esta dirección.",
  },
  "error.link_required.next": {
    en: "Sign in to it with its password, then link the provider in your profile.",
    es: "Entra en ella con su contraseña y después vincula el proveedor en tu perfil.",
  },
  "error.provider_unavailable": {
    en: "The provider cannot be reached.",
    es: "No se puede contactar con el proveedor.",
  },
  "error.provider_unavailable.next": {
    en: "Try again in a moment, or take another way to sign in.",
    es: "Inténtalo en un momento o usa otra forma de entrar.",
  },
  "error.registration_closed": {
    en: "New accounts need an invitation here.",
    es: "Aquí las cuentas nuevas necesitan una invitación.",
  },
  "error.registration_closed.next": {
    en: "Ask the people who run this server.",
    es: "Pídela a quien lleva este servidor.",
  },
  "error.invite_invalid": {
    en: "This invitation does not hold any more, or is for another address.",
    es: "Esta invitación ya no vale, o es para otra dirección.",
  },
  "error.invite_invalid.next": {
    en: "Ask whoever invited you for a new one.",
    es: "Pide una nueva a quien te invitó.",
  },
  "error.link_invalid": { en: "This link does not hold any more.", es: "Este enlace ya no vale." },
  "error.link_invalid.next": {
    en: "Each link works once. Ask for a new one.",
    es: "Cada enlace sirve una vez. Pide uno nuevo.",
  },
  "error.email_unconfirmed": {
    en: "Your address is not confirmed yet.",
    es: "Tu dirección aún no está confirmada.",
  },
  "error.email_unconfirmed.next": {
    en: "Open the link in the mail that you got. To get another one, use “Forgot your password?”.",
    es: "Abre el enlace del correo que recibiste. Para recibir otro, usa «¿Olvidaste tu contraseña?».",
  },
  "error.approval_pending": {
    en: "An administrator has to let you in first.",
    es: "Alguien que administra tiene que aprobar tu cuenta.",
  },
  "error.approval_pending.next": {
    en: "You can sign in as soon as that has happened.",
    es: "Podrás entrar en cuanto lo haga.",
  },
  "error.unknown_channel": { en: "There is no such channel.", es: "Ese canal no existe." },
  "error.unknown_channel.next": { en: "Check its name.", es: "Comprueba su nombre." },
  "error.needs_websocket": {
    en: "Your connection cannot show live pictures.",
    es: "Tu conexión no puede mostrar imágenes en directo.",
  },
  "error.needs_websocket.next": {
    en: "Ask whoever runs the proxy in front of the server to let WebSockets through.",
    es: "Pide a quien administra el proxy del servidor que deje pasar WebSockets.",
  },
  "error.unknown_command": { en: "There is no such command.", es: "Ese comando no existe." },
  "error.unknown_command.next": { en: "Type / to see all of them.", es: "Escribe / para verlos todos." },
  "error.method_not_allowed": {
    en: "The server does not know this call.",
    es: "El servidor no conoce esta operación.",
  },
  "error.method_not_allowed.next": {
    en: "Reload the page and try again.",
    es: "Recarga la página e inténtalo de nuevo.",
  },
  "error.idempotency_mismatch": {
    en: "This was sent before with other values.",
    es: "Esto ya se envió con otros valores.",
  },
  "error.idempotency_mismatch.next": { en: "Try again.", es: "Inténtalo de nuevo." },
  "error.idempotency_in_progress": { en: "This is still being done.", es: "Esto todavía está en marcha." },
  "error.idempotency_in_progress.next": { en: "Wait a moment.", es: "Espera un momento." },
  "error.channel_archived": { en: "This channel is archived.", es: "Este canal está archivado." },
  "error.channel_archived.next": {
    en: "It can be read, but not written in. A manager of the channel can open it again.",
    es: "Se puede leer, pero no escribir. Quien gestiona el canal puede reabrirlo.",
  },
  "error.confirmation_required": { en: "Many people would be notified.", es: "Se avisaría a mucha gente." },
  "error.confirmation_required.next": {
    en: "Confirm it, or write without the mention.",
    es: "Confírmalo o escribe sin la mención.",
  },
  "error.join_token_invalid": {
    en: "This join token does not hold any more.",
    es: "Este token de incorporación ya no vale.",
  },
  "error.join_token_invalid.next": { en: "Ask for a new one.", es: "Pide uno nuevo." },
  "error.already_connected": {
    en: "This agent is connected already.",
    es: "Este agente ya está conectado.",
  },
  "error.already_connected.next": {
    en: "End the other program of this agent first.",
    es: "Termina antes el otro programa de este agente.",
  },
  "error.agent_offline": { en: "The agent is not connected.", es: "El agente no está conectado." },
  "error.agent_offline.next": {
    en: "Look whether its machine runs, and try again.",
    es: "Comprueba si su máquina funciona e inténtalo de nuevo.",
  },
  "error.gone": { en: "This was removed.", es: "Esto se ha eliminado." },
  "error.gone.next": { en: "Make it anew.", es: "Créalo de nuevo." },
  "error.precondition_failed": {
    en: "Somebody changed this meanwhile.",
    es: "Alguien ha cambiado esto mientras tanto.",
  },
  "error.precondition_failed.next": { en: "Reload and try again.", es: "Recarga e inténtalo de nuevo." },
  "error.unsupported_media_type": {
    en: "This form of data is not accepted.",
    es: "Este formato de datos no se acepta.",
  },
  "error.unsupported_media_type.next": {
    en: "Reload the page and try again.",
    es: "Recarga la página e inténtalo de nuevo.",
  },
  "error.unsupported_file": { en: "This file is not accepted.", es: "Este archivo no se acepta." },
  "error.unsupported_file.next": { en: "Choose a file of another kind.", es: "Elige un archivo de otro tipo." },
  "error.unknown_type": { en: "The server does not know this type.", es: "El servidor no conoce este tipo." },
  "error.unknown_type.next": { en: "Reload the page and try again.", es: "Recarga la página e inténtalo de nuevo." },
  "error.too_many_connections": {
    en: "You have too many windows and programs connected.",
    es: "Tienes demasiadas ventanas y programas conectados.",
  },
  "error.too_many_connections.next": { en: "Close some of them.", es: "Cierra algunos." },
  "error.too_many_subscriptions": {
    en: "This tab listens to too many channels.",
    es: "Esta pestaña escucha demasiados canales.",
  },
  "error.too_many_subscriptions.next": { en: "Stop listening to some of them.", es: "Deja de escuchar algunos." },
  "error.passkey_exists": {
    en: "This device has a passkey here already.",
    es: "Este dispositivo ya tiene una llave de acceso aquí.",
  },
  "error.passkey_exists.next": {
    en: "Use another device, or remove the old one first.",
    es: "Usa otro dispositivo, o elimina antes la anterior.",
  },
  "error.passkey_failed": { en: "The device could not do it.", es: "El dispositivo no pudo hacerlo." },
  "error.passkey_failed.next": {
    en: "It needs a screen lock (PIN, fingerprint or face). Check that, or use another device.",
    es: "Necesita un bloqueo de pantalla (PIN, huella o cara). Compruébalo o usa otro dispositivo.",
  },
  "error.muted": { en: "You are muted at the moment", es: "Estás silenciado en este momento" },
  "error.muted.next": {
    en: "You can read, but not write. Your inbox says until when and why.",
    es: "Puedes leer, pero no escribir. Tu bandeja dice hasta cuándo y por qué.",
  },
  "error.banned": { en: "A moderator has banned you", es: "Un moderador te ha expulsado" },
  "error.banned.next": {
    en: "Ask the people who run this server if you think it is a mistake.",
    es: "Si crees que es un error, pregunta a quienes llevan este servidor.",
  },
  "error.message_blocked": { en: "The message was not sent", es: "El mensaje no se ha enviado" },
  "error.message_blocked.next": {
    en: "The rules of your organisation do not allow its content.",
    es: "Las normas de tu organización no permiten su contenido.",
  },
} satisfies Texts;
