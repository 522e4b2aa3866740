// The short tone of a chat notification, for those who want it ("Play a sound" in the preferences). One tab of the browser
// plays it, at most once a second. A page that nobody has touched yet may not play anything: the tone is left out then.
import type { ChatPreferences } from "../../../../protocol/notifications/push.ts";
import { get } from "../../../lib/api.ts";
import { stored } from "../../../lib/storage.ts";

/** Another device may have changed it meanwhile. */
const BELIEVED_MS = 60_000;
const APART_MS = 1_000;

let wanted: { on: boolean; at: number } | undefined;
let audio: AudioContext | undefined;

/** What the preferences page knows. */
export function soundsAre(on: boolean): void {
  wanted = { on, at: Date.now() };
}

/** Never throws: a tone is no reason to trouble anybody. */
export async function chime(): Promise<void> {
  try {
    if (!wanted || Date.now() - wanted.at > BELIEVED_MS) {
      soundsAre((await get<ChatPreferences>("/chat/preferences")).sounds);
    }
    if (!wanted?.on || !navigator.userActivation?.hasBeenActive) return;
    // Without locks (no https) every tab plays.
    if (!navigator.locks) return await tone();
    await navigator.locks.request(stored("chime"), { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      await tone();
      await new Promise((done) => setTimeout(done, APART_MS));
    });
  } catch { /* no sound then */ }
}

/** Two soft notes, a third of a second. */
async function tone(): Promise<void> {
  audio ??= new AudioContext();
  await audio.resume();
  const start = audio.currentTime;
  [660, 880].forEach((frequency, i) => {
    const oscillator = audio!.createOscillator(), gain = audio!.createGain();
    const from = start + i * 0.12;
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0.0001, from);
    gain.gain.exponentialRampToValueAtTime(0.12, from + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, from + 0.22);
    oscillator.connect(gain).connect(audio!.destination);
    oscillator.start(from);
    oscillator.stop(from + 0.24);
  });
}
