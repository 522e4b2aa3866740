// A pasted list of people: one a line, as address books, spreadsheets and mail programs give them. Pure.

export interface ListedPerson {
  /** As it was pasted. */
  line: string;
  email: string;
  display_name: string;
  /** Made from the address, or given as a word of its own. */
  username: string;
  /** Why it cannot be used. */
  problem?: "email" | "twice";
}

/** More are too many to watch; the rest is pasted afterwards. */
export const MAX_PEOPLE = 200;

const EMAIL = /[^\s<>,;"']+@[^\s<>,;"']+\.[^\s<>,;"']+/;

/** A username out of words: no accents, 2 to 32 letters, digits, `_`, `.`, `-`. */
export function usernameFrom(text: string): string {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
    .replace(/\+.*$/, "").replace(/[^a-z0-9_.-]+/g, ".").replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "").slice(0, 32);
  return plain.length >= 2 ? plain : `user.${plain || "x"}`;
}

/** The same username with a number, when the first one is taken. */
export function nextUsername(username: string, attempt: number): string {
  const end = String(attempt + 1);
  return username.slice(0, 32 - end.length) + end;
}

/**
 * Reads `Ana Pérez <ana@example.org>`, `ana@example.org`, and columns parted by tabs, commas or semicolons in any order. Empty lines
 * and a heading without an address in the first line are left out.
 */
export function readPeople(text: string): ListedPerson[] {
  const people: ListedPerson[] = [];
  const addresses = new Set<string>(), names = new Set<string>();
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (!line) continue;
    const email = EMAIL.exec(line)?.[0];
    if (!email) {
      if (i > 0 || /^[^@]*$/.test(line) && !/mail|correo/i.test(line)) {
        people.push({ line, email: "", display_name: line, username: "", problem: "email" });
      }
      continue;
    }
    const rest = line.replace(`<${email}>`, "").replace(email, "").split(/[\t,;]/)
      .map((part) => part.trim().replace(/^["']+|["']+$/g, "").trim()).filter(Boolean);
    const display_name = rest.join(" ").slice(0, 100);
    let username = usernameFrom(email.slice(0, email.lastIndexOf("@")));
    for (let n = 1; names.has(username); n++) username = nextUsername(usernameFrom(email.split("@")[0]!), n);
    const twice = addresses.has(email.toLowerCase());
    addresses.add(email.toLowerCase());
    if (!twice) names.add(username);
    people.push({ line, email, display_name, username, ...(twice ? { problem: "twice" as const } : {}) });
    if (people.length >= MAX_PEOPLE) break;
  }
  return people;
}
