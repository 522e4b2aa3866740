// Reads and joins reports in lcov form: how often each line of a file ran, over all processes of a test run.

/** File → line → how often it ran. */
export type LineHits = Map<string, Map<number, number>>;

/** Adds one report to what others said. */
export function addLcov(hits: LineHits, lcov: string): void {
  let lines = new Map<number, number>();
  for (const row of lcov.split("\n")) {
    if (row.startsWith("SF:")) {
      const file = row.slice(3).replaceAll("\\", "/");
      lines = hits.get(file) ?? new Map();
      hits.set(file, lines);
    } else if (row.startsWith("DA:")) {
      const [line, count] = row.slice(3).split(",").map(Number) as [number, number];
      lines.set(line, (lines.get(line) ?? 0) + count);
    }
  }
}

export interface Covered {
  folder: string;
  files: number;
  lines: number;
  covered: number;
}

/** Sums up by folder. @param folderOf of a file; undefined leaves the file out */
export function byFolder(hits: LineHits, folderOf: (file: string) => string | undefined): Covered[] {
  const folders = new Map<string, Covered>();
  for (const [file, lines] of hits) {
    const folder = folderOf(file);
    if (folder === undefined) continue;
    const sum = folders.get(folder) ?? { folder, files: 0, lines: 0, covered: 0 };
    folders.set(folder, sum);
    sum.files++;
    sum.lines += lines.size;
    sum.covered += [...lines.values()].filter((count) => count > 0).length;
  }
  return [...folders.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
}
