// Loaded before the product when it is compiled on a base older than the Deno that it is made for; only the check of the
// compiled file does that (compile_base.ts). Gives what the product uses and such a base lacks, or says that it cannot:
//  - FsFile.tryLockSync (Deno 2.7): here it waits for the lock instead of refusing. The check never starts two servers on one folder.
const prototype = Deno.FsFile.prototype as { tryLockSync?: (exclusive?: boolean) => boolean };
prototype.tryLockSync ??= function (this: Deno.FsFile, exclusive?: boolean) {
  this.lockSync(exclusive);
  return true;
};
