// What the server may tell this agent to do. Questions change nothing and are answered as often as they come; deeds are carried out once
// (journal.ts).
import type { Result } from "./journal.ts";
import { writePrivate } from "./identity.ts";

export interface CommandTable {
  questions: Record<string, () => Promise<unknown>>;
  deeds: Record<string, (data: unknown) => Promise<unknown>>;
}

const SETTINGS = "settings.json";
const MAX_SETTINGS = 64 * 1024;

/** How people call this agent. Kept for whoever stands at the machine (`pulpo agent status`). */
export interface AgentSettings {
  name: string;
  labels: Record<string, string>;
}

export function commandTable(dir: string): CommandTable {
  return {
    questions: {
      health: () => Promise.resolve({ uptime_seconds: Math.round(performance.now() / 1000) }),
    },
    deeds: {
      async configure(data) {
        const text = JSON.stringify(data);
        if (!isSettings(data) || text.length > MAX_SETTINGS) throw new Error("These are no settings of an agent.");
        await writePrivate(dir, SETTINGS, text + "\n");
        return null;
      },
    },
  };
}

function isSettings(data: unknown): data is AgentSettings {
  const { name, labels } = (data ?? {}) as Partial<AgentSettings>;
  return typeof name === "string" && typeof labels === "object" && labels !== null;
}

/** @returns undefined when the server has not told any yet */
export async function readSettings(dir: string): Promise<AgentSettings | undefined> {
  return await Deno.readTextFile(`${dir}/${SETTINGS}`).then(JSON.parse, () => undefined);
}

/** What comes of carrying something out; never throws. */
export async function resultOf(work: () => Promise<unknown>): Promise<Result> {
  try {
    return { ok: true, data: await work() };
  } catch (error) {
    return { ok: false, error: { code: "failed", message: error instanceof Error ? error.message : String(error) } };
  }
}
