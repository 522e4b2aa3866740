// Signing in with a code or through a provider; telephone number and linked accounts in the profile. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const signInMessages = {
  "ways.provider": { en: "Continue with {name}", es: "Continuar con {name}" },
  "ways.code": { en: "Continue with a code", es: "Continuar con un código" },
  "ways.failed": { en: "Signing in through {name} did not work.", es: "No se pudo entrar con {name}." },
  "code.title": { en: "Sign in with a code", es: "Entrar con un código" },
  "code.text.phone": {
    en: "We send six digits to your telephone.",
    es: "Te enviamos seis cifras al teléfono.",
  },
  "code.text.email": { en: "We send six digits to your mailbox.", es: "Te enviamos seis cifras al correo." },
  "code.text.both": {
    en: "We send six digits to your telephone or mailbox.",
    es: "Te enviamos seis cifras al teléfono o al correo.",
  },
  "code.target.phone": { en: "Telephone number", es: "Número de teléfono" },
  "code.target.email": { en: "E-mail", es: "Correo" },
  "code.target.both": { en: "Telephone number or e-mail", es: "Número de teléfono o correo" },
  "code.target.hint": { en: "With the country, such as +34 600 111 222", es: "Con el país, como +34 600 111 222" },
  "code.send": { en: "Send the code", es: "Enviar el código" },
  "code.sent": {
    en: "If {to} is known here, a code is on its way. It is good for {time}.",
    es: "Si {to} se conoce aquí, un código está en camino. Sirve durante {time}.",
  },
  "code.sent.own": {
    en: "A code is on its way to {to}. It is good for {time}.",
    es: "Un código está en camino a {to}. Sirve durante {time}.",
  },
  "code.enter": { en: "Code", es: "Código" },
  "code.digits": { en: "The six digits of the message.", es: "Las seis cifras del mensaje." },
  "code.again": { en: "Send a new code", es: "Enviar otro código" },
  "code.again.in": { en: "Send a new code in {time}", es: "Enviar otro código en {time}" },
  "code.other": { en: "Change", es: "Cambiar" },
  "code.back": { en: "Sign in with a password", es: "Entrar con contraseña" },
  "code.organization": { en: "Name of your organisation", es: "Nombre de tu organización" },
  "code.organization.hint": {
    en: "You are new here: it is made for you.",
    es: "Eres nuevo aquí: se crea para ti.",
  },
  "phone.title": { en: "Telephone number", es: "Número de teléfono" },
  "phone.text": {
    en: "With a number you can sign in with a code that is sent to it. Nobody else sees it.",
    es: "Con un número puedes entrar con un código que se le envía. Nadie más lo ve.",
  },
  "phone.add": { en: "Add a number", es: "Añadir un número" },
  "phone.change": { en: "Change", es: "Cambiar" },
  "phone.other": { en: "Change the number", es: "Cambiar el número" },
  "phone.remove": { en: "Remove", es: "Quitar" },
  "phone.remove.text": {
    en: "Codes to {phone} let nobody in any more.",
    es: "Los códigos a {phone} ya no dejarán entrar a nadie.",
  },
  "phone.verify": { en: "Confirm", es: "Confirmar" },
  "phone.added": { en: "The number is added.", es: "El número está añadido." },
  "linked.title": { en: "Linked accounts", es: "Cuentas vinculadas" },
  "linked.text": {
    en: "You can sign in with these accounts of other providers.",
    es: "Puedes entrar con estas cuentas de otros proveedores.",
  },
  "linked.none": { en: "None yet.", es: "Todavía ninguna." },
  "linked.link": { en: "Link {name}", es: "Vincular {name}" },
  "linked.unlink": { en: "Unlink", es: "Desvincular" },
  "linked.unlink.title": { en: "Unlink {name}?", es: "¿Desvincular {name}?" },
  "linked.unlink.text": {
    en: "It does not let you in any more. You can link it again.",
    es: "Ya no te dejará entrar. Puedes vincularla de nuevo.",
  },
  "linked.used": { en: "last used", es: "último uso" },
} satisfies Texts;
