// What a new password must be: at least 12 characters, none of the 10,000 most used ones of that length, no pattern that
// is guessed first, and not made of the person's own name or address (NIST SP 800-63B: length and a block list, no rules
// about kinds of characters). Passwords from before keep working: only new ones are judged.
import { AppError } from "../../../kernel/errors.ts";
import common from "./common_passwords.json" with { type: "json" };

const MIN_CHARACTERS = 12;
/** What must be left of a password when the person's own names are taken out. */
const MIN_OWN = 6;
/** Shorter parts of a name stand in many good passwords. */
const MIN_PART = 4;
const COMMON = ` ${common.passwords} `;
/** Rows of keyboards, digits and the alphabet, twice so that 890123 is one too. */
const SEQUENCES = [
  "0123456789",
  "abcdefghijklmnopqrstuvwxyz",
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
  "qwertyuiopasdfghjklzxcvbnm",
]
  .flatMap((row) => [row + row, [...row + row].reverse().join("")]);

/**
 * @param field name of the field in the request, for the error
 * @throws AppError `weak_password`
 */
export function checkPassword(
  password: string,
  person: { email: string | null; username: string },
  field = "password",
): void {
  const problem = passwordWeakness(password, person);
  if (problem) throw new AppError("weak_password", problem, { errors: [{ path: field, message: problem }] });
}

/** What is wrong with the password, in one sentence, or undefined. */
export function passwordWeakness(
  password: string,
  person: { email: string | null; username: string },
): string | undefined {
  const lower = password.normalize("NFKC").toLowerCase();
  if ([...lower].length < MIN_CHARACTERS) return `A password needs at least ${MIN_CHARACTERS} characters.`;
  if (isCommon(lower)) return "This password is one of the most used ones. Take another.";
  if (new Set(lower).size < 4) return "A password needs more than three different characters.";
  const own = [person.email ?? "", person.username, person.email?.split("@")[0] ?? ""].map((text) => text.toLowerCase())
    .filter((text) => text.length >= MIN_PART).sort((a, b) => b.length - a.length);
  const left = own.reduce((text, name) => text.replaceAll(name, ""), lower);
  if (left.length < MIN_OWN) return "A password must not be your own name or address.";
  return undefined;
}

/** One of the list, a short piece over and over, or a row of the keyboard. */
function isCommon(lower: string): boolean {
  if (!/\s/.test(lower) && COMMON.includes(` ${lower} `)) return true;
  if (/^(.{1,6}?)\1+.{0,2}$/su.test(lower)) return true;
  return SEQUENCES.some((row) => row.repeat(2).includes(lower));
}
