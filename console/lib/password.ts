// A hint, not a gate: the server has the rule. Length counts most; repetition, sequences and well-known words count down.

const COMMON = /pass(word)?|contrase|qwert|asdf|admin|letmein|welcome|hola|pulpo|1234|abcd/i;

/** The server's rule (features/accounts/sign_in/password_policy.ts). */
export const MIN_PASSWORD = 12;

/** 0 too short … 4 strong. */
export function passwordStrength(password: string, personal: readonly string[] = []): 0 | 1 | 2 | 3 | 4 {
  if ([...password].length < MIN_PASSWORD) return 0;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^\p{L}\d]/u].filter((re) => re.test(password)).length;
  const unique = new Set(password).size;
  let score = 1;
  if (password.length >= 14) score++;
  if (password.length >= 18) score++;
  if (kinds >= 3) score++;
  if (unique < password.length / 2) score--;
  if (COMMON.test(password)) score--;
  const lower = password.toLowerCase();
  if (personal.some((word) => word.length > 3 && lower.includes(word.toLowerCase()))) score--;
  return Math.max(1, Math.min(4, score)) as 1 | 2 | 3 | 4;
}

const LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789";

/** A random password of 20 letters and digits in four groups (about 115 bits), easy to read out. */
export function generatePassword(): string {
  const out: string[] = [];
  // Bytes at or above the largest multiple of the alphabet would make some letters likelier.
  const limit = 256 - (256 % LETTERS.length);
  while (out.length < 20) {
    for (const byte of crypto.getRandomValues(new Uint8Array(32))) {
      if (byte < limit && out.length < 20) out.push(LETTERS[byte % LETTERS.length]!);
    }
  }
  return out.join("").replace(/(.{5})(?=.)/g, "$1-");
}
