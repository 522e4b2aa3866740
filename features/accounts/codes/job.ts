// Sending codes, behind the answer to whoever asked. Here it is decided whether there is anybody to send to, so that nothing
// of it can be seen or measured from outside. A second run sends the same code again.
//
// Against messages that somebody else pays for ("SMS pumping"): those to numbers without an account have budgets per area (all
// but the last four digits), country and in all; members' numbers have none of these, so that a flood does not lock them out
// (each number has its own limit, codes.ts).
import { areaOf, countryOf } from "../../../kernel/phone.ts";
import { AppError } from "../../../kernel/errors.ts";
import { SmsRefused } from "../../../kernel/ports.ts";
import type { App } from "../../context.ts";
import type { JobRule } from "../../define.ts";
import { codeMail, codeSms } from "./texts.ts";
import { addressTaken, type CodeKey, deleteEndedCodes, liveCode, userForCode } from "./store.ts";
import { codeOf } from "./value.ts";
import { deleteEndedProviderSignIns } from "../providers/store.ts";
import { runtimeOf } from "../runtime.ts";

export const CODE_JOB = "accounts.send_code";

export interface CodeJob {
  id: string;
  language: string | null;
}

export const codeJob: JobRule<CodeJob> = {
  name: CODE_JOB,
  // With 3 s at first and jittered, doubling back-off, all of it fits into the life of a code.
  retryLimit: 4,
  retryDelaySeconds: 3,
  async handle(app, { id, language }, { attempt }) {
    const key = await liveCode(app.db, id, app.now());
    if (!key) return;
    const to = await recipient(app, key);
    if (!to) return;
    const spoken = to.locale ?? language;
    const code = await codeOf(app, key);
    if (!key.target.startsWith("+")) {
      return await app.mailer.send(codeMail(code, key.target, id, spoken, app.publicUrl()));
    }
    const refusal = countryRefusal(app, key.target) ??
      (to.stranger && attempt === 1 && await overBudget(app, key.target));
    if (refusal) return app.log.warn("a code was not sent", { reason: refusal });
    try {
      await app.sms.send({ to: key.target, text: codeSms(code, spoken, app.publicUrl()) });
    } catch (error) {
      if (!(error instanceof SmsRefused)) throw error;
      app.log.warn("a code could not be sent", { reason: error.message, country: countryOf(key.target) });
    }
  },
};

export const endedCodesJob: JobRule = {
  name: "accounts.delete_codes",
  retryLimit: 2,
  cron: "*/15 * * * *",
  async handle(app) {
    await deleteEndedCodes(app.db, app.now());
    await deleteEndedProviderSignIns(app.db, app.now());
  },
};

/** Who gets the message, if anybody. */
async function recipient(app: App, key: CodeKey): Promise<{ locale?: string; stranger: boolean } | undefined> {
  // Whose number it is shows when the code comes back.
  if (key.purpose === "attach") return { stranger: true };
  const row = await userForCode(app.db, key.target);
  if (row) return row.is_active && row.organization_active ? { locale: row.locale, stranger: false } : undefined;
  if (app.config.registration !== "open") return undefined;
  const claimed = !key.target.startsWith("+") && await addressTaken(app.db, key.target);
  return claimed ? undefined : { stranger: true };
}

function countryRefusal(app: App, phone: string): string | undefined {
  const { smsCountries } = app.config;
  if (smsCountries.length === 0 || smsCountries.includes(countryOf(phone))) return undefined;
  return `no text messages go to ${countryOf(phone)} (PULPO_SMS_COUNTRIES)`;
}

/** Counts one message. */
async function overBudget(app: App, phone: string): Promise<string | undefined> {
  const { area, country, all } = runtimeOf(app).codes;
  const budgets = [
    { limiter: area, key: areaOf(phone), of: "this area" },
    { limiter: country, key: countryOf(phone), of: countryOf(phone) },
    { limiter: all, key: "all", of: "all numbers" },
  ];
  for (const { limiter, key, of } of budgets) {
    try {
      await limiter.consume(key, of);
    } catch (error) {
      if (error instanceof AppError && error.code === "rate_limited") {
        return `the budget of ${of} is used up for this hour`;
      }
      throw error;
    }
  }
  return undefined;
}
