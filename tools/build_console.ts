// Builds the console: bundles console/main.tsx and Swagger UI into console/dist/, which the server serves and
// `deno task compile` embeds. Invariants:
//  - every script and style has the hash of its bytes in its name, so that it may be cached for ever; index.html,
//    docs/index.html, the manifest and the logo keep their names and are revalidated by ETag;
//  - dist/assets.json lists every file with its type, digest and pre-compressed twin: the server needs no directory
//    listing, no type guessing and no hashing at start;
//  - no page needs an inline script, an inline style or another host (`csp` in assets.json holds the exact policy);
//  - nothing is done when neither the sources nor the pinned packages changed (hash of the inputs in dist/.inputs).
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { chunksOf, groupedChunks } from "./console_chunks.ts";
import { denoPackages, oneLanguage, ownParts } from "./console_plugins.ts";
import { emojiTables } from "./emoji_table.ts";

const ROOT = new URL("../", import.meta.url);
const CONSOLE = new URL("console/", ROOT);
const DIST = new URL("dist/", CONSOLE);

/** Never called: the literal imports make Deno fetch these packages with this program, so that they can be bundled. */
const _packages = () => [
  import("preact"),
  import("preact/hooks"),
  import("@preact/signals"),
  import("uplot"),
  import("markdown-it"),
  import("highlight.js/lib/core"),
  import("dompurify"),
  import("swagger-ui-dist/package.json", { with: { type: "json" } }),
];

/** One served file. `path` is relative to dist/ and, apart from the two index.html, also the path of its address. */
export interface Asset {
  path: string;
  /** Value of the Content-Type header. */
  type: string;
  bytes: number;
  /** Lower-case hex SHA-256 of the bytes. */
  sha256: string;
  /** Strong ETag, quoted. */
  etag: string;
  /** True: the name holds the hash, answer `Cache-Control: public, max-age=31536000, immutable`. */
  immutable: boolean;
  /** Path of the gzip form of the same bytes, where it is smaller. */
  gzip?: string;
  /** Path of the Brotli form, where it is smaller still: browsers ask for it over HTTPS. */
  brotli?: string;
}

export interface AssetList {
  /** Digest of the sources; changes with every build that differs. */
  build: string;
  /** Content-Security-Policy of index.html and of docs/index.html. */
  csp: { console: string; docs: string };
  /** Pages: the console answers every unknown GET path that accepts HTML, docs answers /docs. */
  pages: { console: string; docs: string };
  files: Asset[];
}

const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
];

const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  json: "application/json",
  webmanifest: "application/manifest+json",
};

/**
 * Builds console/dist if its inputs changed. `force` builds in any case.
 * @returns the folder, the list of files, and whether anything was done.
 * @throws when the bundler reports an error; the old dist stays as it was.
 */
export async function buildConsole({ force = false } = {}): Promise<{ dir: URL; list: AssetList; built: boolean }> {
  const build = await inputsDigest();
  const known = await Deno.readTextFile(new URL(".inputs", DIST)).catch(() => "");
  if (!force && known === build) {
    return { dir: DIST, list: JSON.parse(await Deno.readTextFile(new URL("assets.json", DIST))), built: false };
  }
  const files = new Map<string, Uint8Array>();
  const text = (path: string, content: string) => files.set(path, new TextEncoder().encode(content));
  const scripts = await bundle(files).finally(() => esbuild.stop());
  const ui = await swagger(files);
  text(
    "index.html",
    fill(await read("static/index.html"), {
      script: scripts.main.path,
      style: scripts.main.css!,
      touch: scripts.touch,
      core: scripts.core,
      inside: scripts.inside,
    }),
  );
  text(
    "docs/index.html",
    fill(await read("static/docs.html"), {
      script: scripts.docs.path,
      style: scripts.docs.css!,
      swagger_script: ui.js,
      swagger_style: ui.css,
    }),
  );
  for (const name of ["favicon.svg", "manifest.webmanifest", "sw.js"]) text(name, await read(`static/${name}`));
  const list = await write(files, build);
  return { dir: DIST, list, built: true };
}

const read = (path: string) => Deno.readTextFile(new URL(path, CONSOLE));

function fill(template: string, values: Record<string, string>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The page template asks for {{${name}}}, which the build does not make.`);
    return value;
  });
}

/** SHA-256 over names and bytes of all sources, this program, and the versions of the packages. */
async function inputsDigest(): Promise<string> {
  const paths: string[] = [
    "tools/build_console.ts",
    "tools/console_chunks.ts",
    "tools/console_plugins.ts",
    "tools/emoji_table.ts",
    "deno.json",
    "deno.lock",
  ];
  const walk = async (dir: string) => {
    for await (const entry of Deno.readDir(new URL(dir, ROOT))) {
      if (entry.isDirectory && entry.name !== "dist") await walk(`${dir}${entry.name}/`);
      else if (entry.isFile && !entry.name.endsWith("_test.ts")) paths.push(`${dir}${entry.name}`);
    }
  };
  await walk("console/");
  await walk("protocol/");
  await walk("clients/typescript/src/");
  const parts: string[] = [];
  for (const path of paths.sort()) {
    // Of deno.json and the lock only what pins the bundled packages: another dependency does not rebuild the console.
    const bytes = path.startsWith("deno.")
      ? pins(await Deno.readTextFile(new URL(path, ROOT)))
      : await Deno.readFile(new URL(path, ROOT));
    parts.push(`${path}:${await sha256(bytes)}`);
  }
  return await sha256(new TextEncoder().encode(parts.join("\n")));
}

function pins(json: string): Uint8Array<ArrayBuffer> {
  const lines = json.split("\n").filter((line) =>
    /"(npm:)?(@preact\/|preact|uplot|markdown-it|highlight\.js|dompurify|emojibase-data|swagger-ui-dist|esbuild|zod)[^"]*":/
      .test(line)
  );
  return new TextEncoder().encode(lines.join("\n"));
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** One table of emoji per language, fetched when it is needed. @returns their addresses by language. */
async function emoji(files: Map<string, Uint8Array>): Promise<Record<string, string>> {
  const addresses: Record<string, string> = {};
  for (const [language, rows] of Object.entries(emojiTables())) {
    const bytes = new TextEncoder().encode(JSON.stringify(rows));
    const path = `assets/emoji-${language}-${(await sha256(bytes)).slice(0, 8).toUpperCase()}.json`;
    files.set(path, bytes);
    addresses[language] = `/${path}`;
  }
  return addresses;
}

const COMMON = {
  bundle: true,
  minify: true,
  splitting: false,
  format: "esm",
  target: ["es2022", "chrome119", "firefox124", "safari17.4"],
  legalComments: "none",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  outdir: fileURLToPath(new URL("assets/", DIST)),
  write: false,
  logLevel: "silent",
  absWorkingDir: fileURLToPath(ROOT),
} satisfies esbuild.BuildOptions;

interface Built {
  /** Address of what the entry became. */
  path: string;
  /** Address of the styles that it imports. */
  css?: string;
  metafile: esbuild.Metafile;
}

/** Builds what one file of console/ asks for: a script with its chunks, or a style sheet. */
async function build(
  files: Map<string, Uint8Array>,
  entry: string,
  options: esbuild.BuildOptions = {},
): Promise<Built> {
  const result = await esbuild.build({
    ...COMMON,
    plugins: [oneLanguage, ownParts, denoPackages],
    ...options,
    entryPoints: [fileURLToPath(new URL(entry, CONSOLE))],
    write: false,
    metafile: true,
  });
  // A module without side effects needs no import of its own to come with those that use it.
  const warnings = result.warnings.filter(({ id }) => id !== "ignored-bare-import");
  for (const warning of warnings) console.warn(`build_console: ${warning.text} (${warning.location?.file})`);
  for (const file of result.outputFiles) {
    files.set(`assets/${file.path.replaceAll("\\", "/").split("/").at(-1)}`, file.contents);
  }
  const [path, output] = Object.entries(result.metafile.outputs).find(([, { entryPoint }]) =>
    entryPoint === `console/${entry}`
  )!;
  return { path: served(path), css: output.cssBundle && served(output.cssBundle), metafile: result.metafile };
}

const served = (path: string) => `/assets/${path.slice(path.lastIndexOf("/") + 1)}`;

/** Bundles all programs. @returns by name the paths to put into the pages */
async function bundle(files: Map<string, Uint8Array>): Promise<{
  main: Built;
  docs: Built;
  /** Styles that come after all others. */
  touch: string;
  /** Chunks that the first page needs, and the frame of the signed-in console: asked for before the script names them. */
  core: string;
  inside: string;
}> {
  const addresses = {
    EMOJI_TABLES: await emoji(files),
    // Scripts of their own: the Worker that colours code, the passkeys.
    HIGHLIGHT_WORKER: (await build(files, "highlight.ts")).path,
    WEBAUTHN_SCRIPT: (await build(files, "webauthn.ts")).path,
    STYLES: {
      inside: (await build(files, "app/inside.css")).path,
      administration: (await build(files, "areas/administration/styles.css")).path,
    },
  };
  const options: esbuild.BuildOptions = {
    jsx: "automatic",
    jsxImportSource: "preact",
    define: Object.fromEntries(
      // Tables as text: the bundler makes a file of its own of an object.
      Object.entries(addresses).map(([name, value]) => [
        name,
        JSON.stringify(typeof value === "string" ? value : JSON.stringify(value)),
      ]),
    ),
  };
  const split = await build(new Map(), "main.tsx", { ...options, splitting: true });
  const plugins = [groupedChunks(chunksOf(split.metafile, COMMON.absWorkingDir)), oneLanguage, ownParts, denoPackages];
  const main = await build(files, "main.tsx", { ...options, splitting: true, plugins });
  return {
    docs: await build(files, "docs.ts", options),
    main,
    touch: (await build(files, "styles/touch.css")).path,
    core: chunkWith(main.metafile, "console/lib/i18n.ts"),
    inside: chunkWith(main.metafile, "console/lib/live/connection.ts"),
  };
}

/** Address of the chunk that a module went into. */
function chunkWith({ outputs }: esbuild.Metafile, module: string): string {
  return served(Object.keys(outputs).find((path) => path.endsWith(".js") && module in outputs[path]!.inputs)!);
}

/** Swagger UI as published, only renamed. @returns paths of script and style. */
async function swagger(files: Map<string, Uint8Array>): Promise<{ js: string; css: string }> {
  const out: string[] = [];
  for (const name of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
    const content = await Deno.readTextFile(new URL(import.meta.resolve(`swagger-ui-dist/${name}`)));
    // The comment names a map file that is not served; browsers with open tools would ask for it.
    const bytes = new TextEncoder().encode(content.replace(/\n?\/[/*]# sourceMappingURL=.*$/m, "\n"));
    const path = `assets/${name.replace(/\.(js|css)$/, `-${(await sha256(bytes)).slice(0, 8).toUpperCase()}.$1`)}`;
    files.set(path, bytes);
    out.push(`/${path}`);
  }
  return { js: out[0]!, css: out[1]! };
}

/** Writes all into a fresh folder and swaps it in, so that a running server never sees half a build. */
async function write(files: Map<string, Uint8Array>, build: string): Promise<AssetList> {
  const next = new URL(`dist/console-${crypto.randomUUID().slice(0, 8)}/`, ROOT);
  const list: AssetList = {
    build: build.slice(0, 16),
    csp: {
      console: [...CSP, "style-src 'self'"].join("; "),
      docs: [...CSP, "style-src 'self'"].join("; "),
    },
    pages: { console: "index.html", docs: "docs/index.html" },
    files: [],
  };
  for (const dir of ["", "assets/", "docs/"]) await Deno.mkdir(new URL(dir, next), { recursive: true });
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = content.slice();
    const digest = await sha256(bytes);
    const asset: Asset = {
      path,
      type: TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream",
      bytes: bytes.length,
      sha256: digest,
      etag: `"${digest.slice(0, 20)}"`,
      immutable: path.startsWith("assets/"),
    };
    const packed = gzipSync(bytes, { level: 9 });
    if (packed.length < bytes.length * 0.9) {
      asset.gzip = `${path}.gz`;
      await Deno.writeFile(new URL(asset.gzip, next), packed);
      const smaller = brotliCompressSync(bytes, {
        params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
      });
      if (smaller.length < packed.length) {
        asset.brotli = `${path}.br`;
        await Deno.writeFile(new URL(asset.brotli, next), smaller);
      }
    }
    await Deno.writeFile(new URL(path, next), bytes);
    list.files.push(asset);
  }
  await Deno.writeTextFile(new URL("assets.json", next), JSON.stringify(list, null, 2) + "\n");
  await Deno.writeTextFile(new URL(".inputs", next), build);
  await Deno.remove(DIST, { recursive: true }).catch(() => {});
  await Deno.rename(next, DIST).catch(async (error) => {
    await Deno.remove(next, { recursive: true });
    // Another build at the same moment put its own there: the same inputs make the same files.
    if (!(error instanceof Error) || !(await Deno.stat(DIST).catch(() => null))) throw error;
  });
  return list;
}

if (import.meta.main) {
  const started = performance.now();
  try {
    const { list, built } = await buildConsole({ force: Deno.args.includes("--force") });
    const main = list.files.find((f) => /^assets\/main-.*\.js$/.test(f.path))!;
    const kilobytes = Math.round((main.gzip ? (await Deno.stat(new URL(main.gzip, DIST))).size : main.bytes) / 1024);
    const time = Math.round(performance.now() - started);
    console.log(
      `console: ${built ? "built" : "unchanged"}, ${list.files.length} files, script ${kilobytes} KB gzip, ${time} ms`,
    );
  } catch (error) {
    const errors = (error as Partial<esbuild.BuildFailure>).errors;
    if (!errors) throw error;
    for (const { text, location } of errors) console.error(`${location?.file}:${location?.line}: ${text}`);
    Deno.exit(1);
  }
}
