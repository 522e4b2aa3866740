// State in memory that belongs to one assembled App, or to a part of it: instances in one process (tests) do not share it, and it goes with the
// App. May be lost at any time; what must be written first belongs to `Feature.close`.

/** @param make called at the first use by each App. @returns the App's own state */
export function perApp<A extends object, T>(make: (app: A) => T): (app: A) => T {
  const all = new WeakMap<A, { state: T }>();
  return (app) => {
    let own = all.get(app);
    if (!own) all.set(app, own = { state: make(app) });
    return own.state;
  };
}
