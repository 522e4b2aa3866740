// When people, sessions and tokens were last seen. Noted in memory, written in one batch every 15 s, and at most once a
// minute for each: never a write per request.
import type { App } from "../../context.ts";
import { sql } from "../../../db/sql.ts";

const FLUSH_MS = 15_000;

export class SeenBuffer {
  #users = new Set<string>();
  #sessions = new Set<string>();
  #tokens = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(private readonly app: App) {}

  note(seen: { userId: string | null; sessionId?: string; tokenId?: string }): void {
    if (this.#closed || !seen.userId) return;
    this.#users.add(seen.userId);
    if (seen.sessionId) this.#sessions.add(seen.sessionId);
    if (seen.tokenId) this.#tokens.add(seen.tokenId);
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [users, sessions, tokens] = [[...this.#users], [...this.#sessions], [...this.#tokens]];
    if (users.length === 0) return;
    this.#users.clear();
    this.#sessions.clear();
    this.#tokens.clear();
    const now = this.app.now();
    const before = new Date(now.getTime() - 45_000);
    try {
      await this.app.db.run(sql`update users set last_seen_at = ${now}
        where id = any(${users}::uuid[]) and (last_seen_at is null or last_seen_at < ${before})`);
      await this.app.db.run(sql`update sessions set last_seen_at = ${now}
        where id = any(${sessions}::uuid[]) and last_seen_at < ${before}`);
      await this.app.db.run(sql`update api_tokens set last_used_at = ${now}
        where id = any(${tokens}::uuid[]) and (last_used_at is null or last_used_at < ${before})`);
    } catch (error) {
      this.app.log.debug("last-seen times were not written", { error });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    clearTimeout(this.#timer);
  }
}
