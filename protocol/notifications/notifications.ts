// Notifications on the wire (CONTRACT section 3): what POST /notify takes, what the inbox shows, preferences, webhooks.
// Limits are in bytes of UTF-8. `data` may be any JSON that the database can keep: no NUL, no lone surrogates, and not
// nested deeper than 64 levels (checked here, so that one bad value never fails the statement that carries others).
import { z } from "zod";
import { NOTIFY_NAME } from "../wire/channels.ts";
import { page, pageQuery, timestamp, uuid } from "../common.ts";
import { utf8Length } from "../texts.ts";

export const MAX_MESSAGE_BYTES = 4 * 1024;
export const MAX_DATA_BYTES = 64 * 1024;
export const MAX_BATCH = 500;
export const MAX_USER_IDS = 500;
/** Deliveries to single persons that one request may make: the sum over its notifications. */
export const MAX_RECIPIENTS_PER_REQUEST = 5000;
const MAX_DEPTH = 64;

const storable = (text: string) => text.isWellFormed() && !text.includes("\0");
const NOT_STORABLE = "must not contain NUL characters or lone surrogates";

/** A text that the database can keep, of at most `bytes` bytes. */
const shortText = (bytes: number) =>
  z.string().min(1).refine((v) => v.length <= bytes && utf8Length(v) <= bytes, {
    message: `at most ${bytes} bytes`,
  }).refine(storable, { message: NOT_STORABLE });

/** The first thing that is wrong with a JSON value, or undefined. Iterative: depth comes from outside. */
export function jsonProblem(value: unknown, maxBytes = MAX_DATA_BYTES): string | undefined {
  const todo: [unknown, number][] = [[value, 1]];
  while (todo.length) {
    const [item, depth] = todo.pop()!;
    if (typeof item === "string") {
      if (!storable(item)) return NOT_STORABLE;
    } else if (typeof item === "object" && item !== null) {
      if (depth > MAX_DEPTH) return `nested deeper than ${MAX_DEPTH} levels`;
      for (const [key, child] of Object.entries(item)) {
        if (!storable(key)) return NOT_STORABLE;
        todo.push([child, depth + 1]);
      }
    }
  }
  const text = JSON.stringify(value) ?? "null";
  if (text.length > maxBytes || utf8Length(text) > maxBytes) return `at most ${maxBytes} bytes as JSON`;
}

const jsonData = z.unknown().superRefine((value, ctx) => {
  const problem = value === undefined ? undefined : jsonProblem(value);
  if (problem) ctx.addIssue({ code: "custom", message: problem });
});

/** `snake_case`, at most 64 characters. The protocol's own types are refused by the action (`reserved_type`). */
export const notificationType = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, {
  message: "snake_case: lower-case letters, digits and _, starting with a letter, at most 64 characters",
}).meta({ description: "Any snake_case word that the protocol does not use itself.", example: "reserva_creada" });

export const notifyInput = z.object({
  type: notificationType,
  message: shortText(MAX_MESSAGE_BYTES).meta({
    description: "What people read; at most 4 KiB.",
    example: "Nueva reserva: Catedral de Sal, 2 personas",
  }),
  data: jsonData.optional().meta({
    description: "Any JSON, at most 64 KiB; null when absent.",
    example: { reserva_id: "R-1024", tour: "Catedral de Sal", personas: 2 },
  }),
  channel: z.string().min(1).max(128).optional().meta({
    description:
      "`broadcast` (default) or `notify:<name>`. With user_ids it is ignored: each person's own channel is used.",
    example: "broadcast",
  }),
  user_ids: z.array(uuid).min(1).max(MAX_USER_IDS).optional().meta({
    description: "Only these persons of the organisation, each on `user:<id>:notifications`.",
  }),
  persist: z.boolean().default(true).meta({
    description:
      "true: stored, recoverable and in the inbox. false: only who is connected now gets it; offset is null.",
  }),
  dedupe_key: shortText(200).optional().meta({
    description: "The same key within 24 hours, from the same sender, of the same type and to the same channel or " +
      "people, answers the first result with `duplicate: true` and sends nothing.",
    example: "reserva-1024-creada",
  }),
}).meta({
  id: "NotifyInput",
  example: {
    type: "reserva_creada",
    message: "Nueva reserva: Catedral de Sal, 2 personas",
    data: { reserva_id: "R-1024", personas: 2 },
  },
});
export type NotifyInput = z.infer<typeof notifyInput>;

export const notifyBatch = z.object({
  notifications: z.array(notifyInput).min(1).max(MAX_BATCH),
}).refine((v) => v.notifications.reduce((n, i) => n + (i.user_ids?.length ?? 0), 0) <= MAX_RECIPIENTS_PER_REQUEST, {
  message: `at most ${MAX_RECIPIENTS_PER_REQUEST} user_ids in one request`,
  path: ["notifications"],
}).meta({
  id: "NotifyBatch",
  example: {
    notifications: [
      { type: "tour_creado", message: "Nuevo tour: Guatavita", data: { tour_id: "T-7" } },
      { type: "guia_actualizado", message: "Ana Ruiz cambia de horario", data: { guia_id: "G-3" } },
    ],
  },
});

/** One notification or a batch. The branch is chosen by the key, so that problems name the field and not the union. */
export const notifyRequest = z.preprocess((value, ctx) => {
  const isBatch = typeof value === "object" && value !== null && "notifications" in value;
  const parsed = (isBatch ? notifyBatch : notifyInput).safeParse(value);
  if (parsed.success) return value;
  for (const issue of parsed.error.issues) {
    ctx.addIssue({ code: "custom", message: issue.message, path: [...issue.path] });
  }
  return z.NEVER;
}, z.union([notifyInput, notifyBatch]));

export const notifyResult = z.object({
  id: uuid.meta({ example: "0199c2a0-5f0e-7c3b-9a51-2f1f3a6f1a10" }),
  channel: z.string().meta({ example: "broadcast" }),
  offset: z.number().int().nullable().meta({
    description: "Position in the channel; null when nothing durable was pushed.",
  }),
  duplicate: z.boolean().meta({
    description: "true: nothing was sent; this is the answer to the first one with this dedupe_key.",
    example: false,
  }),
}).meta({ id: "NotifyResult" });
export type NotifyResult = z.infer<typeof notifyResult>;
export const notifyBatchResult = z.object({ items: z.array(notifyResult) }).meta({ id: "NotifyBatchResult" });

// --- inbox -------------------------------------------------------------------------------------------------------

/** Unread counts stop here: a person with more sees "1000+". */
export const MAX_UNREAD = 1000;

const queryFlag = z.enum(["true", "false", "1", "0"]).transform((v) => v === "true" || v === "1");
export const inboxQuery = pageQuery.extend({ unread: queryFlag.optional(), type: notificationType.optional() });
export type InboxQuery = z.infer<typeof inboxQuery>;

export const inboxItem = z.object({
  id: uuid,
  type: z.string(),
  message: z.string(),
  data: z.unknown(),
  channel: z.string(),
  sender: z.object({ id: uuid.nullable(), name: z.string() }),
  created_at: timestamp,
  read_at: timestamp.nullable(),
}).meta({
  id: "InboxItem",
  example: {
    id: "0199c2a0-5f0e-7c3b-9a51-2f1f3a6f1a10",
    type: "reserva_creada",
    message: "Nueva reserva: Catedral de Sal, 2 personas",
    data: { reserva_id: "R-1024", personas: 2 },
    channel: "broadcast",
    sender: { id: null, name: "reservas-api" },
    created_at: "2026-01-15T10:30:00.000Z",
    read_at: null,
  },
});
export type InboxItem = z.infer<typeof inboxItem>;
const unreadCount = z.number().int().min(0).max(MAX_UNREAD).meta({
  description: "At most 1000, which means 1000 or more.",
});
export const inboxPage = page(inboxItem).extend({ unread_count: unreadCount }).meta({ id: "InboxPage" });
export const unreadAnswer = z.object({ unread_count: unreadCount }).meta({
  id: "UnreadCount",
  example: { unread_count: 3 },
});

// --- preferences -------------------------------------------------------------------------------------------------

export const delivery = z.enum(["push", "email", "none"]);
export type Delivery = z.infer<typeof delivery>;

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return /^[A-Za-z]/.test(name); // an offset such as +02:00 knows no summer time
  } catch {
    return false;
  }
}

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { message: "a time of day such as 22:00" });
export const quietHours = z.object({
  enabled: z.boolean(),
  start: clock,
  end: clock,
  timezone: z.string().max(64).refine(isTimeZone, { message: "an IANA time zone such as Europe/Madrid" }),
}).refine((q) => !q.enabled || q.start !== q.end, { message: "start and end must differ", path: ["end"] });
export type QuietHours = z.infer<typeof quietHours>;

export const preferences = z.object({
  default: delivery.meta({ description: "push: inbox and live; email: also by mail; none: not shown." }),
  types: z.record(notificationType, delivery).refine((v) => Object.keys(v).length <= 200, {
    message: "at most 200 types",
  }),
  quiet_hours: quietHours,
}).meta({
  id: "NotificationPreferences",
  example: {
    default: "push",
    types: { reserva_creada: "email", usuario_inicio_sesion: "none" },
    quiet_hours: { enabled: true, start: "22:00", end: "07:00", timezone: "Europe/Madrid" },
  },
});
export type Preferences = z.infer<typeof preferences>;
/** PUT takes any part of it; absent parts stay as they are. */
export const preferencesUpdate = preferences.partial().meta({ id: "NotificationPreferencesUpdate" });
export type PreferencesUpdate = z.infer<typeof preferencesUpdate>;

export const DEFAULT_PREFERENCES: Preferences = {
  default: "push",
  types: {},
  quiet_hours: { enabled: false, start: "22:00", end: "07:00", timezone: "UTC" },
};

// --- presets -----------------------------------------------------------------------------------------------------

export const presetType = z.object({
  type: z.string(),
  label: z.object({ en: z.string(), es: z.string() }),
  icon: z.string().meta({ description: "A short icon name that the console knows." }),
  group: z.string(),
});
export const preset = z.object({ name: z.string(), types: z.array(presetType) }).meta({
  id: "NotificationPreset",
  example: {
    name: "tourism",
    types: [{
      type: "reserva_creada",
      label: { en: "Booking made", es: "Reserva creada" },
      icon: "calendar-plus",
      group: "reserva",
    }],
  },
});
export type Preset = z.infer<typeof preset>;
export const presetList = z.object({ items: z.array(preset) });

export const notifyChannelName = z.string().refine(
  (v) => v === "broadcast" || (v.startsWith("notify:") && NOTIFY_NAME.test(v.slice("notify:".length))),
  { message: "broadcast or notify:<name>" },
);
