// What a message with a code says, in the language of the person or of the browser that asked.
import type { Mail } from "../../../kernel/ports.ts";

const TEXTS = {
  en: {
    sms: (code: string) => `${code} is your Pulpo code. It is good for 5 minutes. Do not tell it to anybody.`,
    subject: (code: string) => `${code} is your Pulpo code`,
    mail: (code: string, host: string) =>
      `Your code for ${host}:\n\n    ${code}\n\nIt is good for 5 minutes and for one sign-in. Do not tell it to anybody.\n` +
      `If you did not ask for it, somebody typed your address: without the code they cannot get in.\n`,
  },
  es: {
    sms: (code: string) => `${code} es tu código de Pulpo. Sirve durante 5 minutos. No se lo digas a nadie.`,
    subject: (code: string) => `${code} es tu código de Pulpo`,
    mail: (code: string, host: string) =>
      `Tu código para ${host}:\n\n    ${code}\n\nSirve durante 5 minutos y para entrar una vez. No se lo digas a nadie.\n` +
      `Si no lo pediste, alguien escribió tu dirección: sin el código no puede entrar.\n`,
  },
};

const textsIn = (language: string | null) => TEXTS[/^es\b/i.test(language ?? "") ? "es" : "en"];

/**
 * The text message. Where the console is at an address that telephones take for one, its last line lets them offer the code
 * in the right page only (https://wicg.github.io/sms-one-time-codes/).
 */
export function codeSms(code: string, language: string | null, publicUrl: string): string {
  const { protocol, hostname } = new URL(publicUrl);
  const bound = protocol === "https:" ? `\n\n@${hostname} #${code}` : "";
  return textsIn(language).sms(code) + bound;
}

export function codeMail(code: string, to: string, id: string, language: string | null, publicUrl: string): Mail {
  const texts = textsIn(language);
  const { host, hostname } = new URL(publicUrl);
  return { to, subject: texts.subject(code), text: texts.mail(code, host), messageId: `<code.${id}@${hostname}>` };
}
