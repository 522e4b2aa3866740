// What the tests of moderation share: a channel with people in it, and short forms of the calls.
import assert from "node:assert/strict";
import { type Answer, createTestApp, type Person, type TestApp, type TestAppOptions } from "./test_app.ts";

export interface Scene extends AsyncDisposable {
  t: TestApp;
  owner: Person;
  admin: Person;
  moderator: Person;
  ana: Person;
  luis: Person;
  /** Public, with ana and luis; the moderator is not in it. */
  channelId: string;
}

export async function createScene(options: TestAppOptions = {}): Promise<Scene> {
  const t = await createTestApp({ ...options, settings: { registration: "open", ...options.settings } });
  const owner = await t.owner();
  const admin = await t.person("admin", "admin"), moderator = await t.person("moderator", "moderator");
  const ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
  const channelId = await channelOf(t, ana, "public", [luis]);
  return { t, owner, admin, moderator, ana, luis, channelId, [Symbol.asyncDispose]: () => t[Symbol.asyncDispose]() };
}

let names = 0;

export async function channelOf(t: TestApp, by: Person, type: string, others: Person[]): Promise<string> {
  const body = { name: type === "direct" ? undefined : `channel-${++names}`, type, user_ids: others.map((p) => p.id) };
  const made = await t.call("POST", "/channels", { token: by.access, body });
  assert.ok(made.status < 300, made.text);
  return made.body.id;
}

export function say(t: TestApp, by: { access: string }, channelId: string, content: string): Promise<Answer> {
  return t.call("POST", `/channels/${channelId}/messages`, { token: by.access, body: { content } });
}

/** Sends a message that must go out; answers its id. */
export async function said(t: TestApp, by: { access: string }, channelId: string, content: string): Promise<string> {
  const answer = await say(t, by, channelId, content);
  assert.equal(answer.status, 201, answer.text);
  return answer.body.id;
}

export function act(t: TestApp, by: Person, body: Record<string, unknown>): Promise<Answer> {
  return t.call("POST", "/admin/moderation/actions", {
    token: by.access,
    body: { reason: "Against the rules", ...body },
  });
}

/** An action that must succeed; answers its id. */
export async function acted(t: TestApp, by: Person, body: Record<string, unknown>): Promise<string> {
  const answer = await act(t, by, body);
  assert.equal(answer.status, 201, answer.text);
  return answer.body.id;
}

export function lift(t: TestApp, by: Person, id: string, reason = ""): Promise<Answer> {
  const query = reason ? `?reason=${encodeURIComponent(reason)}` : "";
  return t.call("DELETE", `/admin/moderation/actions/${id}${query}`, { token: by.access });
}

export function report(t: TestApp, by: Person, messageId: string, body: Record<string, unknown> = {}): Promise<Answer> {
  return t.call("POST", `/messages/${messageId}/report`, { token: by.access, body: { reason: "It is rude", ...body } });
}

export function reports(t: TestApp, by: Person, query = ""): Promise<Answer> {
  return t.call("GET", `/admin/reports${query}`, { token: by.access });
}

export function setFilter(t: TestApp, by: Person, body: Record<string, unknown>): Promise<Answer> {
  return t.call("PUT", "/admin/moderation/filters", { token: by.access, body });
}

/** Types of the notifications in the person's inbox, newest first. */
export async function inboxTypes(t: TestApp, person: { access: string }): Promise<string[]> {
  const { body } = await t.call("GET", "/notifications", { token: person.access });
  return body.items.map((item: { type: string }) => item.type);
}

/** Actions in the audit log, newest first. */
export async function auditActions(t: TestApp, owner: Person): Promise<string[]> {
  const { body } = await t.call("GET", "/audit?limit=200", { token: owner.access });
  return body.items.map((item: { action: string }) => item.action);
}
