// How busy each organisation is: messages of the last minute in 5-second steps, and the channels that got durable pushes.
// A message is a chat message or a stored notification; reactions, edits, read states and the like are not. Every instance
// sees every push (its own and the bus's), so each can answer alone.
import { channels } from "../protocol/wire/channels.ts";
import type { BusMessage } from "./broker.ts";

const STEP_MS = 5000;
const STEPS = 12;

const CHAT_MESSAGE = '{"type":"chat_message"';
const BROADCAST = channels.broadcast();
const NOTIFY = channels.notify("");
const INBOX_END = channels.userNotifications("");

interface Slot {
  step: number;
  messages: number;
  channels: Set<string>;
}

/** Only durable pushes are asked about: what tells devices that something was read is none. */
function isMessage({ channel, body }: BusMessage): boolean {
  if (body.startsWith(CHAT_MESSAGE)) return true;
  return channel === BROADCAST || channel.startsWith(NOTIFY) || channel.endsWith(INBOX_END.slice("user:".length));
}

export class Rates {
  private readonly slots = new Map<string, Slot[]>();

  /** Counts a durable push. */
  count(push: BusMessage): void {
    const { organizationId, channel } = push;
    const step = Math.floor(Date.now() / STEP_MS);
    let slots = this.slots.get(organizationId);
    if (!slots) this.slots.set(organizationId, slots = []);
    let slot = slots.at(-1);
    if (!slot || slot.step !== step) {
      slots.push(slot = { step, messages: 0, channels: new Set() });
      if (slots.length > STEPS + 1) slots.shift();
    }
    if (isMessage(push)) slot.messages++;
    if (slot.channels.size < 10_000) slot.channels.add(channel);
  }

  /** Messages and distinct channels in the last 60 s. */
  lastMinute(organizationId: string): { messages: number; channels: Set<string> } {
    const oldest = Math.floor(Date.now() / STEP_MS) - STEPS;
    const channels = new Set<string>();
    let messages = 0;
    for (const slot of this.slots.get(organizationId) ?? []) {
      if (slot.step <= oldest) continue;
      messages += slot.messages;
      for (const channel of slot.channels) channels.add(channel);
    }
    return { messages, channels };
  }
}
