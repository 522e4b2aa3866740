// How busy each organisation is: durable pushes of the last minute in 5-second steps, and the channels they were on. Every
// instance sees every push (its own and the bus's), so each can answer alone.

const STEP_MS = 5000;
const STEPS = 12;

interface Slot {
  step: number;
  pushes: number;
  channels: Set<string>;
}

export class Rates {
  private readonly slots = new Map<string, Slot[]>();

  count(organizationId: string, channel: string): void {
    const step = Math.floor(Date.now() / STEP_MS);
    let slots = this.slots.get(organizationId);
    if (!slots) this.slots.set(organizationId, slots = []);
    let slot = slots.at(-1);
    if (!slot || slot.step !== step) {
      slots.push(slot = { step, pushes: 0, channels: new Set() });
      if (slots.length > STEPS + 1) slots.shift();
    }
    slot.pushes++;
    if (slot.channels.size < 10_000) slot.channels.add(channel);
  }

  /** Pushes and distinct channels in the last 60 s. */
  lastMinute(organizationId: string): { pushes: number; channels: Set<string> } {
    const oldest = Math.floor(Date.now() / STEP_MS) - STEPS;
    const channels = new Set<string>();
    let pushes = 0;
    for (const slot of this.slots.get(organizationId) ?? []) {
      if (slot.step <= oldest) continue;
      pushes += slot.pushes;
      for (const channel of slot.channels) channels.add(channel);
    }
    return { pushes, channels };
  }
}
