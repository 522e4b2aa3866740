// What is counted per minute and caller unless the settings say otherwise (PULPO_RATE_LIMITS): things that cost room or
// tell something. Generous: people and programs that work never see them, floods do. Imports, the command line and the
// server itself are not counted.
import { z } from "zod";

/** Kind → times per minute; 0: no limit. A person counts with all sessions and tokens, a stranger by address. */
export const DEFAULT_RATE_LIMITS = {
  /** Channels and direct conversations made. */
  channels: 120,
  /** API tokens made. */
  tokens: 60,
  /** Tickets for sockets and streams. */
  tickets: 600,
  /** Webhooks made, incoming and outgoing. */
  webhooks: 60,
  /** Messages planned for later. */
  schedules: 120,
  /** Files sent; the parts of one file are one. */
  uploads: 300,
  /** Registrations tried, per address. */
  register: 60,
  /** Beginnings of a sign-in with a passkey, per address. */
  passkeys: 120,
  /** Invitations made. */
  invites: 120,
  /** Agents that want to come in, per address. */
  enrollments: 60,
  /** New passwords asked for, and links tried, per address. */
  links: 30,
  /** Answers that an e-mail address or user name is taken. */
  lookups: 30,
};

export type RateKind = keyof typeof DEFAULT_RATE_LIMITS;
export type KindLimits = Record<RateKind, number>;

const KINDS = Object.keys(DEFAULT_RATE_LIMITS) as RateKind[];
const EXPECTED = `pairs of kind=times per minute, comma separated (0: no limit); kinds: ${KINDS.join(", ")}`;
const MAX_POINTS = 1_000_000;

/** `channels=300,tokens=0`, or a table of the file; kinds that are not named keep their default. */
export const rateLimitsSetting = z.union([z.string(), z.record(z.string(), z.unknown())]).default("")
  .transform((value, ctx) => {
    const pairs = typeof value === "string"
      ? value.split(",").map((s) => s.trim()).filter(Boolean).map((pair) => pair.split("=").map((s) => s.trim()))
      : Object.entries(value).map(([kind, points]) => [kind, String(points)]);
    const limits: KindLimits = { ...DEFAULT_RATE_LIMITS };
    for (const [kind, points, ...more] of pairs) {
      const good = KINDS.includes(kind as RateKind) && /^\d{1,7}$/.test(points ?? "") && more.length === 0 &&
        Number(points) <= MAX_POINTS;
      if (good) limits[kind as RateKind] = Number(points);
      else {
        ctx.addIssue({ code: "custom", message: EXPECTED });
        return z.NEVER;
      }
    }
    return limits;
  });
