// The audit log in words: every action there is has a sentence in both languages; names stand for ids, also of what is gone; what
// changed is told from what to what; nobody learns names of another organisation.
import assert from "node:assert/strict";
import { auditLines, auditSentence, WORDS } from "../../console/lib/audit_text.ts";
import { language } from "../../console/lib/i18n.ts";
import { messages } from "../../console/messages.ts";
import "../support/console_texts.ts";
import { sql } from "../../db/sql.ts";
import { organizationBody, status, updateUserBody } from "../../protocol/accounts/accounts.ts";
import { updateAgentBody } from "../../protocol/agents/agents.ts";
import type { AuditEntry } from "../../protocol/operation/audit.ts";
import { AUDIT_ACTIONS } from "../../protocol/operation/audit_actions.ts";
import { channelType, updateChannelBody } from "../../protocol/chat/chat.ts";
import { actionType, FILTER_RULES, reportCategory, reportStatus } from "../../protocol/chat/moderation.ts";
import { organizationSettings } from "../../protocol/accounts/organization_settings.ts";
import { exportOptions, importSource, transferCounts, transferStatus } from "../../protocol/operation/transfer.ts";
import { ROLES } from "../../kernel/actor.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

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

/** The keys that stand in the details of an entry, read out of the sources; what comes by `changesOf` is in the schemas. */
async function detailKeys(dir: URL): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const entry of Deno.readDir(dir)) {
    const url = new URL(entry.name + (entry.isDirectory ? "/" : ""), dir);
    if (entry.isDirectory) { for (const key of await detailKeys(url)) keys.add(key); }
    if (!entry.name.endsWith(".ts") || entry.name.endsWith("_test.ts")) continue;
    const text = await Deno.readTextFile(url);
    for (const { index, 0: start } of text.includes("writeAudit") ? text.matchAll(/\bdetails(?: =|:) \{/g) : []) {
      let end = index + start.length, depth = 1;
      for (; depth > 0; end++) depth += "{[(".includes(text[end]!) ? 1 : "}])".includes(text[end]!) ? -1 : 0;
      // Calls in it have arguments of their own, templates their parts.
      const body = text.slice(index + start.length, end - 1).replace(/`[^`]*`/g, "").replace(/(\w)\([^()]*\)/g, "$1");
      for (const [, key] of body.matchAll(/(?:^|[{,])\s*([a-z_]+)\s*(?=[:,}]|$)/g)) keys.add(key!);
    }
  }
  return keys;
}

const SCHEMAS = [
  ...Object.values(organizationSettings.shape),
  organizationBody,
  updateUserBody,
  updateChannelBody,
  updateAgentBody,
  exportOptions,
  transferCounts,
];

Deno.test("audit: no detail is without words, whether it stands in an action or in what may be changed", async () => {
  const keys = await detailKeys(new URL("../../features/", import.meta.url));
  assert.ok(keys.has("method") && keys.has("uses_left") && keys.has("messages_days"), "the sources are read");
  for (const schema of SCHEMAS) for (const key of Object.keys(schema.shape)) keys.add(key);
  const said = (key: string) =>
    auditLines({ ...base, action: "user.updated", details: { [key]: { from: "a", to: "b" } } })[0]!.field;
  const parts = Object.keys(organizationSettings.shape.features.shape);
  // Said by the sentence, kept for machines, or parts of a text or of a change.
  const silent = [
    "settings",
    "action_id",
    "message_id",
    "current_password",
    "end",
    "version",
    "from",
    "to",
    "metric",
    "direction",
    "value",
  ];
  const missing = [...keys].filter((key) => !parts.includes(key) && !silent.includes(key)).filter((key) => {
    const text = texts[`audit.field.${key}`] ?? texts[`audit.section.${key}`];
    return !text?.en || !text.es || said(key) === "";
  });
  assert.deepEqual(missing, []);
});

Deno.test("audit: no value out of a list is without words, in both languages", () => {
  const lists: Record<string, readonly string[]> = {
    role: ROLES,
    method: ["password", "code", "passkey", "provider", "registration", "totp", "recovery_code"],
    factor: ["totp", "recovery_code", "passkey"],
    category: reportCategory.options,
    action_type: actionType.options,
    status: [...status.options, ...reportStatus.options, ...transferStatus.options],
    links: ["off", "flag", "block"],
    rule: FILTER_RULES,
    type: channelType.options,
    history: ["all", "joined"],
    source: importSource.options,
    link: ["reset", "first", "handed", "confirm"],
    by: ["scim"],
    locale: ["en", "es"],
  };
  for (const lang of ["en", "es"] as const) {
    language.value = lang;
    try {
      for (const [key, values] of Object.entries(lists)) {
        for (const value of values) {
          const [line] = auditLines({ ...base, action: "user.updated", details: { [key]: value } });
          const own = WORDS[key]?.some((start) => texts[start + value]) ?? line!.value !== value;
          assert.ok(own && line?.value, `${key}: ${value} in ${lang}`);
        }
      }
    } finally {
      language.value = "en";
    }
  }
});

Deno.test("audit: of a section of settings only what differs is told, in the words of its page", () => {
  const lines = (details: AuditEntry["details"]) =>
    auditLines({ ...base, action: "organization.updated", details }).map(({ field, value }) => `${field}: ${value}`);
  const features = { chat: true, moderation: true, statistics: true };
  const maintenance = { on: true, text: "Back at noon" };
  const details = {
    features: { from: features, to: { ...features, chat: false } },
    maintenance: { from: maintenance, to: { ...maintenance, on: false } },
    policy: { from: {}, to: { post: "admin" } },
    method: "password",
  };
  assert.deepEqual(lines(details), [
    "Parts in use: Chat: yes → no",
    "Maintenance: On: yes → no",
    "Rules of the channel: Write messages: nothing → Channel admin",
    "How: with password",
  ]);
  language.value = "es";
  try {
    assert.deepEqual(lines(details), [
      "Partes en uso: Chat: sí → no",
      "Mantenimiento: Activo: sí → no",
      "Reglas del canal: Escribir mensajes: nada → Admin. del canal",
      "Cómo: con contraseña",
    ]);
  } finally {
    language.value = "en";
  }
});

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

Deno.test("audit: an entry that nobody knows yet, and hostile details, are words, too", () => {
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
