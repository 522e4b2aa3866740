// One-time codes by text message or mail. Invariants:
//  - a code stands nowhere: it is computed from the id of its row with a key of the server (value.ts), so neither the
//    database nor the job queue knows it;
//  - asking does the same work and gets the same answer whether or not there is an account: who gets a message is decided
//    behind the answer, by the job (job.ts);
//  - a try is counted before it is judged, in one statement: five of them, however many arrive at once, on any instance;
//  - a right code is used up in the transaction of the session that it opens. When that asks for a second factor first,
//    nothing is used up but one of the five tries;
//  - at most 6 codes an hour and 12 a day for a number or address: 60 guesses a day at a million codes;
//  - strangers who ask and guess lock nobody out: a device on which the person has signed in before (sign_in/devices.ts) has codes,
//    tries and a budget of its own, and so has adding a number to an account.
import { AppError } from "../../../kernel/errors.ts";
import { constantTimeEqual, newId, sha256Hex } from "../../../kernel/ids.ts";
import { addressKey } from "../../../kernel/rate_limit.ts";
import type { CodeSent, RequestCodeInput, VerifyCodeInput } from "../../../protocol/accounts/sign_in_codes.ts";
import type { Tx } from "../../../db/sql.ts";
import type { App, GuestCtx } from "../../context.ts";
import { admit, type TokenPair } from "../sign_in/admit.ts";
import { CODE_JOB, type CodeJob } from "./job.ts";
import {
  addressTaken,
  claimTry,
  type CodeKey,
  codeTimes,
  endCode,
  issueCode,
  NOBODY,
  proveAddress,
  userForCode,
} from "./store.ts";
import { codeOf } from "./value.ts";
import { type Device, knownDevice } from "../sign_in/devices.ts";
import { noteFailedSignIn } from "../sign_in/failed_sign_in.ts";
import { newPerson } from "../registration/new_person.ts";
import { runtimeOf } from "../runtime.ts";
import { guessGuard } from "../sign_in/password.ts";

const CODE_SECONDS = 5 * 60;
/** Before another code is sent to the same number or address. */
const AGAIN_SECONDS = 30;
const TRIES = 5;
const TOO_MANY = "Too many codes were asked for. Wait before you ask for another.";

/** The one answer to a code that does not let in, whatever the reason. */
export function wrongCode(): AppError {
  return new AppError("invalid_code", "The code is not right, or it has ended. Ask for a new one.");
}

/** Which kinds of codes this server can send. */
export function codeWays(app: App): { phone: boolean; email: boolean } {
  return { phone: app.sms.enabled, email: app.mailer.enabled };
}

/**
 * Sends a code to a number or address that an account has, and to any while registration is open.
 * @throws AppError `sign_in_way_off` when the server cannot send such codes, `rate_limited`
 */
export async function requestCode(ctx: GuestCtx, input: RequestCodeInput): Promise<CodeSent> {
  const target = targetOf(ctx.app, input);
  const device = await ownDevice(ctx, target);
  const key: CodeKey = { purpose: "sign_in", target, ownerId: device?.userId ?? NOBODY };
  return await askForCode(ctx, key, device ? `device ${device.id}` : target);
}

/** The device that asks, when the person whose number or address this is has signed in on it before. */
async function ownDevice({ app, deviceMark }: GuestCtx, target: string): Promise<Device | undefined> {
  const device = await knownDevice(app, deviceMark);
  return device && (await userForCode(app.db, target))?.id === device.userId ? device : undefined;
}

/** @throws AppError `sign_in_way_off` */
function targetOf(app: App, input: { phone?: string; email?: string }): string {
  const kind = input.phone === undefined ? "email" : "phone";
  if (!codeWays(app)[kind]) {
    const way = kind === "phone" ? "text message" : "mail";
    throw new AppError("sign_in_way_off", `This server does not send codes by ${way}.`);
  }
  return input.phone ?? input.email!.toLowerCase();
}

/**
 * @param counted what the messages of an hour and a day are counted under
 * @throws AppError `rate_limited`
 */
export async function askForCode(ctx: GuestCtx, key: CodeKey, counted: string): Promise<CodeSent> {
  const { app } = ctx;
  const { codes, guesses } = runtimeOf(app);
  await codes.address.consume(addressKey(ctx.ip), TOO_MANY);
  const budget = await sha256Hex(counted);
  return await guesses.run(`code ${budget}`, async () => {
    const id = newId(), now = app.now();
    const expiresAt = new Date(now.getTime() + CODE_SECONDS * 1000);
    for (const limit of [codes.targetHour, codes.targetDay]) await limit.check(budget, TOO_MANY);
    const askedBefore = new Date(now.getTime() - AGAIN_SECONDS * 1000);
    if (!await issueCode(app.db, key, { id, now, expiresAt, askedBefore })) return await sentBefore(app, key, now);
    for (const limit of [codes.targetHour, codes.targetDay]) await limit.consume(budget, TOO_MANY);
    const job: CodeJob = { id, language: ctx.language ?? null };
    await app.jobs.enqueue(CODE_JOB, job);
    return { expires_in: CODE_SECONDS, retry_after: AGAIN_SECONDS };
  });
}

/** Asked again too early: the code that is out stays, and nothing is sent. */
async function sentBefore(app: App, key: CodeKey, now: Date): Promise<CodeSent> {
  const times = await codeTimes(app.db, key);
  const left = (until: number) => Math.max(1, Math.ceil((until - now.getTime()) / 1000));
  return {
    expires_in: left(times?.expires_at.getTime() ?? 0),
    retry_after: left((times?.created_at.getTime() ?? 0) + AGAIN_SECONDS * 1000),
  };
}

/** The id of the row when the code is right; undefined for a wrong one, an old one and one that never was. */
export async function rightCode(app: App, key: CodeKey, code: string): Promise<string | undefined> {
  const claimed = await claimTry(app.db, key, TRIES, app.now());
  const right = await codeOf(app, { ...key, id: claimed?.id ?? NOBODY });
  return constantTimeEqual(right, code) ? claimed?.id : undefined;
}

/** In the transaction of what the code is good for. @throws AppError `invalid_code` when somebody else was faster */
export async function useCode(tx: Tx, id: string, now: Date): Promise<void> {
  if (!await endCode(tx, id, now)) throw wrongCode();
}

/** On a known device the code that it asked for, or one that was asked for elsewhere. */
async function rightSignInCode(app: App, target: string, code: string, device?: Device): Promise<string | undefined> {
  const right = (ownerId: string) => rightCode(app, { purpose: "sign_in", target, ownerId }, code);
  return (device && await right(device.userId)) ?? await right(NOBODY);
}

/**
 * Signs in with a code; a new number or address makes an account while registration is open.
 * @throws AppError `invalid_code`, `rate_limited`, what `admit` throws
 */
export async function verifyCode(ctx: GuestCtx, input: VerifyCodeInput): Promise<TokenPair> {
  const { app } = ctx;
  const target = targetOf(app, input);
  const device = await ownDevice(ctx, target);
  return await guessGuard(ctx, { account: `code ${target}`, known: device?.id }, async () => {
    const id = await rightSignInCode(app, target, input.code, device);
    if (id === undefined) {
      noteFailedSignIn(ctx, userForCode(app.db, target), "code");
      return undefined;
    }
    const row = await userForCode(app.db, target);
    if (row) {
      return await admit(ctx, row, "code", async (tx) => {
        await useCode(tx, id, app.now());
        if (input.email) await proveAddress(tx, row.organization_id, row.id, app.now());
      }, input);
    }
    const stranger = app.config.registration === "open" && !(input.email && await addressTaken(app.db, target));
    if (!stranger) return undefined;
    const who = { phone: input.phone, email: input.email, organizationName: input.organization_name };
    return await newPerson(ctx, who, (tx) => useCode(tx, id, app.now()));
  }, wrongCode);
}
