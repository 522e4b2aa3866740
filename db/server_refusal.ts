// Why a PostgreSQL server does not take us, in words for the person who starts Pulpo: name, network, TLS, password, database,
// pooler, version and permission are different troubles with different remedies. Passwords never stand in the text.

import { ExplainedError } from "../kernel/errors.ts";
import { MigrationError } from "./migrate.ts";

/** The database cannot be used; `message` says why and what to do. */
export class RefusedDatabase extends ExplainedError {
  override readonly name = "RefusedDatabase";
}

/** `server_version_num` of the oldest server that the tests and benches were run on. */
export const OLDEST = 150_000;

export function oldServer(version: number): RefusedDatabase {
  return new RefusedDatabase(
    `The server is PostgreSQL ${Math.floor(version / 10_000)}; Pulpo needs ${OLDEST / 10_000} or newer.`,
  );
}

/** Causes by system error code or SQLSTATE (PostgreSQL, appendix A), with the remedy. */
const CAUSES: Record<string, (where: Where) => string> = {
  ENOTFOUND: ({ host }) =>
    `There is no host named "${host}". Check the name in DATABASE_URL, and the DNS of this machine.`,
  EAI_AGAIN: ({ host }) => `The name "${host}" cannot be looked up now: the DNS of this machine does not answer.`,
  ECONNREFUSED: ({ address }) =>
    `Nothing listens at ${address}. Is PostgreSQL running there, and does listen_addresses include that address?`,
  EHOSTUNREACH: ({ address }) => `There is no way to ${address} from this machine (network or firewall).`,
  ENETUNREACH: ({ address }) => `There is no way to ${address} from this machine (network or firewall).`,
  ETIMEDOUT: ({ address }) => `${address} does not answer within 5 s. A firewall that drops packets looks like this.`,
  "28P01": ({ user }) => `The password of the user "${user}" in DATABASE_URL is wrong.`,
  "28000": ({ user, database }) =>
    `The server does not let "${user}" into "${database}" from here. The role may not exist, or pg_hba.conf has no line for it (or asks for TLS).`,
  "3D000": ({ database, user }) => `There is no database "${database}". Make it: createdb -O ${user} ${database}`,
  "42501": ({ user, database }) =>
    `The user "${user}" may not create tables. Let it own the database: alter database ${database} owner to ${user}`,
  "53300": () => "The server has no connection left. Raise max_connections, or lower PULPO_DATABASE_POOL.",
  "57P03": () => "The server is starting up or shutting down. Try again in a moment.",
  "25006": () => "The server takes no changes: it is a standby or set to read only. Point DATABASE_URL at the primary.",
};

interface Where {
  host: string;
  address: string;
  user: string;
  database: string;
}

/**
 * @param error what connecting threw
 * @param databaseUrl as in the settings
 * @returns RefusedDatabase; the original is its cause
 */
export function explainRefusal(error: unknown, databaseUrl: string): RefusedDatabase {
  if (error instanceof RefusedDatabase) return error;
  const where = whereOf(databaseUrl);
  const { message, code } = innermost(error);
  const text = causeOf(message, code, where) ?? `${message || code || "it gave no reason"}`;
  return new RefusedDatabase(`The database at ${where.address} cannot be used. ${text}`, { cause: error });
}

/** The first statements of a start may show that tables cannot be made or changed: that is no fault of a migration. */
export function explainMigration(error: unknown, databaseUrl: string): unknown {
  const cause = error instanceof MigrationError ? error.cause : error;
  const { code } = innermost(cause);
  return code === "42501" || code === "25006" ? explainRefusal(cause, databaseUrl) : error;
}

function causeOf(message: string, code: string, where: Where): string | undefined {
  // PgBouncer answers with 08P01 whatever the trouble is: its words tell.
  if (/transaction blocks not allowed in statement pooling/i.test(message)) {
    return "It is a PgBouncer that pools single statements. Set pool_mode = transaction (or session).";
  }
  if (/unsupported startup parameter/i.test(message)) {
    return `It is a PgBouncer that refuses "${
      /startup parameter:? *(?:in options: )?"?([^"]+)/i.exec(message)?.[1]
    }". ` +
      "Remove that parameter from DATABASE_URL, or name it in ignore_startup_parameters.";
  }
  if (/no such database|no such user|pgbouncer/i.test(message)) return `The pooler answers: ${message}.`;
  if (/self[- ]signed|certificate|unable to verify|altnames?|tls|ssl/i.test(`${message} ${code}`)) {
    return `TLS: ${message}. Set sslmode in DATABASE_URL to what the server has: disable (no TLS), no-verify (any ` +
      "certificate), or verify-full, with sslrootcert=<file> for a certificate authority of your own.";
  }
  if (/timeout/i.test(message) && !code) return CAUSES.ETIMEDOUT!(where);
  return CAUSES[code]?.(where);
}

/** Node's connect errors may hold one for each address of a name. */
function innermost(error: unknown): { message: string; code: string } {
  const { errors, code, message, cause } = error as {
    errors?: unknown[];
    code?: string;
    message?: string;
    cause?: unknown;
  };
  if (errors?.length) return innermost(errors[0]);
  if (!code && cause instanceof Error) return innermost(cause);
  return { message: String(message ?? error), code: code ?? "" };
}

function whereOf(databaseUrl: string): Where {
  const url = new URL(databaseUrl);
  const host = decodeURIComponent(url.hostname) || "localhost";
  const user = decodeURIComponent(url.username) || "postgres";
  return {
    host,
    address: `${host}:${url.port || 5432}`,
    user,
    database: decodeURIComponent(url.pathname.slice(1)) || user,
  };
}
