// Hono's trie router with a memory for fixed addresses. The fast RegExpRouter refuses tables that hold both
// `/users/online` and `/users/{id}`, and walking the trie takes 10 µs a request; for an address without parameters the
// result is always the same, so it is looked up once. Bounded: only declared addresses and the usual methods are kept.
// A declared address is never the `{id}` of another one: `DELETE /users/online` is not the removal of a person.
import type { Result, Router } from "hono/router";
import { TrieRouter } from "hono/router/trie-router";

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

export class RememberingRouter<T> implements Router<T> {
  readonly name = "RememberingRouter";
  #trie = new TrieRouter<T>();
  #fixed = new Set<string>();
  #known = new Map<string, Map<string, Result<T>>>();

  add(method: string, path: string, handler: T): void {
    this.#trie.add(method, path, handler);
    if (!/[:*{?]/.test(path)) this.#fixed.add(path);
    this.#known.clear();
  }

  match(method: string, path: string): Result<T> {
    const known = this.#known.get(method)?.get(path);
    if (known) return known;
    const result = this.#trie.match(method, path);
    if (!this.#fixed.has(path)) return result;
    const [handlers] = result as [[T, unknown][], unknown];
    result[0] = handlers.filter(([handler]) => !isParametrized(handler)) as typeof result[0];
    if (METHODS.has(method)) {
      const paths = this.#known.get(method) ?? new Map<string, Result<T>>();
      this.#known.set(method, paths.set(path, result));
    }
    return result;
  }
}

/** Of what Hono registers (a handler and its route): an endpoint with parameters in its path. */
function isParametrized(registered: unknown): boolean {
  const [, route] = registered as [unknown, { method: string; path: string }];
  return route.method !== "ALL" && route.path.includes("/:");
}
