// The browser app and the API page: files that tools/build_console.ts made, served from beside the code (or from inside the
// executable) with immutable caching for hashed names, ETag for the rest, and a strict CSP. Unknown addresses that a browser
// asks for get the app's page: the app does its own routing.
import type { App } from "../../features/context.ts";
import { AppError } from "../../kernel/errors.ts";
import { VERSION } from "../../kernel/version.ts";
import { basePathOf } from "./base_path.ts";
import type { HttpContext } from "./env.ts";
import { createRouter, type Router } from "./helpers.ts";

/** One file of console/dist, as tools/build_console.ts lists it in assets.json. */
interface Asset {
  path: string;
  type: string;
  etag: string;
  immutable: boolean;
  /** Path of the gzip form, where it is smaller. */
  gzip?: string;
  /** Path of the Brotli form, where it is smaller still. */
  brotli?: string;
}

interface AssetList {
  csp: { console: string; docs: string };
  pages: { console: string; docs: string };
  files: Asset[];
}

const DIST = new URL("../../console/dist/", import.meta.url);

export function consoleRoutes(app: App): Router {
  const router = createRouter();
  const base = basePathOf(app.config.publicUrl);
  const files = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  let index: ReturnType<typeof loadIndex> | undefined;
  const assets = () =>
    index ??= loadIndex().catch((error) => {
      index = undefined; // built meanwhile: looked for again
      throw error;
    });
  const read = (path: string) => {
    let file = files.get(path);
    if (!file) files.set(path, file = Deno.readFile(new URL(path, DIST)));
    return file;
  };

  const serve = async (c: HttpContext, name: string | "console" | "docs"): Promise<Response> => {
    const list = await assets();
    const path = name === "console" || name === "docs" ? list.pages[name] : name;
    const asset = list.byPath.get(path);
    if (!asset) throw new AppError("not_found", "There is nothing at this address.");
    const page = name === "console" || name === "docs";
    // Pages under a path of a proxy's name their files there; they are small and packed by the proxy.
    const moved = page && base !== "";
    const headers: Record<string, string> = {
      "content-type": asset.type,
      "etag": moved ? asset.etag.replace(/"$/, `${base}"`) : asset.etag,
      "cache-control": asset.immutable ? "public, max-age=31536000, immutable" : "no-cache",
    };
    if (page) Object.assign(headers, pageHeaders(list.csp[name as "console" | "docs"]));
    if (asset.gzip && !moved) headers.vary = "Accept-Encoding";
    if (c.req.header("if-none-match") === headers.etag) return c.body(null, 304, headers);
    if (moved) return c.body(below(base, new TextDecoder().decode(await read(path))), 200, headers);
    const packed = packedForm(asset, c.req.header("accept-encoding"));
    if (packed) headers["content-encoding"] = packed.coding;
    return c.body(await read(packed?.path ?? path), 200, headers);
  };

  const identity = (c: HttpContext) =>
    c.json({
      name: "pulpo",
      version: VERSION,
      api: `${base}/api/v1`,
      docs: `${base}/docs`,
      websocket: `${base}/ws`,
    });

  router.get("/", (c) => wantsPage(c) ? serve(c, "console") : identity(c));
  router.get("/docs", (c) => serve(c, "docs"));
  router.get("/docs/*", (c) => serve(c, c.req.path.slice(1)));
  router.get("/assets/*", (c) => serve(c, c.req.path.slice(1)));
  // At the root, so that its scope is the whole console; looked for anew at each visit.
  router.get("/sw.js", async (c) => {
    const answer = await serve(c, "sw.js");
    answer.headers.set("service-worker-allowed", `${base}/`);
    answer.headers.set("content-security-policy", "default-src 'none'; connect-src 'self'");
    return answer;
  });
  router.get("/:file{[\\w.-]+\\.(svg|png|ico|webmanifest|txt)}", (c) => serve(c, c.req.path.slice(1)));
  router.get("*", async (c, next) => {
    if (/^\/(api|hooks|ws|sse|notify|health|metrics|openapi)\b/.test(c.req.path) || !wantsPage(c)) return await next();
    return await serve(c, "console");
  });
  return router;
}

/** The smallest form that the browser takes; `;q=0` says that it does not. */
function packedForm({ brotli, gzip }: Asset, accepted = ""): { coding: "br" | "gzip"; path: string } | undefined {
  const takes = (coding: string) =>
    accepted.split(",").some((part) => {
      const [name, ...parameters] = part.trim().split(/\s*;\s*/);
      return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    });
  if (brotli && takes("br")) return { coding: "br", path: brotli };
  return gzip && takes("gzip") ? { coding: "gzip", path: gzip } : undefined;
}

/** The page with the path in front of the addresses of its files and links. */
function below(base: string, html: string): string {
  return html.replace(/\b(href|src)="\/(?!\/)/g, (_, name: string) => `${name}="${base}/`);
}

function wantsPage(c: HttpContext): boolean {
  return c.req.header("accept")?.includes("text/html") ?? false;
}

function pageHeaders(csp: string): Record<string, string> {
  return {
    "content-security-policy": csp,
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
  };
}

async function loadIndex(): Promise<AssetList & { byPath: Map<string, Asset> }> {
  try {
    const list = JSON.parse(await Deno.readTextFile(new URL("assets.json", DIST))) as AssetList;
    return { ...list, byPath: new Map(list.files.map((asset) => [asset.path, asset])) };
  } catch (cause) {
    throw new AppError("unavailable", "The console was not built: run `deno task build`.", { cause });
  }
}
