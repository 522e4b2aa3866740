// What every action gets: the assembled parts (`App`) and who is asking (`Ctx`). The composition root builds App once.
import type { Actor } from "../kernel/actor.ts";
import type { Config } from "../kernel/config.ts";
import type { Logger } from "../kernel/log.ts";
import type { Jobs, Mailer, Realtime } from "../kernel/ports.ts";
import type { Db } from "../db/sql.ts";
import type { Keys } from "../kernel/keys.ts";
import type { PasswordHasher } from "../kernel/passwords.ts";

export interface App {
  readonly config: Config;
  readonly db: Db;
  readonly log: Logger;
  readonly realtime: Realtime;
  readonly jobs: Jobs;
  readonly mailer: Mailer;
  readonly keys: Keys;
  readonly passwords: PasswordHasher;
  /** The address people use, without a slash at the end: PULPO_PUBLIC_URL, or what the server listens on. */
  publicUrl(): string;
  /** Current time; tests move it. */
  now(): Date;
}

export interface Ctx {
  readonly app: App;
  readonly actor: Actor;
  readonly requestId: string;
  /** The caller's address, if it came over the network. */
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly log: Logger;
}
