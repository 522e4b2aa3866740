// The words of notices about one's own account, in the languages that people have. Told where and when, and what to do when it
// was somebody else.
import type { SecurityNotice, SecurityNoticeKind } from "../../../kernel/security_notice.ts";

type Language = "en" | "es";
type Details = SecurityNotice["details"];

const SAID: Record<SecurityNoticeKind, Record<Language, (details: Details) => string>> = {
  totp_enabled: {
    en: () => "Two-step sign-in was switched on for your account.",
    es: () => "Se activó la verificación en dos pasos de tu cuenta.",
  },
  totp_disabled: {
    en: () => "Two-step sign-in was switched off for your account.",
    es: () => "Se desactivó la verificación en dos pasos de tu cuenta.",
  },
  totp_locked: {
    en: () =>
      "Somebody who knows your password typed wrong codes many times. Codes of your authenticator app are refused for a while; recovery codes and passkeys work.",
    es: () =>
      "Alguien que conoce tu contraseña escribió muchas veces un código equivocado. Los códigos de tu aplicación no se aceptan durante un rato; los códigos de recuperación y las llaves de acceso funcionan.",
  },
  recovery_code_used: {
    en: ({ left }) => `A recovery code was used to sign in to your account. Codes left: ${left}.`,
    es: ({ left }) => `Se usó un código de recuperación para entrar en tu cuenta. Códigos que quedan: ${left}.`,
  },
  recovery_codes_renewed: {
    en: () => "New recovery codes were made for your account; the old ones do not work any more.",
    es: () => "Se crearon códigos de recuperación nuevos para tu cuenta; los anteriores ya no sirven.",
  },
  factors_reset: {
    en: ({ by }) =>
      `Your second factor, recovery codes and passkeys were removed by ${by}. You are signed out everywhere; set them up again when you sign in.`,
    es: ({ by }) =>
      `${by} eliminó tu segundo factor, tus códigos de recuperación y tus llaves de acceso. Se cerraron tus sesiones; configúralos de nuevo al entrar.`,
  },
  passkey_added: {
    en: ({ name }) => `The passkey “${name}” was added to your account.`,
    es: ({ name }) => `Se añadió la llave de acceso «${name}» a tu cuenta.`,
  },
  passkey_removed: {
    en: ({ name }) => `The passkey “${name}” was removed from your account.`,
    es: ({ name }) => `Se eliminó la llave de acceso «${name}» de tu cuenta.`,
  },
  phone_added: {
    en: ({ end }) => `The telephone number that ends in ${end} was added to your account. Codes sent to it sign in.`,
    es: ({ end }) =>
      `Se añadió a tu cuenta el número de teléfono que termina en ${end}. Con los códigos que recibe se puede entrar.`,
  },
  phone_removed: {
    en: ({ end }) => `The telephone number that ends in ${end} was removed from your account.`,
    es: ({ end }) => `Se eliminó de tu cuenta el número de teléfono que termina en ${end}.`,
  },
  identity_linked: {
    en: ({ provider }) => `An account at ${provider} was linked to your account. It signs in from now on.`,
    es: ({ provider }) => `Se vinculó una cuenta de ${provider} a tu cuenta. Desde ahora se puede entrar con ella.`,
  },
  identity_unlinked: {
    en: ({ provider }) => `Your account at ${provider} was unlinked and does not sign in any more.`,
    es: ({ provider }) => `Se desvinculó tu cuenta de ${provider}; ya no se puede entrar con ella.`,
  },
  email_changed: {
    en: ({ to }) => `The e-mail address of your account was changed to ${to}.`,
    es: ({ to }) => `La dirección de correo de tu cuenta se cambió a ${to}.`,
  },
};

const TEXTS = {
  en: {
    subject: "Security of your account",
    when: "When",
    from: "From",
    unknown: "not known",
    act: "If this was not you, change your password and tell your administrator.",
    open: "Open your account",
  },
  es: {
    subject: "Seguridad de tu cuenta",
    when: "Cuándo",
    from: "Desde",
    unknown: "desconocido",
    act: "Si no fuiste tú, cambia tu contraseña y avisa a tu administrador.",
    open: "Abrir tu cuenta",
  },
};

const languageOf = (locale: string): Language => /^es\b/i.test(locale) ? "es" : "en";

/** What happened, in one or two sentences. */
export function securitySentence(notice: SecurityNotice, locale: string): string {
  return SAID[notice.kind][languageOf(locale)](notice.details);
}

/** The mail of a notice: plain text, nothing to click but the account itself. */
export function securityMail(
  notice: SecurityNotice,
  person: { email: string; locale: string; organization: string },
  publicUrl: string,
) {
  const language = languageOf(person.locale);
  const t = TEXTS[language];
  const host = URL.parse(publicUrl)?.hostname ?? "localhost";
  const when = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "long", timeZone: "UTC" })
    .format(new Date(notice.at));
  const from = [notice.ip, notice.user_agent].filter(Boolean).join(" · ") || t.unknown;
  return {
    to: person.email,
    subject: `${t.subject} (${person.organization})`.replace(/\p{Cc}+/gu, " "),
    messageId: `<security.${notice.id}@${host}>`,
    text: `${securitySentence(notice, person.locale)}\n\n${t.when}: ${when}\n${t.from}: ${
      from.replace(/\p{Cc}+/gu, " ")
    }\n\n${t.act}\n${t.open}: ${publicUrl}/profile\n`,
  };
}
