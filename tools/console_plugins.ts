// What the bundler is taught for the console: packages as Deno finds them, tables of texts in one language, and smaller
// stand-ins for two packages.
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as esbuild from "esbuild";

const CONSOLE = new URL("../console/", import.meta.url);

/** Packages in whose place the console has something smaller. */
export const ownParts: esbuild.Plugin = {
  name: "own-parts",
  setup(build) {
    build.onResolve({ filter: /^(entities|linkify-it)$/ }, () => ({
      path: fileURLToPath(new URL("lib/markdown_it_parts/mod.ts", CONSOLE)),
    }));
  },
};

/** `./texts.ts?es`: the table of that file (its default export) without the other languages. */
export const oneLanguage: esbuild.Plugin = {
  name: "one-language",
  setup(build) {
    build.onResolve({ filter: /\.ts\?(en|es)$/ }, ({ path, resolveDir }) => {
      const [file, language] = path.split("?") as [string, string];
      return { path: resolve(resolveDir, file), suffix: `?${language}`, namespace: "texts" };
    });
    build.onLoad({ filter: /.*/, namespace: "texts" }, async ({ path, suffix }) => {
      const language = suffix.slice(1);
      const table = (await import(pathToFileURL(path).href)).default as Record<string, Record<string, string>>;
      const texts = Object.entries(table).map(([key, text]) => [key, { [language]: text[language] }]);
      return { contents: `export default ${JSON.stringify(Object.fromEntries(texts))}`, loader: "js" };
    });
  },
};

/**
 * Resolves bare specifiers the way Deno does: the import map of deno.json first (so there is one Preact), else what the
 * importing package asks for.
 */
export const denoPackages: esbuild.Plugin = {
  name: "deno-packages",
  setup(build) {
    // Bare names only: no paths, no schemes such as data: in style sheets.
    build.onResolve({ filter: /^[^./:][^:]*$/ }, ({ path, importer, kind }) => {
      if (kind === "entry-point") return;
      if (path === "uplot") path = "uplot/dist/uPlot.esm.js"; // its `main` is CommonJS, which cannot be tree-shaken
      try {
        return { path: filePath(import.meta.resolve(path)) };
      } catch {
        return { path: esModule(createRequire(importer).resolve(path)) };
      }
    });
  },
};

function filePath(url: string): string {
  if (!url.startsWith("file:")) throw new Error(`${url} is not in the package cache`);
  return fileURLToPath(url);
}

/** `require` finds a package's CommonJS file; its `module` is the same code as ES module and shared with the importers. */
function esModule(path: string): string {
  for (let dir = path; dir.includes("/"); dir = dir.slice(0, dir.lastIndexOf("/"))) {
    try {
      const manifest = JSON.parse(Deno.readTextFileSync(`${dir}/package.json`));
      return manifest.module && path === `${dir}/${String(manifest.main).replace(/^\.\//, "")}`
        ? `${dir}/${manifest.module}`
        : path;
    } catch { /* not the package's folder yet */ }
  }
  return path;
}
