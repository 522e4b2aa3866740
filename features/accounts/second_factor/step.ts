// Proving the second factor with a code of the authenticator app or a recovery code. Invariants:
//  - a code of the app is taken once: its time step is stored under the row's lock, so of two that come at the same time
//    (on any instance) one is wrong; a recovery code is used up by the statement that finds it;
//  - wrong codes count for the person, whatever the address or device, until a right one comes: after every ten of them
//    codes are not looked at for 15 minutes, then 30, up to a day. With the limits on failures in front of it (sign_in/password.ts)
//    10,000 guesses take years;
//  - recovery codes work meanwhile: 50 random bits are not guessed.
import { AppError } from "../../../kernel/errors.ts";
import type { Tx } from "../../../db/sql.ts";
import type { SecondStepInput } from "../../../protocol/accounts/second_factor.ts";
import type { App, GuestCtx } from "../../context.ts";
import { recoveryCodeMac } from "./recovery_codes.ts";
import { unseal } from "./sealed.ts";
import {
  countRecoveryCodes,
  type FactorRow,
  factorRow,
  noteRightCode,
  noteWrongCode,
  type Owner,
  useRecoveryCode,
} from "./store.ts";
import { tellOfSecurity } from "../tell.ts";
import { stepOfCode } from "./totp.ts";

export const TOTP_SECRET = "totp-secret";
const WRONG_CODES = 10;
const LOCK_MS = 15 * 60_000;
const MAX_LOCK_MS = 24 * 3600_000;

export function invalidCode(): AppError {
  return new AppError("invalid_code", "The code is not right, or it was used already. Take the next one.");
}

type Outcome =
  | { kind: "totp" }
  | { kind: "recovery_code"; left: number }
  | { kind: "wrong"; locked: boolean }
  | { kind: "locked"; until: Date };

/**
 * Takes a code of the person, once. Run it under `guessGuard`.
 * @returns what was proved
 * @throws AppError `invalid_code` (counted by `guessGuard`), `rate_limited` after too many wrong ones
 */
export async function proveCode(
  ctx: GuestCtx,
  person: Owner,
  given: SecondStepInput,
): Promise<"totp" | "recovery_code"> {
  const { app } = ctx;
  // A wrong code is counted in the same transaction, so it is returned, not thrown.
  const outcome = await app.db.withTx((tx) => takeCode(app, tx, person, given));
  if (outcome.kind === "locked") {
    const seconds = Math.ceil((outcome.until.getTime() - app.now().getTime()) / 1000);
    throw new AppError("rate_limited", "Too many wrong codes. Wait, or use a recovery code.", {
      retryAfterSeconds: seconds,
    });
  }
  if (outcome.kind === "wrong") {
    if (outcome.locked) await tellOfSecurity(ctx, person, "totp_locked");
    throw invalidCode();
  }
  if (outcome.kind === "recovery_code") {
    await tellOfSecurity(ctx, person, "recovery_code_used", { left: outcome.left });
  }
  return outcome.kind;
}

async function takeCode(app: App, tx: Tx, person: Owner, given: SecondStepInput): Promise<Outcome> {
  const factor = await factorRow(tx, person, { lock: true });
  if (!factor?.enabled_at) return { kind: "wrong", locked: false };
  if (given.totp === undefined) {
    const mac = await recoveryCodeMac(app, person.userId, given.recovery_code ?? "");
    if (!await useRecoveryCode(tx, person, mac, app.now())) return { kind: "wrong", locked: false };
    return { kind: "recovery_code", left: await countRecoveryCodes(tx, person) };
  }
  return await takeTotp(app, tx, person, factor, given.totp);
}

async function takeTotp(app: App, tx: Tx, person: Owner, factor: FactorRow, code: string): Promise<Outcome> {
  const now = app.now();
  if (factor.locked_until && factor.locked_until > now) return { kind: "locked", until: factor.locked_until };
  const secret = await unseal(app, TOTP_SECRET, person.userId, factor.secret);
  const step = stepOfCode(secret, code, now, factor.last_step);
  if (step !== undefined) {
    await noteRightCode(tx, person, step);
    return { kind: "totp" };
  }
  const wrong = factor.wrong_codes + 1;
  const locked = wrong % WRONG_CODES === 0;
  const ms = Math.min(MAX_LOCK_MS, LOCK_MS * 2 ** (wrong / WRONG_CODES - 1));
  await noteWrongCode(tx, person, wrong, locked ? new Date(now.getTime() + ms) : null);
  return { kind: "wrong", locked };
}
