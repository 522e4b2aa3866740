// Where this server stands below its host: at the root, or under a path that a proxy gives it (PULPO_PUBLIC_URL with a path).
// The console's own addresses ("/chat", "/api/v1/…") never carry that path: it is put in front where they leave the console, in
// links and pictures (prefix_links.ts), calls, sockets and the address bar, and taken off where the address bar is read.

/** The program's own address tells: `<base>/assets/main-….js`. @returns "" or "/ops", without a slash at the end */
function basePathOf(program: string): string {
  return /^https?:\/\/[^/]+(.*)\/assets\/[^/]+$/.exec(program)?.[1] ?? "";
}

export const BASE_PATH = basePathOf(import.meta.url);

/** The console's path as the browser asks for it. */
export const outer = (path: string, base = BASE_PATH): string => base + path;

/** Is the browser's path one of this server? */
export const isOurs = (path: string, base = BASE_PATH): boolean => path === base || path.startsWith(`${base}/`);

/** The console's path of what stands in the address bar. */
export const inner = (path: string, base = BASE_PATH): string =>
  isOurs(path, base) ? path.slice(base.length) || "/" : path;

/** The server's address, for people and programs: `https://host/ops`. */
export const serverUrl = (): string => location.origin + BASE_PATH;
