// How many sockets and streams there may be, and whose. Separate budgets, so that nobody can lock the others out:
//   - people who have signed in count together up to `total`, of which the last part is kept for administrators and owners;
//   - one person (with all their sessions and tokens) and one organisation have a share each;
//   - sockets that have not said who they are yet do not count here: see unknown_sockets.ts.
import { type Actor, atLeast, identityOf } from "../kernel/actor.ts";
import { AppError } from "../kernel/errors.ts";

export interface ConnectionBudget {
  /** Connections of people who have signed in. */
  total: number;
  perPerson: number;
  perOrganization: number;
}

/** A tenth, at most 100, of `total` and of every organisation's share is kept for administrators and owners. */
const reserveOf = (budget: number) => Math.min(100, Math.floor(budget / 10));

export class Admission {
  private all = 0;
  private readonly people = new Map<string, number>();
  private readonly organizations = new Map<string, number>();

  constructor(readonly budget: ConnectionBudget) {}

  /** @throws AppError `too_many_connections` when the person has too many, `unavailable` when there is no room. */
  enter(actor: Actor): void {
    const { total, perPerson, perOrganization } = this.budget;
    const person = personOf(actor);
    if ((this.people.get(person) ?? 0) >= perPerson) {
      throw new AppError(
        "too_many_connections",
        `One person may have ${perPerson} connections at a time; close some of yours.`,
        { retryAfterSeconds: 30 },
      );
    }
    const usable = (budget: number) => atLeast(actor.role, "admin") ? budget : budget - reserveOf(budget);
    if ((this.organizations.get(actor.organizationId) ?? 0) >= usable(perOrganization)) {
      throw new AppError("unavailable", "Your organization has reached its limit of open connections.");
    }
    if (this.all >= usable(total)) {
      throw new AppError("unavailable", "This server has reached its limit of open connections.");
    }
    this.all++;
    add(this.people, person, 1);
    add(this.organizations, actor.organizationId, 1);
  }

  /** Once for every `enter` that did not throw. */
  leave(actor: Actor): void {
    this.all--;
    add(this.people, personOf(actor), -1);
    add(this.organizations, actor.organizationId, -1);
  }
}

function personOf(actor: Actor): string {
  return actor.userId ?? identityOf(actor);
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
