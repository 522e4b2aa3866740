// Names that people give to themselves and to things, as others see them: one line, nothing invisible, nothing that turns
// the direction of what stands beside it, and no word of letters that only look alike.
//
// Look-alikes: of one word all letters must be of one script, as in the level "Highly Restrictive" of UTS #39, 5.2, for the
// scripts whose letters are drawn alike: an "a" of Cyrillic in a word of Latin letters has no other use than to pass for
// somebody else. A word that is Cyrillic, Greek or Armenian from end to end is a name.
import { z } from "zod";
import { NOT_BLANK } from "./texts.ts";

/** Controls, line ends, and all that shows nothing or turns the text: Bidi_Control and Default_Ignorable (UAX #9, #44). */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb]/u;
/** What emoji and some scripts need of it: U+FE0F behind a sign, joiners between emoji or letters of these scripts, flags. */
const EMOJI_PARTS =
  /(\p{Emoji}\ufe0f\u20e3?)|(\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f]*)\u200d(?=\p{Extended_Pictographic})|\u{1f3f4}[\u{e0061}-\u{e007a}\u{e0030}-\u{e0039}]+\u{e007f}/gu;
const JOINED_LETTERS =
  /(?<=[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Gujarati}\p{Script=Gurmukhi}\p{Script=Oriya}\p{Script=Sinhala}])[\u200c\u200d](?=\p{L})/gu;
/** Towers of marks that cover the lines around them. */
const TOWER = /\p{M}{6,}/u;
const ALL_HIDDEN = new RegExp(HIDDEN, "gu"), TOWERS = new RegExp(TOWER, "gu");
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const ALIKE = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
];

export function hidesSigns(text: string): boolean {
  return HIDDEN.test(
    text.replace(JOINED_LETTERS, "").replace(EMOJI_PARTS, "\u{1f600}").replace(EMOJI_PARTS, "\u{1f600}"),
  ) || TOWER.test(text);
}

export function mixesScripts(text: string): boolean {
  // Composed by compatibility, so that mathematical and wide letters count as what they pass for.
  return (text.normalize("NFKC").match(WORD) ?? []).some((word) =>
    ALIKE.filter((script) => script.test(word)).length > 1
  );
}

/**
 * A name that comes from elsewhere (an archive, a program), as others may see it: without what cannot be seen.
 * @param otherwise what stands there when it still is none
 */
export function cleanName(text: string, max: number, otherwise: string): string {
  const seen = hidesSigns(text) ? text.replace(ALL_HIDDEN, "").replace(TOWERS, "") : text;
  const name = seen.slice(0, max).toWellFormed().trim();
  return shownName(max).safeParse(name).success ? name : otherwise;
}

/** A name as others see it. @param max most characters */
export const shownName = (max: number) =>
  z.string().trim().min(1).max(max).refine(...NOT_BLANK)
    .refine((name) => !hidesSigns(name), { message: "must not have invisible signs or marks of direction" })
    .refine((name) => !mixesScripts(name), { message: "must not mix letters that look alike in one word" });
