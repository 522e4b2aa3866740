// Signing in with a password. Invariants:
//  - unknown people, wrong passwords and accounts that are switched off get the same answer after the same work;
//  - attempts from one address, and attempts on one account, run one after the other, so the limits on failures hold
//    whatever arrives at once, and a blocked attempt never reaches bcrypt;
//  - whoever is banned learns it after the right password only;
//  - only failures count, in 5 minutes: 10 per account and address, 20 per account whatever the address (its e-mail and
//    its user name are one account), 100 per address;
//  - a device that signed in before (devices.ts) has 10 of its own, and none of the limits on strangers.
import { AppError } from "../../../kernel/errors.ts";
import { sha256Hex } from "../../../kernel/ids.ts";
import type { PasswordLane } from "../../../kernel/passwords.ts";
import { addressKey, type Limiter } from "../../../kernel/rate_limit.ts";
import type { LoginInput } from "../../../protocol/accounts/accounts.ts";
import type { GuestCtx } from "../../context.ts";
import { admit, invalidCredentials, type TokenPair } from "./admit.ts";
import { knownDevice } from "./devices.ts";
import { noteFailedSignIn } from "./failed_sign_in.ts";
import { runtimeOf } from "../runtime.ts";
import { type LoginRow, renewPasswordHash, userForLogin } from "../people/store.ts";

const TOO_MANY = "Too many failed attempts. Wait before you try again.";

/**
 * @param mark what an earlier sign-in left on this device (devices.ts)
 * @throws AppError `invalid_credentials`, `banned`, `email_unconfirmed`, `approval_pending`, `totp_required` (after the right password only), `invalid_code`, or
 *   `rate_limited` after too many failures
 */
export async function login(ctx: GuestCtx, input: LoginInput, mark?: string): Promise<TokenPair> {
  const { app } = ctx;
  const identifier = (input.email ?? input.username ?? "").toLowerCase();
  const device = await knownDevice(app, mark);
  // Before anything is asked of the database.
  if (!device) await runtimeOf(app).failures.address.check(addressKey(ctx.ip), TOO_MANY);
  const account = (await userForLogin(app.db, identifier))?.id ?? identifier;
  const known = device?.userId === account ? device.id : undefined;
  return await guessGuard(ctx, { account, known }, async () => {
    const row = await userForLogin(app.db, identifier);
    const lane = known ? "known" : "sign_in";
    const right = await app.passwords.verify(input.password, row?.password_hash ?? null, lane);
    if (!row || !right || !(row.is_active || row.pending) || !row.organization_active) {
      noteFailedSignIn(ctx, row, "password");
      return undefined;
    }
    const pair = await admit(ctx, row, "password", undefined, input);
    await renewHash(ctx, row, input.password, lane);
    return pair;
  });
}

/** Hashes the password anew when the cost of hashes is another one now. What fails is tried at the next sign-in. */
async function renewHash({ app }: GuestCtx, row: LoginRow, password: string, lane: PasswordLane): Promise<void> {
  if (!row.password_hash || !app.passwords.outdated(row.password_hash)) return;
  try {
    await renewPasswordHash(app.db, row, await app.passwords.hash(password, lane));
  } catch (error) {
    app.log.warn("a password could not be hashed anew", { error, user_id: row.id });
  }
}

interface Guesser {
  /** The id of the account, or what was given for its name when there is none. */
  account: string;
  /** Known from before: the device, or the person who is signed in. Strangers' failures do not count for it. */
  known?: string;
}

/**
 * Runs a check of a secret under the limits on failures. `check` answers undefined for "wrong"; a wrong code that it throws
 * (`invalid_code`) counts as well.
 * @throws AppError what `wrong` makes (`invalid_credentials`), `invalid_code` or `rate_limited`
 */
export async function guessGuard<T>(
  ctx: GuestCtx,
  who: Guesser,
  check: () => Promise<T | undefined>,
  wrong: () => AppError = invalidCredentials,
): Promise<T> {
  const { guesses, failures } = runtimeOf(ctx.app);
  if (who.known) {
    const counts: Count[] = [{ failures: failures.known, key: who.known, forgiven: true }];
    // One after the other per person, not per device: many devices of one person do not fill the queue before bcrypt.
    return await guesses.run(`known ${who.account}`, () => counted(counts, check, wrong));
  }
  const address = addressKey(ctx.ip);
  const account = await sha256Hex(who.account);
  const counts: Count[] = [
    { failures: failures.address, key: address },
    { failures: failures.account, key: account },
    { failures: failures.accountAndAddress, key: await sha256Hex(`${who.account}|${address}`), forgiven: true },
  ];
  // Always in this order, so that nobody waits for one who waits for them.
  return await guesses.run(
    `address ${address}`,
    () => guesses.run(`account ${account}`, () => counted(counts, check, wrong)),
  );
}

interface Count {
  failures: Limiter;
  key: string;
  /** The right password takes the failures back. Not those of all addresses: strangers would begin anew with it. */
  forgiven?: boolean;
}

async function counted<T>(
  counts: Count[],
  check: () => Promise<T | undefined>,
  wrong: () => AppError,
): Promise<T> {
  for (const { failures, key } of counts) await failures.check(key, TOO_MANY);
  let refusal: AppError | undefined;
  const result = await check().catch((error) => {
    if (!(error instanceof AppError) || error.code !== "invalid_code") throw error;
    refusal = error;
    return undefined;
  });
  if (result !== undefined) {
    for (const { failures, key, forgiven } of counts) if (forgiven) await failures.reset(key);
    return result;
  }
  await Promise.allSettled(counts.map(({ failures, key }) => failures.consume(key, TOO_MANY)));
  throw refusal ?? wrong();
}
