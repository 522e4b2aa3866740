// The shape of a part of the message table (../messages.ts).

export const LANGUAGES = ["en", "es"] as const;
export type Language = typeof LANGUAGES[number];
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", es: "Español" };

export type Text = Record<Language, string>;
/** Key → text in every language. */
export type Texts = Record<string, Text>;
