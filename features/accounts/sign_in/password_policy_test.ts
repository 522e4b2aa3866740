import assert from "node:assert/strict";
import { AppError } from "../../../kernel/errors.ts";
import { checkPassword, passwordWeakness } from "./password_policy.ts";

const ANA = { email: "ana.garcia@example.org", username: "anagarcia" };

Deno.test("passwords: short, common, repeated, in a row or one's own name are refused; others are not", () => {
  const weak: [string, RegExp][] = [
    ["elevenchars", /at least 12/],
    ["qwertyuiop12", /most used/],
    ["PasswordPassword", /most used/],
    ["1Q2W3E4R5T6Y", /most used/],
    ["password1234", /most used/],
    ["abcabcabcabc", /most used/],
    ["hola!hola!hola!", /most used/],
    ["345678901234", /most used/],
    ["lkjhgfdsapoiuytrewq".slice(0, 9) + "lkj", /most used/],
    ["ababaabbabab", /three different/],
    ["ana.garcia@example.org", /own name/],
    ["AnaGarcia2024", /own name/],
    ["anagarciaanagarcia1!", /own name/],
    ["ｐａｓｓｗｏｒｄ１２３４", /most used/],
  ];
  for (const [password, problem] of weak) assert.match(passwordWeakness(password, ANA) ?? "", problem, password);
  const good = [
    "correct horse battery",
    "una frase bien larga",
    "X9$kLm2#pQ7!",
    "la casa de anagarcia es azul",
    "密码要长一点才安全对不对呢",
  ];
  for (const password of good) assert.equal(passwordWeakness(password, ANA), undefined, password);
  assert.throws(
    () => checkPassword("short", ANA, "new_password"),
    (e) => e instanceof AppError && e.code === "weak_password" && e.errors![0]!.path === "new_password",
  );
});
