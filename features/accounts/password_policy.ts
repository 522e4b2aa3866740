// What a password must be: at least 8 characters, not one of the most used ones, not the person's own name or address
// (NIST SP 800-63B: length and a block list, no rules about kinds of characters).
import { AppError } from "../../kernel/errors.ts";

const MIN_CHARACTERS = 8;
const COMMON = new Set(
  ("12345678 123456789 1234567890 12345679 87654321 11111111 00000000 88888888 12341234 11223344 123123123 password " +
    "password1 qwertyui qwertyuiop 1q2w3e4r " +
    "1qaz2wsx q1w2e3r4 asdfghjk asdfghjkl zxcvbnm1 iloveyou princess sunshine football baseball superman trustno1 " +
    "welcome1 letmein1 changeme changeit administrator abc12345 aa123456 a1234567 " +
    "michelle jennifer computer internet whatever starwars pokemon1 contraseña contrasena barcelona realmadrid " +
    "teamo123 tequiero pulpopulpo").split(" "),
);

/**
 * @param field name of the field in the request, for the error
 * @throws AppError `weak_password`
 */
export function checkPassword(password: string, person: { email: string; username: string }, field = "password"): void {
  const problem = passwordWeakness(password, person);
  if (problem) throw new AppError("weak_password", problem, { errors: [{ path: field, message: problem }] });
}

/** What is wrong with the password, in one sentence, or undefined. */
export function passwordWeakness(password: string, person: { email: string; username: string }): string | undefined {
  if ([...password].length < MIN_CHARACTERS) return `A password needs at least ${MIN_CHARACTERS} characters.`;
  const lower = password.toLowerCase();
  if (COMMON.has(lower)) return "This password is one of the most used ones. Take another.";
  const own = [person.email, person.username, person.email.split("@")[0]!].map((text) => text.toLowerCase());
  if (own.includes(lower)) return "A password must not be your own name or address.";
  if (new Set(lower).size < 3) return "A password needs more than two different characters.";
  return undefined;
}
