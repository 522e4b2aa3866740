// What check_compiled.ts uses on the compiled file besides the ground: one short pass through every area, so that nothing is
// missing from the executable that only one of them loads (workers, codecs, clients, templates, commands).
import assert from "node:assert/strict";
import { mailText, startSmtp } from "../tests/support/smtp_stand_in.ts";
import { startPushService } from "../tests/support/push_service.ts";
import { png } from "../tests/support/picture_files.ts";
import { openStream } from "../tests/support/stream_client.ts";
import { openSocket } from "../tests/support/socket_client.ts";
import { until } from "../tests/support/wait.ts";
import { freePort, residentBytes } from "../bench/processes.ts";
import { channels } from "../protocol/wire/channels.ts";
import { bearer, type CompiledServer, type JsonCall, jsonCall, startCompiled } from "./compiled_server.ts";

const PASSWORD = "correct horse battery staple";
const WAIT = { timeoutMs: 30_000 };

interface Area {
  server: CompiledServer;
  call: JsonCall;
  /** Headers of the owner. */
  headers: Record<string, string>;
  userId: string;
}

/** Runs one command of the file to its end. @throws when it does not end with 0 */
async function command(executable: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(executable, { args }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(code, 0, `${args.join(" ")}: ${text(stdout)}${text(stderr)}`);
  return text(stdout);
}

/**
 * @param folder is new and empty @param report gets a line for each area that works
 * @param older the executable's Deno cannot call an address that was looked up before (`lookup` of node:http, 2.9): what
 * calls others is left out, and said
 */
export async function useAreas(
  executable: string,
  folder: string,
  older: boolean,
  report: (text: string) => void,
): Promise<void> {
  await using smtp = await startSmtp();
  await using pushService = startPushService();
  const dataDir = `${folder}/areas`;
  const made = await command(executable, "demo", "--small", "--password", PASSWORD, "--data-dir", dataDir);
  assert.match(made, /^8 people, \d+ channels, 240 messages/);
  report("demo: an example organisation before the first start");
  const sockets = freePort();
  const server = await startCompiled(executable, dataDir, {
    PULPO_SMTP_URL: smtp.url,
    PULPO_WS_PORT: String(sockets),
    PULPO_WS_COMPRESS_BYTES: "200",
    PULPO_WEBHOOK_PRIVATE: "allow",
  });
  try {
    const area = await signIn(server, report);
    await waysIn(area, report);
    const channel = await chat(area, report);
    await files(area, channel, report);
    await search(area, report);
    await moderation(area, channel, report);
    await notifications(area, report);
    await secondListener(area, sockets, report);
    await mail(area, smtp, report);
    if (older) console.log("NOT CHECKED: Web Push, which the Deno of this executable cannot send");
    else await webPush(area, pushService, report);
    await command(executable, "doctor", "--data-dir", dataDir);
    await command(executable, "doctor", "--url", server.url);
    report("doctor: on the running server's folder and from outside");
    await command(executable, "export", `${folder}/export.zip`, "--data-dir", dataDir);
    await command(executable, "backup", `${folder}/backup.gz`, "--files", `${folder}/files`, "--data-dir", dataDir);
    assert.equal(await server.stop(), 0, server.output());
  } catch (error) {
    console.error(server.output());
    throw error;
  } finally {
    await server.kill();
  }
  await restored(executable, folder, report);
  await imported(executable, folder, report);
}

async function signIn(server: CompiledServer, report: (text: string) => void): Promise<Area> {
  const wrong = jsonCall(server, {});
  await wrong("POST", "/auth/login", 401, { username: "demo", password: "wrong horse battery" });
  const { access_token, user } = await wrong("POST", "/auth/login", 200, { username: "demo", password: PASSWORD });
  const headers = bearer(access_token);
  const call = jsonCall(server, headers);
  const person = { email: "zoe@example.org", username: "zoe", password: PASSWORD, role: "member" };
  await call("POST", "/users", 201, person);
  await wrong("POST", "/auth/login", 200, { username: "zoe", password: PASSWORD });
  assert.equal((await call("GET", "/auth/me", 200)).username, "demo");
  report("accounts: signed in, refused, a new person");
  return { server, call, headers, userId: user.id };
}

async function waysIn({ call, server, headers }: Area, report: (text: string) => void): Promise<void> {
  assert.match((await call("POST", "/auth/2fa/setup", 200)).otpauth_url, /^otpauth:/);
  // Passkeys want a name.
  const named = { url: server.url.replace("127.0.0.1", "localhost") };
  assert.equal((await jsonCall(named, headers)("POST", "/auth/passkeys/register/options", 200)).rp.id, "localhost");
  report("ways in: a secret for an authenticator app, options for a passkey");
}

/** @returns a channel with one message */
async function chat({ call, server, headers }: Area, report: (text: string) => void): Promise<string> {
  const { id } = await call("POST", "/channels", 201, { name: "compiled", type: "public" });
  await using socket = await openSocket(`${server.url}/ws`, { headers });
  await socket.ask({ type: "subscribe", channels: [channels.chat(id)] });
  const { id: message } = await call("POST", `/channels/${id}/messages`, 201, {
    content: "**Buenos** dias, zanahoria",
  });
  await socket.wait((frame) => frame.type === "chat_message" && frame.data?.message?.id === message);
  await call("PUT", `/messages/${message}/reactions/${encodeURIComponent("👍")}`, 200);
  report("chat: a channel, a message on a socket, a reaction");
  return id;
}

async function files({ call, server, headers }: Area, channel: string, report: (text: string) => void): Promise<void> {
  const put = await fetch(`${server.url}/api/v1/media/upload?filename=a.png`, {
    method: "PUT",
    headers,
    body: await png(900, 600),
  });
  const medium = await put.json();
  assert.deepEqual([put.status, medium.width, medium.height], [201, 900, 600], JSON.stringify(medium));
  const thumb = await fetch(server.url + medium.thumbnail_url, { headers });
  assert.ok((await thumb.bytes()).length > 100);
  assert.deepEqual([thumb.status, thumb.headers.get("content-type")], [200, "image/webp"]);
  await call("POST", `/channels/${channel}/messages`, 201, { content: "A picture", attachments: [medium.id] });
  report("files: a picture, its small one, a message with it");
}

async function search({ call }: Area, report: (text: string) => void): Promise<void> {
  await until(async () => (await call("GET", "/messages/search?q=zanahoria", 200)).items.length === 1, WAIT);
  report("search: a message by a word");
}

async function moderation({ call, server }: Area, channel: string, report: (text: string) => void): Promise<void> {
  const { access_token } = await jsonCall(server, {})("POST", "/auth/login", 200, {
    username: "zoe",
    password: PASSWORD,
  });
  const zoe = jsonCall(server, bearer(access_token));
  await zoe("POST", `/channels/${channel}/join`, 200);
  const { items } = await zoe("GET", `/channels/${channel}/messages`, 200);
  const message = items.find((one: { message_type: string }) => one.message_type !== "system");
  const reported = await zoe("POST", `/messages/${message.id}/report`, 201, { reason: "Rude", category: "other" });
  await call("PUT", `/admin/reports/${reported.id}`, 200, { status: "resolved", note: "Seen" });
  report("moderation: a report and its end");
}

async function notifications(area: Area, report: (text: string) => void): Promise<void> {
  const { server, headers } = area;
  await using socket = await openSocket(`${server.url}/ws`, { headers });
  await socket.ask({ type: "subscribe", channels: ["broadcast"] });
  await using stream = await openStream(`${server.url}/sse?channels=broadcast`, headers);
  await stream.wait((event) => event.event === "ack");
  await area.call("POST", "/notify", 202, { type: "compiled", message: "Hello" });
  await socket.wait((frame) => frame.type === "compiled");
  await stream.wait((event) => event.event === "compiled");
  report("notifications: on a WebSocket and on a stream of events");
}

async function secondListener(area: Area, port: number, report: (text: string) => void): Promise<void> {
  const { server, headers } = area;
  const { services } = await (await fetch(`${server.url}/health`)).json();
  assert.deepEqual(services.websocket.transports, ["native", "ws"]);
  await using socket = await openSocket(`http://127.0.0.1:${port}/ws?channels=broadcast`, { headers });
  await socket.wait((frame) => frame.type === "ack");
  await area.call("POST", "/notify", 202, { type: "compiled_second", message: "Hello" });
  await socket.wait((frame) => frame.type === "compiled_second");
  const memory = Math.round(await residentBytes(server.pid) / 1e6);
  report(`second listener: a push on a socket of its own, ${memory} MB resident`);
}

async function mail(
  { call, userId }: Area,
  smtp: { mails: Parameters<typeof mailText>[0][] },
  report: (text: string) => void,
): Promise<void> {
  await call("PUT", "/notifications/preferences", 200, { types: { by_mail: "email" } });
  await call("POST", "/notify", 202, { type: "by_mail", message: "Carta", user_ids: [userId] });
  await until(() => smtp.mails.length > 0, WAIT);
  assert.match(mailText(smtp.mails[0]!), /^Subject: .*Carta/m);
  report("mail: a notification over SMTP");
}

async function webPush(
  { call }: Area,
  service: ReturnType<typeof startPushService>,
  report: (text: string) => void,
): Promise<void> {
  const { public_key } = await call("GET", "/push/key", 200);
  const browser = await service.browser(public_key);
  const { id } = await call("POST", "/push/subscriptions", 201, browser.subscription);
  await call("POST", `/push/subscriptions/${id}/test`, 202);
  await until(() => service.pushes.length > 0, WAIT);
  assert.deepEqual(service.complaints, []);
  report("Web Push: encrypted, signed, read by the browser's side");
}

async function restored(executable: string, folder: string, report: (text: string) => void): Promise<void> {
  const dataDir = `${folder}/restored`;
  await command(executable, "restore", `${folder}/backup.gz`, "--files", `${folder}/files`, "--data-dir", dataDir);
  await foundAgain(executable, dataDir, "demo");
  report("backup and restore: everything again in a new folder");
}

async function imported(executable: string, folder: string, report: (text: string) => void): Promise<void> {
  const dataDir = `${folder}/imported`;
  const owner = { PULPO_ADMIN_EMAIL: "owner@example.net", PULPO_ADMIN_PASSWORD: PASSWORD };
  const server = await startCompiled(executable, dataDir, owner);
  await jsonCall(server, {})("POST", "/auth/login", 200, { email: owner.PULPO_ADMIN_EMAIL, password: PASSWORD });
  assert.equal(await server.stop(), 0, server.output());
  await command(executable, "import", "pulpo", `${folder}/export.zip`, "--data-dir", dataDir);
  await foundAgain(executable, dataDir, owner.PULPO_ADMIN_EMAIL);
  report("export and import: everything again in another organisation");
}

/** Starts the server on a folder, signs in there, and looks for the message of `chat`. */
async function foundAgain(executable: string, dataDir: string, login: string): Promise<void> {
  const server = await startCompiled(executable, dataDir);
  try {
    const name = login.includes("@") ? { email: login } : { username: login };
    const { access_token } = await jsonCall(server, {})("POST", "/auth/login", 200, { ...name, password: PASSWORD });
    const call = jsonCall(server, bearer(access_token));
    const { items } = await call("GET", "/channels?q=compiled", 200);
    const { id } = items.find((channel: { name: string }) => channel.name === "compiled");
    await call("POST", `/channels/${id}/join`, 200);
    const { items: messages } = await call("GET", `/channels/${id}/messages`, 200);
    assert.ok(messages.some((m: { content: string }) => m.content.includes("zanahoria")), JSON.stringify(messages));
    assert.equal(await server.stop(), 0, server.output());
  } catch (error) {
    console.error(server.output());
    throw error;
  } finally {
    await server.kill();
  }
}
