// The audit log in words: every action there is has a sentence in both languages; names stand for ids, also of what is gone; what
// changed is told from what to what; nobody learns names of another organisation.
import assert from "node:assert/strict";
import { auditLines, auditSentence } from "../console/lib/audit_text.ts";
import { language } from "../console/lib/i18n.ts";
import { messages } from "../console/messages.ts";
import { sql } from "../db/sql.ts";
import type { AuditEntry } from "../protocol/audit.ts";
import { AUDIT_ACTIONS } from "../protocol/audit_actions.ts";
import { createTestApp, type Person, type TestApp } from "./test_app.ts";
import { testedKinds } from "./test_db.ts";

const texts = messages as Record<string, { en: string; es: string } | undefined>;

Deno.test("audit: no action is without words, and no words are about an action that does not exist", () => {
  for (const action of AUDIT_ACTIONS) {
    const text = texts[`audit.did.${action}`];
    assert.ok(text && text.en.length > 4 && text.es.length > 4, action);
    assert.notEqual(text.en, text.es, action);
  }
  const named = Object.keys(texts).filter((key) => key.startsWith("audit.did.")).map((key) => key.slice(10));
  assert.deepEqual(named.filter((action) => !(AUDIT_ACTIONS as readonly string[]).includes(action)), []);
  assert.equal(new Set(AUDIT_ACTIONS).size, AUDIT_ACTIONS.length);
});

Deno.test("audit: an entry that nobody knows yet, and hostile details, are words, too", () => {
  const base = {
    id: crypto.randomUUID(),
    actor_id: null,
    actor_name: "x",
    actor_avatar_url: null,
    actor_kind: "system" as const,
    subject_type: "user",
    subject_id: crypto.randomUUID(),
    ip: null,
    created_at: new Date().toISOString(),
    names: {},
  };
  assert.equal(auditSentence({ ...base, action: "later.thing_done", details: {} }), "Later thing done");
  const details = {
    changed: ["name", 7, null],
    role: { from: null, to: "admin" },
    list: [[{ a: { b: [1] } }]],
    to: {},
  };
  const lines = auditLines({ ...base, action: "user.updated", details });
  assert.ok(lines.some(({ field, value }) => field === "Role" && value === "nothing → Administrator"));
  assert.ok(!JSON.stringify(lines).includes("[object"));
});

/** Everything that was written about a subject, newest first, as the console says it. */
async function said(t: TestApp, by: Person, subject: string): Promise<{ sentence: string; lines: string[] }[]> {
  const { items } = (await t.call("GET", `/audit?subject_id=${subject}`, { token: by.access })).body;
  return (items as AuditEntry[]).map((entry) => ({
    sentence: auditSentence(entry),
    lines: auditLines(entry).map(({ field, value }) => `${field}: ${value}`),
  }));
}

for (const db of testedKinds()) {
  Deno.test(`${db}: audit: names and what changed, in both languages, also of what is gone`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    const owner = await t.owner();
    const luis = await t.person("member", "luis");
    const as = { token: owner.access };
    await t.call("PUT", `/users/${luis.id}`, { ...as, body: { display_name: "Luis Pérez" } });
    await t.call("PUT", `/users/${luis.id}`, { ...as, body: { role: "moderator" } });
    await t.call("POST", `/users/${luis.id}/status`, { ...as, body: { status: "busy", text: "In a meeting" } });
    await t.call("PUT", `/users/${luis.id}`, { ...as, body: { password: "another long pass phrase" } });
    const log = await said(t, owner, luis.id);
    const find = (start: string) =>
      log.find(({ sentence, lines }) => sentence.startsWith("Changed") && lines.some((l) => l.startsWith(start)));
    assert.deepEqual(find("Role")?.sentence, "Changed the role of Luis Pérez");
    assert.ok(find("Role")!.lines.includes("Role: Member → Moderator"));
    assert.ok(find("Display name")!.lines.includes("Display name: luis → Luis Pérez"));
    assert.ok(find("Status:")!.lines.includes("Status: Online → Busy"));
    const password = log.find(({ lines }) => lines.includes("Changed: Password"));
    assert.ok(password, "that the password was set is told, the password is not");
    assert.ok(!JSON.stringify(log).includes("another long pass phrase"));

    const channel = (await t.call("POST", "/channels", { ...as, body: { name: "team", type: "public" } })).body;
    await t.call("POST", `/channels/${channel.id}/members`, { ...as, body: { user_ids: [luis.id] } });
    await t.call("PUT", `/channels/${channel.id}`, { ...as, body: { name: "crew", topic: "Boats" } });
    await t.call("DELETE", `/channels/${channel.id}/members/${luis.id}`, as);
    const about = await said(t, owner, channel.id);
    assert.equal(about[0]!.sentence, "Removed Luis Pérez from #crew");
    assert.ok(
      about[1]!.lines.includes("Name: team → crew") && about[1]!.lines.includes("Topic: nothing → Boats"),
      JSON.stringify(about[1]),
    );
    assert.ok(about.some(({ lines }) => lines.includes("People: Luis Pérez")), JSON.stringify(about));
    language.value = "es";
    try {
      assert.equal((await said(t, owner, channel.id))[0]!.sentence, "Quitó a Luis Pérez de #crew");
    } finally {
      language.value = "en";
    }

    const token = (await t.call("POST", "/auth/tokens", { ...as, body: { name: "booking", scopes: ["notify"] } })).body;
    await t.call("DELETE", `/auth/tokens/${token.id}`, as);
    assert.equal((await said(t, owner, token.id))[0]!.sentence, "Revoked the API token booking");
    await t.call("PUT", "/organization", { ...as, body: { name: "Casa del Mar" } });
    const { items } = (await t.call("GET", "/audit?action=organization.updated", as)).body;
    assert.deepEqual(items[0].details.name, { from: "First", to: "Casa del Mar" });

    await t.call("DELETE", `/users/${luis.id}`, as);
    const gone = await said(t, owner, luis.id);
    assert.equal(gone[0]!.sentence, "Deleted the account of luis");
    assert.ok(gone.every(({ sentence }) => !sentence.includes("{")), JSON.stringify(gone));

    // An id of another organisation in one's own log (it cannot come there by itself) has no name.
    const stranger = await t.stranger();
    await t.app.db.run(
      sql`insert into audit_log (id, organization_id, actor_id, actor_name, actor_kind, action, details)
      select gen_random_uuid(), organization_id, null, 'x', 'system', 'report.created', ${
        JSON.stringify({ author_id: stranger.id })
      }::jsonb from users where id = ${owner.id}`,
    );
    const [strange] = (await t.call("GET", "/audit?action=report.created", as)).body.items;
    assert.deepEqual(strange.names, {});
    assert.equal(auditSentence(strange), "Reported a message of somebody");
  });
}
