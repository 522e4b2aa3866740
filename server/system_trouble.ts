// What the operating system says no to, as a sentence about the file or address that it is about.

/** Errors by Deno's class, and by system error code where the class is a plain Error. */
const SENTENCES: [is: (error: Error) => boolean, text: (path: string) => string][] = [
  [(e) => e instanceof Deno.errors.NotFound, (path) => `There is no file or folder ${path}.`],
  [(e) => e instanceof Deno.errors.AlreadyExists, (path) => `${path} exists already. Name another one, or remove it.`],
  [
    (e) => e instanceof Deno.errors.PermissionDenied,
    (path) => `This user may not read or write ${path}. Change its owner or mode, or run as the user that owns it.`,
  ],
  [(e) => e instanceof Deno.errors.NotCapable, (path) => `Pulpo was started without the permission for ${path}.`],
  [(e) => e instanceof Deno.errors.NotADirectory, (path) => `A part of ${path} is a file, not a folder.`],
  [(e) => e instanceof Deno.errors.IsADirectory, (path) => `${path} is a folder; a file is needed.`],
  [(e) => /os error 28\b|ENOSPC/.test(e.message), (path) => `There is no room left on the disk of ${path}.`],
  [(e) => /os error 30\b|EROFS/.test(e.message), (path) => `${path} lies on a file system that takes no changes.`],
  [
    (e) => e instanceof Deno.errors.AddrInUse,
    () => "The port is in use by another program. Choose another one with --port or PULPO_PORT.",
  ],
  [
    (e) => e instanceof Deno.errors.AddrNotAvailable,
    () => "The address to listen on is none of this machine's. Change --host or PULPO_HOST.",
  ],
];

/**
 * @param about the path, where the error does not tell it: those of an open file do not
 * @returns undefined when it is no such error: a bug, whose stack is wanted
 */
export function systemTrouble(error: unknown, about?: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // Deno ends the messages of file calls with what was called: `open '/data/secret'`.
  const path = about ?? /'([^']+)'[^']*$/.exec(error.message)?.[1] ?? "what was named";
  return SENTENCES.find(([is]) => is(error))?.[1](path);
}
