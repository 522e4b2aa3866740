// What every action gets: the assembled parts (`App`) and who is asking (`Ctx`). The composition root builds App once.
import type { Actor } from "../kernel/actor.ts";
import type { Config } from "../kernel/config.ts";
import type { ImageTool } from "../kernel/images.ts";
import type { Logger } from "../kernel/log.ts";
import type { LoadMeter } from "../kernel/load.ts";
import type { Jobs, Mailer, Realtime, SmsSender } from "../kernel/ports.ts";
import type { BlobStorage } from "../kernel/storage.ts";
import type { Db, Queryable, Tx } from "../db/sql.ts";
import type { Keys } from "../kernel/keys.ts";
import type { PasswordHasher } from "../kernel/passwords.ts";
import type { PermissionTable } from "../kernel/permissions.ts";
import type { RateLimits } from "../kernel/rate_limit.ts";
import type { Feature } from "./define.ts";

/** An organisation in the transaction that makes it. */
export interface NewOrganization {
  id: string;
  owner: { id: string; username: string };
}

/** A person in the transaction that lets them into the organisation. */
export interface NewPerson {
  organizationId: string;
  userId: string;
  /** Came by an invitation into these places as well; who invited, with the rights of now. */
  invited?: { by: Actor; ids: readonly string[] };
}

export interface App {
  readonly config: Config;
  /** In the order in which they start. */
  readonly features: readonly Feature[];
  readonly db: Db;
  readonly log: Logger;
  readonly realtime: Realtime;
  readonly jobs: Jobs;
  readonly mailer: Mailer;
  readonly sms: SmsSender;
  readonly keys: Keys;
  readonly passwords: PasswordHasher;
  readonly limits: RateLimits;
  /** Where the bytes of files lie. */
  readonly storage: BlobStorage;
  readonly images: ImageTool;
  /** Asks all features which of these media their rows refer to (`Feature.mediaUsers`). */
  mediaInUse(db: Queryable, organizationId: string, ids: string[]): Promise<Set<string>>;
  /** Adds what every new organisation has (`Feature.furnish`); in the transaction that makes it and its owner. */
  furnish(tx: Tx, organization: NewOrganization): Promise<void>;
  /** Adds what every new person has (`Feature.welcome`); in the transaction that lets them in. */
  welcome(tx: Tx, person: NewPerson): Promise<void>;
  /** Takes a person whose account ends out of every place (`Feature.leave`); in the transaction that deletes the account. */
  leave(tx: Tx, organizationId: string, userId: string): Promise<void>;
  /** The people of a group are others now (`Feature.regroup`); in the transaction that changed them. */
  regroup(ctx: Ctx, tx: Tx, groupId: string): Promise<void>;
  /** Those of these places (chat channels) that the actor may put people into (`Feature.invitable`). */
  invitable(db: Queryable, actor: Actor, ids: readonly string[]): Promise<string[]>;
  /** The people whom somebody meets in channels (`Feature.acquaintances`): all that a guest sees of the organisation. */
  acquaintances(db: Queryable, organizationId: string, userId: string): Promise<string[]>;
  /** Runs `body` over one unchanging view of all data, for as long as it takes, while others keep reading and writing. */
  snapshot<T>(body: (view: Queryable) => Promise<T>): Promise<T>;
  /** What every role may do: `buildPermissionTable(features)`. */
  readonly permissionTable: PermissionTable;
  readonly load: LoadMeter;
  /** Seconds since this process started serving. */
  uptimeSeconds(): number;
  /** The address people use, without a slash at the end: PULPO_PUBLIC_URL, or what the server listens on. */
  publicUrl(): string;
  /** How a person types a command for this installation: `user setup-link` becomes `./pulpo user setup-link`. */
  commandLine(command: string): string;
  /** Current time; tests move it. */
  now(): Date;
}

/** A caller who has not said who they are (sign-in, registration, set-up). */
export interface GuestCtx {
  readonly app: App;
  readonly requestId: string;
  /** The caller's address, if it came over the network. */
  readonly ip: string | null;
  readonly userAgent: string | null;
  /** The first language that the client asks for and that texts exist in, as it says it: `es-MX`. */
  readonly language?: string | null;
  readonly log: Logger;
  /** What an earlier sign-in left on this device, as it came (accounts/sign_in/devices.ts). */
  readonly deviceMark?: string;
}

/** A caller whose credential was checked. */
export interface Ctx extends GuestCtx {
  readonly actor: Actor;
}
