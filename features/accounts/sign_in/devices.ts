// Devices that signed in before. Every sign-in leaves a mark on the device (a cookie), signed by this server and good for
// one account: whoever shows it is judged by failures of its own, so that strangers who guess at an account, or from the
// same address, do not lock its owner out. The mark is no credential: it opens nothing without the password, and a copy of
// it buys ten guesses in five minutes. (OWASP, "Slow Down Online Guessing Attacks with Device Cookies".)
import { constantTimeEqual, isUuid } from "../../../kernel/ids.ts";
import type { App } from "../../context.ts";

/** How long a mark is good. It is renewed whenever its session is. */
export const DEVICE_SECONDS = 180 * 24 * 3600;
const MARK = /^([0-9a-f-]{36})\.([\w-]{22})\.(\d{10})\.([\w-]{43})$/;

export interface Device {
  userId: string;
  id: string;
}

const macOf = (app: App, text: string) => app.keys.mac("device", text);

/**
 * The mark for the device on which this person has signed in. What is counted is its id, so it stays what it was: that of
 * the person's mark which the device shows, else one that belongs to the session. Renewing a session buys no new guesses.
 * @param shown the mark that came with the request
 */
export async function deviceMark(app: App, userId: string, sessionId: string, shown?: string): Promise<string> {
  const known = await knownDevice(app, shown);
  const id = known?.userId === userId ? known.id : (await app.keys.mac("device-id", sessionId)).slice(0, 22);
  const text = `${userId}.${id}.${Math.floor(app.now().getTime() / 1000)}`;
  return `${text}.${await macOf(app, text)}`;
}

/** What the mark says, when it is ours and has not ended. */
export async function knownDevice(app: App, mark: string | undefined): Promise<Device | undefined> {
  const [, userId, id, made, mac] = MARK.exec(mark ?? "") ?? [];
  if (!userId || !id || !made || !mac || !isUuid(userId)) return undefined;
  if (!constantTimeEqual(mac, await macOf(app, `${userId}.${id}.${made}`))) return undefined;
  return app.now().getTime() / 1000 - Number(made) < DEVICE_SECONDS ? { userId, id } : undefined;
}
