// Finds links in a text and the domains that they lead to. By hand instead of one big expression: time grows with the
// length of the text only. A bare "example.org" counts against the list of blocked domains, but not as a link.
import { plainText } from "./fold.ts";

export interface Link {
  /** Lower case, as the address bar would have it (punycode). */
  host: string;
  /** Written with http(s):// or www.: programs make it clickable. */
  explicit: boolean;
}

const MAX_LINKS = 200;

export function linksIn(text: string): Link[] {
  const out: Link[] = [];
  for (const token of plainText(text).replace(/[。｡︒]/g, ".").split(/[\s<>()[\]{}"'`|,;*]+/)) {
    if (out.length >= MAX_LINKS) break;
    if (!token.includes(".") && !token.includes("://") || token.length > 2048) continue;
    const scheme = /^[^a-z0-9]*(https?|ftp):[/\\]{1,4}/i.exec(token);
    const rest = scheme ? token.slice(scheme[0].length) : token;
    const cut = rest.search(/[/?#\\]/);
    const authority = cut < 0 ? rest : rest.slice(0, cut);
    const host = hostOf(authority.slice(authority.lastIndexOf("@") + 1));
    if (!host || !scheme && authority.includes("@")) continue; // an e-mail address
    out.push({ host, explicit: scheme !== null || host.startsWith("www.") });
  }
  return out;
}

function hostOf(authority: string): string | undefined {
  const name = authority.replace(/:\d*$/, "").replace(/^[^\p{L}\p{N}]+/u, "").replace(/[^\p{L}\p{N}]+$/u, "");
  if (name.length > 253 || !name.includes(".")) return undefined;
  return asHost(name);
}

/** The name as a browser would ask for it; undefined when it is none. */
export function asHost(name: string): string | undefined {
  const url = URL.parse(`http://${name}/`);
  return url && url.pathname === "/" && !url.port ? url.hostname.toLowerCase() : undefined;
}

/** True when the host is one of the domains or lies below one. */
export function isBelow(host: string, domains: ReadonlySet<string>): boolean {
  for (let name = host;;) {
    if (domains.has(name)) return true;
    const dot = name.indexOf(".");
    if (dot < 0) return false;
    name = name.slice(dot + 1);
  }
}
