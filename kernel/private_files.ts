// Folders and files in the data directory belong to the server alone: 0700 and 0600, whatever the umask. Said at each
// place, since `Deno.umask` needs rights that `serve` does not keep.

export const PRIVATE_FOLDER = { recursive: true, mode: 0o700 } as const;
export const PRIVATE_FILE = { mode: 0o600 } as const;

/** Closes what earlier versions or a copy left open to others: the folders right in the data directory. */
export async function closeFolders(dataDir: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  const entries = await Array.fromAsync(Deno.readDir(dataDir)).catch((error) => {
    // Everything lies elsewhere: a database server, a bucket.
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  });
  for (const { name, isDirectory } of entries) {
    if (!isDirectory) continue;
    const path = `${dataDir}/${name}`;
    const { mode } = await Deno.stat(path);
    // Somebody else's folder (a mount): it is theirs to close.
    if (mode !== null && mode & 0o077) await Deno.chmod(path, 0o700).catch(() => {});
  }
}
