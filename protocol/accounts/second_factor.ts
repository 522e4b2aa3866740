// Second factors on the wire (CONTRACT section 2): codes of an authenticator app and recovery codes.
import { z } from "zod";
import { timestamp } from "../common.ts";

const totp = z.string().max(32).meta({ description: "Six digits of the authenticator app", example: "492039" });
const recoveryCode = z.string().max(64).meta({ description: "One of the recovery codes", example: "7q4kx-n2v8d" });
const password = z.string().min(1).max(1024);

/** What a sign-in brings beside its first proof, when the account asks for more. */
export const secondStep = { totp: totp.optional(), recovery_code: recoveryCode.optional() };
export interface SecondStepInput {
  totp?: string;
  recovery_code?: string;
}

export const secondFactorState = z.object({
  enabled: z.boolean(),
  enabled_at: timestamp.nullable(),
  recovery_codes_left: z.number().int(),
  has_password: z.boolean().meta({ description: "False: changes need a fresh sign-in instead of the password" }),
}).meta({ id: "SecondFactor" });
export type SecondFactorState = z.infer<typeof secondFactorState>;

export const totpSetup = z.object({
  secret: z.string().meta({ description: "Base32, for those who cannot scan the code" }),
  otpauth_url: z.string().meta({ description: "What the QR code holds" }),
}).meta({ id: "TotpSetup" });
export type TotpSetup = z.infer<typeof totpSetup>;

export const enableBody = z.object({ code: totp });
export const recoveryCodes = z.object({ recovery_codes: z.array(z.string()).meta({ description: "Shown this once" }) });
export const provenBody = z.object({
  password: password.optional().meta({ description: "Needed where the account has one" }),
  code: z.string().max(64).meta({ description: "Of the authenticator app, or a recovery code" }),
});
export const confirmBody = z.object({ password });

export const secondStepBody = z.object({
  ticket: z.string().max(200).meta({ description: "Of the page that a provider's sign-in has led to" }),
  ...secondStep,
});
