import assert from "node:assert/strict";
import { MAX_PEOPLE, nextUsername, readPeople, usernameFrom } from "./people_list.ts";

Deno.test("people list: mail programs, spreadsheets, bare addresses, headings, doubles, nonsense", () => {
  const found = readPeople([
    "Name\tE-mail",
    "Ana Pérez <ana.perez@example.org>",
    "",
    "luis@example.org",
    "José Ñandú;jose@example.org",
    '"Gómez, María",maria@example.org',
    "eva@example.org\tEva\tLópez",
    "ANA.PEREZ@example.org",
    "nobody in particular",
    "ana.perez@example.com",
  ].join("\r\n"));
  assert.deepEqual(
    found.map((p) => [p.email, p.display_name, p.username, p.problem ?? ""]),
    [
      ["ana.perez@example.org", "Ana Pérez", "ana.perez", ""],
      ["luis@example.org", "", "luis", ""],
      ["jose@example.org", "José Ñandú", "jose", ""],
      ["maria@example.org", "Gómez María", "maria", ""],
      ["eva@example.org", "Eva López", "eva", ""],
      ["ANA.PEREZ@example.org", "", "ana.perez2", "twice"],
      ["", "nobody in particular", "", "email"],
      ["ana.perez@example.com", "", "ana.perez2", ""],
    ],
  );
});

Deno.test("people list: usernames are valid, the list is bounded", () => {
  for (const text of ["Ñandú", "a", "", "..x..", "x".repeat(80), "ana+news", "日本語", "-_-"]) {
    assert.match(usernameFrom(text), /^[a-z0-9][a-z0-9_.-]{1,31}$/, text);
    assert.match(nextUsername(usernameFrom(text), 11), /^[a-z0-9][a-z0-9_.-]{1,31}$/, text);
  }
  const many = Array.from({ length: 5_000 }, (_, i) => `p${i}@example.org`).join("\n");
  assert.equal(readPeople(many).length, MAX_PEOPLE);
});
