// Variables of the environment that begin with PULPO_ and are no setting. A slip of a finger must not silently leave a
// setting at its default, so what is nearly a setting's name stops the start, and the rest is mentioned once.

/** Names that programs beside the server read: clients, scripts, the deployment files. */
const KNOWN = new Set([
  "PULPO_URL",
  "PULPO_TOKEN",
  "PULPO_AGENT_DIR",
  "PULPO_DOMAIN",
  "PULPO_VERSION",
  "PULPO_UPSTREAM",
  "PULPO_UPSTREAM_PORT",
  "PULPO_WEBHOOK_SECRET",
  "PULPO_TEST_URL",
  "PULPO_TEST_TOKEN",
]);
/** What Kubernetes adds to every container near a service called "pulpo". */
const OF_THE_CLUSTER = /^PULPO_(SERVICE_|PORT_)/;
const NEAR_EDITS = 2;

export interface EnvNames {
  /** Name found, and the setting that it was probably meant to be. */
  mistaken: { name: string; meant: string }[];
  unknown: string[];
}

/**
 * @param names of all variables of the environment
 * @param settings environment names of all settings
 */
export function checkEnvNames(names: readonly string[], settings: readonly string[]): EnvNames {
  const out: EnvNames = { mistaken: [], unknown: [] };
  const known = new Set(settings);
  for (const name of names) {
    if (!name.startsWith("PULPO_") || known.has(name) || KNOWN.has(name) || OF_THE_CLUSTER.test(name)) continue;
    const near = settings.map((meant) => ({ meant, edits: distance(name, meant) })).sort((a, b) =>
      a.edits - b.edits
    )[0];
    if (near && near.edits <= NEAR_EDITS) out.mistaken.push({ name, meant: near.meant });
    else out.unknown.push(name);
  }
  return out;
}

/**
 * Letters put in, left out, changed or swapped with their neighbour (optimal string alignment distance), counted no
 * further than NEAR_EDITS + 1.
 */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > NEAR_EDITS) return NEAR_EDITS + 1;
  let before: number[] = [], last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}
