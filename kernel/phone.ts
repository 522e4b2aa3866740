// Countries and areas of telephone numbers, for budgets. Numbers are E.164 already (protocol/accounts/sign_in_codes.ts). Country codes
// are a prefix code (ITU-T E.164 annex A): those of one and two digits are listed here, all others have three.
const TWO_DIGITS = new Set(
  ("20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 " +
    "81 82 84 86 90 91 92 93 94 95 98").split(" "),
);

/** The country code of an E.164 number, with its plus sign: `+34`. Countries that share one (`+1`, `+7`) are one. */
export function countryOf(phone: string): string {
  const digits = phone.slice(1);
  if (digits[0] === "1" || digits[0] === "7") return `+${digits[0]}`;
  return `+${digits.slice(0, TWO_DIGITS.has(digits.slice(0, 2)) ? 2 : 3)}`;
}

/** What numbers that are rented together have in common: all but the last four digits. */
export function areaOf(phone: string): string {
  return phone.slice(0, Math.max(4, phone.length - 4));
}
