// Files that load each other in a circle, over what is imported when a file is loaded. Which of them runs first depends on
// who asks first, so a constant of one may not be there yet when the other needs it; and none can be read alone.

/** A circle and where it is entered: the files in the order in which they import each other, the first one again at the end. */
export type Cycle = readonly string[];

/**
 * One circle, the shortest, for each group of files that reach each other (strongly connected, after Tarjan).
 * @param imports path → the paths that it imports
 */
export function findCycles(imports: ReadonlyMap<string, readonly string[]>): Cycle[] {
  return stronglyConnected(imports).map((group) => shortestCycle(imports, group));
}

/** Groups of more than one file, and files that import themselves. Without recursion: chains of imports are long. */
function stronglyConnected(imports: ReadonlyMap<string, readonly string[]>): Set<string>[] {
  const order = new Map<string, number>(), low = new Map<string, number>();
  const stack: string[] = [], onStack = new Set<string>(), groups: Set<string>[] = [];
  for (const root of imports.keys()) {
    if (order.has(root)) continue;
    const visits: { path: string; next: number }[] = [];
    const enter = (path: string) => {
      order.set(path, order.size);
      low.set(path, order.get(path)!);
      stack.push(path);
      onStack.add(path);
      visits.push({ path, next: 0 });
    };
    enter(root);
    while (visits.length > 0) {
      const visit = visits.at(-1)!, { path } = visit;
      const to = imports.get(path)?.[visit.next++];
      if (to !== undefined) {
        if (!order.has(to)) enter(to);
        else if (onStack.has(to)) low.set(path, Math.min(low.get(path)!, order.get(to)!));
        continue;
      }
      visits.pop();
      const above = visits.at(-1)?.path;
      if (above !== undefined) low.set(above, Math.min(low.get(above)!, low.get(path)!));
      if (low.get(path) !== order.get(path)) continue;
      const group = new Set(stack.splice(stack.lastIndexOf(path)));
      for (const member of group) onStack.delete(member);
      if (group.size > 1 || imports.get(path)?.includes(path)) groups.push(group);
    }
  }
  return groups;
}

/** From the first of the group by name, breadth first, until it comes back to itself. */
function shortestCycle(imports: ReadonlyMap<string, readonly string[]>, group: ReadonlySet<string>): Cycle {
  let best: string[] | undefined;
  for (const start of [...group].sort()) {
    const from = new Map<string, string>(), queue = [start];
    for (const path of queue) {
      const next = (imports.get(path) ?? []).filter((to) => group.has(to));
      if (next.includes(start)) {
        const cycle = [path, start];
        while (cycle[0] !== start) cycle.unshift(from.get(cycle[0]!)!);
        if (!best || cycle.length < best.length) best = cycle;
        break;
      }
      for (const to of next) {
        if (from.has(to)) continue;
        from.set(to, path);
        queue.push(to);
      }
    }
  }
  return best!;
}
