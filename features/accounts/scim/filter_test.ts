import assert from "node:assert/strict";
import { parseFilter, parsePath } from "./filter.ts";

Deno.test("SCIM filters: as Entra ID and Okta send them", () => {
  assert.deepEqual(parseFilter('userName eq "ana@example.org"'), [{ attribute: "username", value: "ana@example.org" }]);
  assert.deepEqual(parseFilter('externalId Eq "a\\"b" AND active eq true'), [
    { attribute: "externalid", value: 'a"b' },
    { attribute: "active", value: "true" },
  ]);
  assert.deepEqual(parseFilter('emails[type eq "work"].value eq "x@y.z"'), [{
    attribute: "emails.value",
    value: "x@y.z",
  }]);
  assert.deepEqual(parseFilter('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "a"'), [
    { attribute: "username", value: "a" },
  ]);
});

Deno.test("SCIM filters: what is not understood is refused, and nothing takes long", () => {
  for (
    const text of [
      "",
      "userName",
      "userName eq",
      'userName co "a"',
      'a eq "b" or c eq "d"',
      'a eq "b',
      '(a eq "b")',
      'a eq "\\x"',
      "not (a pr)",
    ]
  ) {
    assert.throws(() => parseFilter(text), { scimType: "invalidFilter" }, text);
  }
  const started = performance.now();
  for (
    const text of ["[".repeat(1000), 'a eq "' + "\\".repeat(990), "a[" + " ".repeat(990), "a.".repeat(500) + " eq"]
  ) {
    assert.throws(() => parseFilter(text));
    assert.throws(() => parsePath(text));
  }
  assert.ok(performance.now() - started < 5000);
});

Deno.test("SCIM paths: attributes, parts of them, and one condition in brackets", () => {
  assert.deepEqual(parsePath("active"), { attribute: "active" });
  assert.deepEqual(parsePath("name.givenName"), { attribute: "name.givenname" });
  assert.deepEqual(parsePath('emails[type eq "work"].value'), {
    attribute: "emails.value",
    condition: { attribute: "type", value: "work" },
  });
  assert.deepEqual(parsePath('members[value eq "0198"]'), {
    attribute: "members",
    condition: { attribute: "value", value: "0198" },
  });
  assert.deepEqual(parsePath("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"), {
    attribute: "department",
  });
  for (const text of ["", "a b", "a[", "a]b", 'members[value eq "1" and value eq "2"]', "a..b"]) {
    assert.throws(() => parsePath(text));
  }
});
