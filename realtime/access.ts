// What one connection may do, followed for as long as it lives: its rights are read again when they have changed, and what is no
// longer allowed ends, single subscriptions or all of it. When rights cannot be checked, nobody keeps them.
import { type Actor, atLeast, authorize, may } from "../kernel/actor.ts";
import { AppError, toAppError } from "../kernel/errors.ts";
import { CLOSE } from "../protocol/errors.ts";
import type { Connection } from "./connection.ts";
import type { AllowedChannel } from "./gateway.ts";
import { type Due, hasLost } from "./rechecks.ts";

export class Access {
  /** How often rights have changed. */
  changes = 0;
  /** What it reads may have been allowed to a credential with more rights. */
  private unchecked = false;

  constructor(private readonly connection: Connection) {}

  /** @throws AppError `forbidden` when the connection wants more than the actor holds */
  require(actor: Actor): void {
    const { minimumRole, permission } = this.connection.options;
    if (minimumRole && !atLeast(actor.role, minimumRole)) {
      throw new AppError("forbidden", `This connection needs the role ${minimumRole}.`);
    }
    if (permission) authorize(actor, permission);
  }

  /** Another credential of the same person has taken the place of the one before. */
  renewed(before: Actor, now: Actor): void {
    if (!hasLost(before, now)) return;
    this.unchecked = true;
    this.changed();
  }

  /** Rights may have changed, on this channel or the actor's own: they are checked again soon (rechecks.ts). */
  changed(channel?: string): void {
    const { connection } = this;
    if (!connection.actor || connection.closed) return;
    this.changes++;
    if (channel === undefined || connection.subscriptions.has(channel)) {
      connection.hub.rechecks.add(connection, channel);
    }
  }

  /** Ends the connection or single subscriptions that are no longer allowed. Called by rechecks.ts, once at a time. */
  async recheck({ actor: whole, channels }: Due): Promise<void> {
    const { connection } = this, { subscriptions } = connection;
    if (!connection.actor || connection.closed) return;
    let names: Iterable<string> = channels;
    if (whole) {
      const before = connection.actor;
      const now = await this.refreshed(before);
      if (!now || connection.closed) return;
      if (connection.actor !== before) {
        // Another credential came meanwhile; what was read is about the old one.
        this.changed();
        for (const channel of channels) this.changed(channel);
        return;
      }
      connection.actor = now;
      if (this.unchecked || hasLost(before, now)) names = subscriptions.channels();
      this.unchecked = false;
    }
    const read = [...names].filter((channel) => subscriptions.has(channel));
    if (read.length === 0) return;
    try {
      const answers = await connection.gateway.authorizeChannels(connection.actor, read, connection.peer);
      read.forEach((channel, i) => this.keepOrEnd(channel, answers[i]!));
    } catch (error) {
      this.closeUnsure(error);
    }
  }

  /** The rights of now; undefined when they have ended, and the connection with them. */
  private async refreshed(before: Actor): Promise<Actor | undefined> {
    const { connection } = this;
    try {
      const actor = await connection.gateway.refresh(before, connection.peer);
      const { minimumRole, permission } = connection.options;
      if ((!minimumRole || atLeast(actor.role, minimumRole)) && (!permission || may(actor, permission))) return actor;
      connection.close(CLOSE.forbidden, "your role no longer allows this connection");
    } catch (error) {
      if (toAppError(error).status >= 500) this.closeUnsure(error);
      else connection.close(CLOSE.unauthenticated, "access has ended");
    }
  }

  private keepOrEnd(channel: string, answer: AllowedChannel | AppError): void {
    const { connection } = this;
    if (!(answer instanceof AppError) || connection.closed) return;
    if (answer.status >= 500) return this.closeUnsure(answer);
    if (!connection.subscriptions.remove(channel)) return;
    connection.send({ type: "error", code: answer.code, message: `${channel}: ${answer.detail}`, subject: channel });
  }

  /** When rights cannot be checked, nobody keeps them: the reader reconnects and is checked then. */
  private closeUnsure(error: unknown): void {
    const { connection } = this;
    const { code, detail } = toAppError(error);
    if (code === "maintenance") {
      connection.send({ type: "error", code, message: detail });
      return connection.close(CLOSE.restarting, code);
    }
    connection.log.warn("rights could not be checked again; the connection is closed", { error: String(error) });
    connection.close(CLOSE.restarting, "rights could not be checked; reconnect");
  }
}
