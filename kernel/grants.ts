// Rights on one thing (a chat channel, a game server), as pure code over a model that is data. In this order:
//  1. the role on the thing, raised by what the organisation's role holds;
//  2. the thing's policy, or else the default: right → the lowest role that holds it;
//  3. the person's own exceptions, which win over both: true has it whatever the role, false has it not;
//  4. rights that a permission of the organisation gives on every such thing, members or not;
//  5. what takes away, whoever it is: permissions that a right needs besides, and states (archived, banned, a guest).
// Whoever lacks the base right has no other. Nothing here reads or keeps anything: features bring rows and actors.

export interface GrantModel<Right extends string, Role extends string, State extends string> {
  /** All of them, in the order in which they are told. */
  rights: readonly Right[];
  /** Higher is more. */
  ranks: Readonly<Record<Role, number>>;
  /** Right → the lowest role that holds it where the thing's own policy does not say. */
  policy: Readonly<Record<Right, Role>>;
  /** Permission of the organisation → what its holders are at least, on things that they are members of; the first counts. */
  raises?: readonly { permission: string; role: Role }[];
  /** Right → the permission of the organisation that gives it on every thing. */
  everywhere?: Readonly<Partial<Record<Right, string>>>;
  /** Right → the permission of the organisation without which nobody has it. */
  needs?: Readonly<Partial<Record<Right, string>>>;
  /** What remains, or goes, in a state of the thing or the person; `raises: false`: there nobody is raised. */
  states: Readonly<Record<State, { only?: readonly Right[]; without?: readonly Right[]; raises?: boolean }>>;
  /** Without this one there is none. */
  base: Right;
}

/** One person and one thing. */
export interface Grant<Right extends string, Role extends string, State extends string> {
  /** The role on the thing; null: not a member. */
  role: Role | null;
  /** The thing's policy. */
  policy?: Readonly<Partial<Record<Right, Role>>>;
  /** The person's own exceptions. */
  own?: Readonly<Partial<Record<Right, boolean>>>;
  states?: readonly State[];
  /** Whether the person holds a permission of the organisation. */
  may(permission: string): boolean;
}

export interface Grants<Right extends string, Role extends string, State extends string> {
  /** The role with which the person acts; null: none. */
  role(grant: Grant<Right, Role, State>): Role | null;
  /** What the person may do; a new set. */
  rights(grant: Grant<Right, Role, State>): Set<Right>;
}

export function defineGrants<Right extends string, Role extends string, State extends string>(
  model: GrantModel<Right, Role, State>,
): Grants<Right, Role, State> {
  const { rights: all, ranks, raises = [] } = model;
  const everywhere: Partial<Record<Right, string>> = model.everywhere ?? {};
  const needs: Partial<Record<Right, string>> = model.needs ?? {};
  /** State → what it takes away. */
  const taken = new Map<State, ReadonlySet<Right>>();
  for (const state of Object.keys(model.states) as State[]) {
    const { only = all, without = [] } = model.states[state];
    taken.set(state, new Set(all.filter((right) => without.includes(right) || !only.includes(right))));
  }

  const roleOf: Grants<Right, Role, State>["role"] = ({ role, states = [], may }) => {
    if (role === null || states.some((state) => model.states[state].raises === false)) return role;
    const raised = raises.find(({ permission }) => may(permission))?.role;
    return raised !== undefined && ranks[raised] > ranks[role] ? raised : role;
  };

  return {
    role: roleOf,
    rights(grant) {
      const { states = [], may } = grant;
      const policy: Partial<Record<Right, Role>> = grant.policy ?? {};
      const own: Partial<Record<Right, boolean>> = grant.own ?? {};
      const role = roleOf(grant), rights = new Set<Right>();
      for (const right of all) {
        const held = role !== null && (own[right] ?? ranks[role] >= ranks[policy[right] ?? model.policy[right]]);
        const given = everywhere[right], needed = needs[right];
        if (!held && (given === undefined || !may(given))) continue;
        if (needed !== undefined && !may(needed)) continue;
        if (states.some((state) => taken.get(state)!.has(right))) continue;
        rights.add(right);
      }
      if (!rights.has(model.base)) rights.clear();
      return rights;
    },
  };
}
