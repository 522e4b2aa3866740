// Sentences of the server about accounts, as in server_texts.ts.
import type { Text } from "./texts.ts";

export const ACCOUNT_TEXTS: Record<string, Text> = {
  "a telephone number with + and the country: +34600111222": {
    en: "A telephone number with + and the country, such as +34 600 111 222.",
    es: "Un número de teléfono con + y el país, como +34 600 111 222.",
  },
  "phone or email is required, not both": {
    en: "A telephone number or an e-mail address.",
    es: "Un número de teléfono o un correo.",
  },
  "This number belongs to another account.": {
    en: "This number belongs to another account.",
    es: "Este número es de otra cuenta.",
  },
  "Your password is needed for this.": {
    en: "Your password is needed for this.",
    es: "Se necesita tu contraseña para esto.",
  },
  "one of user_id and username": {
    en: "Name the person either by id or by user name.",
    es: "Indica a la persona por su id o por su nombre de usuario.",
  },
  "You are the last owner. Make somebody else an owner first, under Users, then delete your account.": {
    en: "You are the last owner. Make somebody else an owner first, under Users, then delete your account.",
    es: "Eres el último propietario. Nombra antes propietario a otra persona, en Usuarios, y elimina luego tu cuenta.",
  },
  "An export of your data is under way already. Wait until it is done.": {
    en: "An export of your data is under way already. Wait until it is done.",
    es: "Ya hay una exportación de tus datos en marcha. Espera a que acabe.",
  },
  "At most {0} exports a day. Try again tomorrow.": {
    en: "At most {0} exports a day. Try again tomorrow.",
    es: "Como máximo {0} exportaciones al día. Inténtalo mañana.",
  },
};
