// The texts of mails about accounts, in the recipient's language: one table, both languages beside each other.

export type MailLanguage = "en" | "es";

/** What a mail says; `{…}` are filled in by template.ts. */
export interface MailText {
  subject: string;
  text: string;
  /** The words of the link; absent: the mail has none. */
  action?: string;
  /** Under the link. */
  note: string;
}

export type MailKind = "invite" | "first" | "reset" | "confirm" | "password_changed" | "approved" | "refused";

export const MAIL_TEXTS: Record<MailKind, Record<MailLanguage, MailText>> = {
  invite: {
    en: {
      subject: "{by} invites you to {organization}",
      text: "{by} invites you to join {organization} on Pulpo. Open the link and choose your name and password.",
      action: "Join {organization}",
      note: "The link is for {to} only, works once and until {until}. If you know nothing of this, ignore this mail.",
    },
    es: {
      subject: "{by} te invita a {organization}",
      text: "{by} te invita a unirte a {organization} en Pulpo. Abre el enlace y elige tu nombre y tu contraseña.",
      action: "Unirme a {organization}",
      note: "El enlace es solo para {to}, sirve una vez y hasta {until}. Si no sabes nada de esto, ignora este correo.",
    },
  },
  first: {
    en: {
      subject: "Your account in {organization}",
      text: "There is an account for you in {organization} on Pulpo. Your user name is {username}. " +
        "Open the link and choose your password.",
      action: "Choose a password",
      note: "The link works once and until {until}. If you know nothing of this, ignore this mail.",
    },
    es: {
      subject: "Tu cuenta en {organization}",
      text: "Tienes una cuenta en {organization} en Pulpo. Tu nombre de usuario es {username}. " +
        "Abre el enlace y elige tu contraseña.",
      action: "Elegir contraseña",
      note: "El enlace sirve una vez y hasta {until}. Si no sabes nada de esto, ignora este correo.",
    },
  },
  reset: {
    en: {
      subject: "Set a new password for {organization}",
      text: "Somebody, hopefully you, asked for a new password for {username} in {organization}.",
      action: "Set a new password",
      note: "The link works once and until {until}. If it was not you, ignore this mail: your password stays as it is.",
    },
    es: {
      subject: "Nueva contraseña para {organization}",
      text: "Alguien, esperamos que tú, pidió una contraseña nueva para {username} en {organization}.",
      action: "Poner una contraseña nueva",
      note: "El enlace sirve una vez y hasta {until}. Si no fuiste tú, ignora este correo: tu contraseña no cambia.",
    },
  },
  confirm: {
    en: {
      subject: "Confirm your address for {organization}",
      text: "You registered as {username} in {organization}. Confirm that this is your address.",
      action: "Confirm the address",
      note: "The link works once and until {until}. If you know nothing of this, ignore this mail.",
    },
    es: {
      subject: "Confirma tu correo para {organization}",
      text: "Te registraste como {username} en {organization}. Confirma que esta dirección es tuya.",
      action: "Confirmar la dirección",
      note: "El enlace sirve una vez y hasta {until}. Si no sabes nada de esto, ignora este correo.",
    },
  },
  password_changed: {
    en: {
      subject: "Your password was changed",
      text: "The password of {username} in {organization} was changed on {now}.",
      note: "If it was not you, set a new password at once ({url}) and tell your administrator.",
    },
    es: {
      subject: "Tu contraseña ha cambiado",
      text: "La contraseña de {username} en {organization} cambió el {now}.",
      note: "Si no fuiste tú, pon enseguida una contraseña nueva ({url}) y avisa a quien administra.",
    },
  },
  approved: {
    en: {
      subject: "Welcome to {organization}",
      text: "Your account {username} in {organization} is ready. You can sign in now.",
      action: "Sign in",
      note: "You get this mail because you registered with this address.",
    },
    es: {
      subject: "Te damos la bienvenida a {organization}",
      text: "Tu cuenta {username} en {organization} está lista. Ya puedes entrar.",
      action: "Entrar",
      note: "Recibes este correo porque te registraste con esta dirección.",
    },
  },
  refused: {
    en: {
      subject: "Your registration in {organization}",
      text: "{organization} has not taken up your registration as {username}. What you entered has been deleted.",
      note: "If you think that this is a mistake, ask the people of {organization}. You may register again.",
    },
    es: {
      subject: "Tu registro en {organization}",
      text: "{organization} no ha aceptado tu registro como {username}. Los datos que diste se han borrado.",
      note: "Si crees que es un error, pregunta a la gente de {organization}. Puedes registrarte de nuevo.",
    },
  },
};
