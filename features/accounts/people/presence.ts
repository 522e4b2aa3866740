// Telling everybody of an organisation, on the channel `presence`, who came or went and what people show of themselves. Every
// instance tells its own readers: that a person came or went arrives over the bus from all instances (realtime/presence.ts),
// that a profile or status changed through the event log (`user_changed`). So there is nothing to send between instances here.
// Pushes are ephemeral and complete: a reader asks `GET /users/online` after each subscribe and applies what comes from then on.
import { sql } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import type { PresencePush } from "../../../protocol/accounts/accounts.ts";
import type { ControlEvent } from "../../../protocol/wire/control.ts";
import type { App } from "../../context.ts";
import { type ShownStatus, shownStatus } from "./store.ts";

/** Changes within this time travel together: a thousand people who reconnect are a few pushes. */
const GATHER_MS = 50;
const RETRY_MS = 1000;
/** People in one push. */
const MAX_USERS = 200;

type PersonRow = ShownStatus & {
  id: string;
  username: string;
  display_name: string;
  avatar_url: string | null;
  is_active: boolean;
};

export class PresenceTeller {
  /** Organisation → people about whom something changed. Bounded by the number of people. */
  #changed = new Map<string, Set<string>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #telling: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(private readonly app: App) {}

  note(organizationId: string, userIds: Iterable<string>): void {
    if (this.#closed) return;
    let people = this.#changed.get(organizationId);
    if (!people) this.#changed.set(organizationId, people = new Set());
    for (const id of userIds) people.add(id);
    this.#schedule(GATHER_MS);
  }

  onControlEvent(event: ControlEvent): void {
    if (event.kind === "user_changed") this.note(event.organization_id, [event.user_id]);
  }

  #schedule(ms: number): void {
    this.#timer ??= setTimeout(() => {
      // One after the other, so that what was read later is also told later.
      this.#telling = this.#telling.then(() => {
        this.#timer = undefined;
        return this.#tell();
      });
    }, ms);
  }

  async #tell(): Promise<void> {
    const changed = this.#changed;
    this.#changed = new Map();
    const reading = new Set(this.app.realtime.organizationsReading(channels.presence()));
    for (const [organizationId, people] of changed) {
      if (!reading.has(organizationId) || this.#closed) continue;
      try {
        const ids = [...people];
        for (let at = 0; at < ids.length; at += MAX_USERS) {
          await this.#tellOf(organizationId, ids.slice(at, at + MAX_USERS));
        }
      } catch (error) {
        this.app.log.debug("presence was not told; tried again soon", { error });
        if (this.#closed) return;
        this.note(organizationId, people);
        clearTimeout(this.#timer);
        this.#timer = undefined;
        this.#schedule(RETRY_MS);
      }
    }
  }

  async #tellOf(organizationId: string, ids: string[]): Promise<void> {
    const rows = await this.app.db.rows<PersonRow>(sql`
      select id, username, display_name, avatar_url, status, status_text, status_until, is_active from users
      where organization_id = ${organizationId} and id = any(${ids}::uuid[])`);
    const byId = new Map(rows.map((row) => [row.id, row]));
    const here = new Set(this.app.realtime.onlineUsers(organizationId));
    const now = this.app.now();
    const users = ids.map((id): PresencePush["users"][number] => {
      const row = byId.get(id);
      if (!row) return { id, status: "offline", status_text: null, status_until: null };
      const shown = shownStatus(row, now);
      return {
        id,
        status: here.has(id) && row.is_active ? shown.status : "offline",
        status_text: shown.status_text,
        status_until: shown.status_until?.toISOString() ?? null,
        username: row.username,
        display_name: row.display_name,
        avatar_url: row.avatar_url,
      };
    });
    const data: PresencePush = { users };
    this.app.realtime.publishLocal(organizationId, channels.presence(), "presence", data);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#telling;
  }
}
