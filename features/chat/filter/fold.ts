// Makes a text comparable for the automatic filter: case, accents, width, look-alike letters and invisible characters no
// longer matter. Words of the lists are folded by the same functions, so both sides always meet.
// ñ stays a letter of its own: in Spanish "año" and "ano" are different words.

/** Invisible: format characters, variation selectors, fillers. */
const INVISIBLE = /[\p{Cf}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]/gu;
const ACCENTS = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/g;

/** Letters of other scripts that look like Latin ones (after lower-casing), pairwise: look-alike, Latin. */
const LOOK_ALIKES = new Map(
  (
    "аa вb еe ёe кk мm нh оo рp сc тt уy хx ѕs іi їi јj ԁd ԛq ԝw ɡg һh ӏl զq օo սu " + // Cyrillic, Armenian
    "αa βb εe ζz ηn ιi κk νv οo ρp τt υu χx ωw γy " + // Greek
    "ıi łl øo đd ħh ŧt ƅb ƒf ɑa ɩi ɪi ʀr ʏy ᴀa ᴄc ᴅd ᴇe ᴊj ᴋk ᴍm ᴏo ᴘp ᴛt ᴜu ᴠv ᴡw ᴢz ʙb ɢg ʜh ʟl ɴn ꜱs ßs ꞵb ⅼl ∣l ǀl"
  ).split(" ").filter(Boolean).map((pair) => [...pair] as [string, string]),
);
const MAYBE_LOOK_ALIKE = /[\u0080-\u{10ffff}]/u;

/** Negative circled and squared letters and the letters of flags have no decomposition in Unicode. */
const BOXED = /[\u{1f150}-\u{1f169}\u{1f170}-\u{1f189}\u{1f1e6}-\u{1f1ff}]/gu;
function unboxed(char: string): string {
  const code = char.codePointAt(0)!;
  const base = code >= 0x1f1e6 ? 0x1f1e6 : code >= 0x1f170 ? 0x1f170 : 0x1f150;
  return String.fromCharCode(97 + code - base);
}

/** Without invisible characters, accents, width and style; the case stays. For patterns and links. */
export function plainText(text: string): string {
  if (!MAYBE_LOOK_ALIKE.test(text)) return text;
  return text.replace(INVISIBLE, "").normalize("NFKD").replace(INVISIBLE, "")
    .replace(BOXED, unboxed)
    .replace(/n\u0303/g, "ñ").replace(/N\u0303/g, "Ñ")
    .replace(ACCENTS, "");
}

/** `plainText` in lower case with Latin letters for their look-alikes. For words. */
export function foldText(text: string): string {
  const lower = plainText(text).toLowerCase().replace(ACCENTS, "");
  if (!MAYBE_LOOK_ALIKE.test(lower)) return lower;
  let out = "";
  for (const char of lower) out += LOOK_ALIKES.get(char) ?? char;
  return out;
}
