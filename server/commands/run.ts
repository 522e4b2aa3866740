// All commands of the command line that need the features: through the same actions as HTTP, so that the same rules hold
// and the audit log has them. They run inside the server when one runs on this data folder (the embedded database belongs
// to it), otherwise directly on the database (cli/admin.ts).
import { AppError } from "../../kernel/errors.ts";
import { ACCOUNT_COMMANDS } from "./accounts.ts";
import { BACKUP_COMMANDS } from "./backup.ts";
import { DEMO_COMMANDS } from "./demo.ts";
import type { FileSink } from "./file_answer.ts";
import type { AdminAction, AdminCommand, AdminHost } from "./host.ts";
import { MAINTENANCE_COMMANDS } from "./maintenance.ts";
import { ORGANIZATION_COMMANDS } from "./organization.ts";
import { TRANSFER_COMMANDS } from "./transfer.ts";

const COMMANDS: ReadonlyMap<string, AdminAction> = new Map(
  [
    ACCOUNT_COMMANDS,
    BACKUP_COMMANDS,
    DEMO_COMMANDS,
    MAINTENANCE_COMMANDS,
    ORGANIZATION_COMMANDS,
    TRANSFER_COMMANDS,
  ].flatMap((commands) => Object.entries(commands)),
);

/**
 * Runs one command; returns the text for the person.
 * @param sink gets the file of a command that gives one
 * @throws AppError with a detail that says what to do
 */
export async function runAdminCommand(
  host: AdminHost,
  { name, flags }: AdminCommand,
  sink?: FileSink,
): Promise<string> {
  const command = COMMANDS.get(name);
  if (!command) throw new AppError("bad_request", `There is no command "${name}".`);
  return await command(host, flags, sink);
}
