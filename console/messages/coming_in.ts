// Coming in: registration, invitations, forgotten passwords, people who wait. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const comingInMessages = {
  "login.forgot": { en: "Forgot your password?", es: "¿Olvidaste tu contraseña?" },
  "login.no_account": { en: "No account yet?", es: "¿Aún no tienes cuenta?" },
  "login.register": { en: "Register", es: "Regístrate" },

  "register.title": { en: "New account", es: "Cuenta nueva" },
  "register.join": { en: "Join {organization}", es: "Únete a {organization}" },
  "register.own": { en: "A new organisation", es: "Una organización nueva" },
  "register.own.hint": { en: "You will be its owner.", es: "Será tuya." },
  "register.where": { en: "Where do you want to go?", es: "¿Adónde quieres entrar?" },
  "register.invited_by": { en: "{name} invites you as: {role}.", es: "{name} te invita como: {role}." },
  "register.invited": { en: "You are invited as: {role}.", es: "Te invitan como: {role}." },
  "register.email_fixed": {
    en: "The invitation is for this address.",
    es: "La invitación es para esta dirección.",
  },
  "register.action": { en: "Create account", es: "Crear cuenta" },
  "register.have_account": { en: "Do you have an account?", es: "¿Ya tienes cuenta?" },
  "register.to_login": { en: "To the sign-in", es: "Ir a la entrada" },
  "register.invite_only": {
    en: "New accounts need an invitation here. Ask somebody of the organisation for a link.",
    es: "Aquí las cuentas nuevas necesitan una invitación. Pide un enlace a alguien de la organización.",
  },
  "register.closed": {
    en: "Nobody can register here. An administrator can make an account for you.",
    es: "Aquí nadie puede registrarse. Quien administra puede crearte una cuenta.",
  },
  "register.signed_in": { en: "You are signed in as {name}", es: "Has entrado como {name}" },
  "register.signed_in.text": {
    en: "A registration makes another account. Sign out first if that is what you want.",
    es: "Al registrarte creas otra cuenta. Si es lo que quieres, sal primero.",
  },
  "register.stay": { en: "Stay signed in", es: "Seguir así" },
  "register.sign_out": { en: "Sign out and register", es: "Salir y registrarme" },
  "register.waiting.email": { en: "Look into your mail", es: "Mira tu correo" },
  "register.waiting.email.text": {
    en: "We have sent you a link. Open it to confirm your address; it works for a day.",
    es: "Te hemos enviado un enlace. Ábrelo para confirmar tu dirección; sirve un día.",
  },
  "register.waiting.approval": { en: "Nearly there", es: "Ya casi estás" },
  "register.waiting.approval.text": {
    en: "Your account is made. An administrator has to let you in; then you can sign in.",
    es: "Tu cuenta está creada. Quien administra tiene que aprobarla; después podrás entrar.",
  },

  "confirm_address.title": { en: "Confirm your address", es: "Confirma tu dirección" },
  "confirm_address.text": { en: "Then your account is ready.", es: "Así tu cuenta queda lista." },
  "confirm_address.action": { en: "Confirm", es: "Confirmar" },
  "confirm_address.password": { en: "Your password", es: "Tu contraseña" },
  "confirm_address.password.hint": {
    en: "The one you chose when you registered. If you chose none, leave it empty and choose one next.",
    es: "La que elegiste al registrarte. Si no elegiste ninguna, déjala vacía y elígela después.",
  },
  "confirm_address.done": { en: "Your address is confirmed", es: "Tu dirección está confirmada" },
  "confirm_address.done.text": { en: "You can sign in now.", es: "Ya puedes entrar." },

  "reset.title": { en: "Forgot your password?", es: "¿Olvidaste tu contraseña?" },
  "reset.text": {
    en: "Give the address of your account. You get a link to set a new password.",
    es: "Escribe la dirección de tu cuenta. Recibirás un enlace para poner una contraseña nueva.",
  },
  "reset.send": { en: "Send link", es: "Enviar enlace" },
  "reset.asked": { en: "Look into your mail", es: "Mira tu correo" },
  "reset.asked.text": {
    en: "If {email} has an account here, a link is under way. It works once, for an hour.",
    es: "Si {email} tiene cuenta aquí, el enlace va en camino. Sirve una vez, durante una hora.",
  },
  "reset.no_mail": {
    en: "This server sends no mail. Ask an administrator for a link to set a new password.",
    es: "Este servidor no envía correo. Pide a quien administra un enlace para poner una contraseña nueva.",
  },
  "reset.new": { en: "New password", es: "Contraseña nueva" },
  "reset.first": { en: "Choose a password", es: "Elige una contraseña" },
  "reset.for": { en: "For {username} in {organization}.", es: "Para {username} en {organization}." },
  "reset.password": { en: "New password", es: "Contraseña nueva" },
  "reset.action": { en: "Set password", es: "Poner contraseña" },
  "reset.sessions": {
    en: "You are signed out on all devices and sign in with it.",
    es: "Se cierra tu sesión en todos los dispositivos y entras con ella.",
  },
  "reset.again": { en: "Ask for a new link", es: "Pedir un enlace nuevo" },
  "reset.done": { en: "Your password is set", es: "Tu contraseña está puesta" },
  "reset.done.text": { en: "Sign in with it.", es: "Entra con ella." },

  "users.tab.people": { en: "People", es: "Personas" },
  "users.tab.invites": { en: "Invitations", es: "Invitaciones" },
  "users.tab.waiting": { en: "Waiting", es: "En espera" },
  "users.invite": { en: "Invite", es: "Invitar" },
  "users.reset_link": { en: "Link for a new password", es: "Enlace para una contraseña nueva" },
  "users.reset_link.title": { en: "New password for {name}", es: "Contraseña nueva para {name}" },
  "users.reset_link.text": {
    en: "Hand this link to {name}. It works once, for a day, and is shown only now.",
    es: "Pasa este enlace a {name}. Sirve una vez, durante un día, y solo se muestra ahora.",
  },
  "users.link": { en: "Link", es: "Enlace" },
  "users.password.none": {
    en: "Leave it empty and the person chooses it through a link.",
    es: "Déjala vacía y la persona la elige con un enlace.",
  },
  "users.first_link.title": { en: "{name} was created", es: "{name} se ha creado" },
  "users.first_link.text": {
    en: "This server sends no mail. Hand this link to the person to choose a password; it works once, for a week.",
    es:
      "Este servidor no envía correo. Pasa este enlace a la persona para que elija contraseña; sirve una vez, una semana.",
  },
  "users.first_mailed": {
    en: "A mail with a link to choose a password is under way.",
    es: "Va en camino un correo con un enlace para elegir contraseña.",
  },

  "invites.title": { en: "Invitations", es: "Invitaciones" },
  "invites.new": { en: "Invite people", es: "Invitar a personas" },
  "invites.for": { en: "For", es: "Para" },
  "invites.anybody": { en: "Whoever has the link", es: "Quien tenga el enlace" },
  "invites.by": { en: "by {name}", es: "de {name}" },
  "invites.by_command": { en: "by the command line", es: "de la línea de comandos" },
  "invites.uses": { en: "Uses", es: "Usos" },
  "invites.uses_left": { en: "{left} of {n} left", es: "quedan {left} de {n}" },
  "invites.people": { en: "{n} person|{n} people", es: "{n} persona|{n} personas" },
  "invites.ends": { en: "Ends", es: "Termina" },
  "invites.in_days": { en: "in {n} day|in {n} days", es: "en {n} día|en {n} días" },
  "invites.state.open": { en: "Open", es: "Abierta" },
  "invites.state.used_up": { en: "Used up", es: "Agotada" },
  "invites.state.over": { en: "Over", es: "Terminada" },
  "invites.email.mailed": {
    en: "The invitation is then for this address only, and is sent to it.",
    es: "La invitación será solo para esta dirección y se le envía.",
  },
  "invites.email.bound": {
    en: "The invitation is then for this address only. This server sends no mail: you hand the link on.",
    es: "La invitación será solo para esta dirección. Este servidor no envía correo: el enlace lo pasas tú.",
  },
  "invites.channels": { en: "Channels beyond the default ones", es: "Canales además de los predeterminados" },
  "invites.channels.find": { en: "Find a channel", es: "Buscar un canal" },
  "invites.channels_chosen": { en: "Channels: {n} more", es: "Canales: {n} más" },
  "invites.make": { en: "Make link", es: "Crear enlace" },
  "invites.send": { en: "Send invitation", es: "Enviar invitación" },
  "invites.made": { en: "The invitation is ready", es: "La invitación está lista" },
  "invites.made.text": {
    en: "Pass the link on. It works until {time} and is shown only now.",
    es: "Pasa el enlace. Sirve hasta {time} y solo se muestra ahora.",
  },
  "invites.sent": { en: "A mail to {email} is under way.", es: "Va en camino un correo a {email}." },
  "invites.close": { en: "I have passed it on", es: "Ya lo he pasado" },
  "invites.qr": { en: "QR code of the link", es: "Código QR del enlace" },
  "invites.qr.text": { en: "For a phone: point the camera at it.", es: "Para un móvil: apunta con la cámara." },
  "invites.revoke": { en: "Revoke", es: "Revocar" },
  "invites.revoke.title": { en: "Revoke this invitation?", es: "¿Revocar esta invitación?" },
  "invites.revoke.text": {
    en: "Nobody comes in with its link any more. Whoever came in already stays.",
    es: "Nadie más entra con su enlace. Quien ya entró se queda.",
  },
  "invites.revoked": { en: "The invitation is revoked", es: "La invitación está revocada" },
  "invites.empty": { en: "No invitations", es: "Sin invitaciones" },
  "invites.empty.text": {
    en: "Make a link and pass it on: whoever opens it makes an account of their own.",
    es: "Crea un enlace y pásalo: quien lo abra se crea su propia cuenta.",
  },

  "waiting.title": { en: "People who wait to be let in", es: "Personas que esperan entrar" },
  "waiting.since": { en: "Since", es: "Desde" },
  "waiting.email.confirmed": { en: "Confirmed", es: "Confirmado" },
  "waiting.email.open": { en: "Not confirmed", es: "Sin confirmar" },
  "waiting.approve": { en: "Let in", es: "Aprobar" },
  "waiting.approved": { en: "{name} is in", es: "{name} ya está dentro" },
  "waiting.refuse": { en: "Refuse", es: "Rechazar" },
  "waiting.refuse.title": { en: "Refuse {name}?", es: "¿Rechazar a {name}?" },
  "waiting.refuse.text": {
    en: "The account is deleted. The person may register again.",
    es: "La cuenta se borra. La persona puede registrarse otra vez.",
  },
  "waiting.refused": { en: "{name} was refused", es: "Se rechazó a {name}" },
  "waiting.empty": { en: "Nobody waits", es: "Nadie espera" },
  "waiting.empty.text": {
    en: "Who registers and needs an approval stands here.",
    es: "Quien se registra y necesita aprobación aparece aquí.",
  },

  "sign_up.title": { en: "Registration", es: "Registro" },
  "sign_up.server.invite": {
    en: "People come in by invitation on this server. This counts when registration is opened (PULPO_REGISTRATION).",
    es: "En este servidor se entra con invitación. Esto vale cuando se abra el registro (PULPO_REGISTRATION).",
  },
  "sign_up.server.closed": {
    en: "Registration is closed on this server. This counts when it is opened (PULPO_REGISTRATION).",
    es: "El registro está cerrado en este servidor. Esto vale cuando se abra (PULPO_REGISTRATION).",
  },
  "sign_up.domains": { en: "Domains that may register", es: "Dominios que pueden registrarse" },
  "sign_up.domains.hint": {
    en: "One a line. Only addresses of these come in, after confirming them by mail. Empty: any address.",
    es: "Uno por línea. Solo entran sus direcciones, después de confirmarlas por correo. Vacío: cualquier dirección.",
  },
  "sign_up.domains.no_mail": {
    en: "One a line. This server sends no mail, so an administrator lets each person in. Empty: any address.",
    es: "Uno por línea. Este servidor no envía correo: cada persona espera aprobación. Vacío: cualquier dirección.",
  },
  "sign_up.approval": { en: "An administrator approves everybody", es: "Quien administra aprueba a cada persona" },
  "sign_up.approval.text": {
    en: "Who registers waits under Users. Invitations need no approval.",
    es: "Quien se registra espera en Usuarios. Las invitaciones no necesitan aprobación.",
  },

  "bulk.invite": { en: "Invite {n} person|Invite {n} people", es: "Invitar a {n} persona|Invitar a {n} personas" },
  "bulk.mailed": { en: "Invited by mail", es: "Invitada por correo" },
  "bulk.mails": {
    en: "Everybody gets a mail with a link to choose a password.",
    es: "Cada persona recibe un correo con un enlace para elegir contraseña.",
  },
} satisfies Texts;
