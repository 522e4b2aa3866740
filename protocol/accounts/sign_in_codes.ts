// One-time codes on the wire (CONTRACT section 2): asking for one by telephone number or e-mail address, and giving it back.
import { z } from "zod";
import { email } from "./accounts.ts";
import { shownName } from "../names.ts";

/** E.164 (ITU-T E.164): a plus sign and 7 to 15 digits, the first of them not 0. Spaces, dots, dashes and brackets are left out. */
export const phone = z.string().max(40).transform((text) => text.replace(/[\s().\-/\u00a0\u2010-\u2015]/g, ""))
  .pipe(z.string().regex(/^\+[1-9]\d{6,14}$/, "a telephone number with + and the country: +34600111222"));

/** Six digits; gaps that people type are left out. */
export const code = z.string().max(40).transform((text) => text.replace(/[\s-]/g, ""))
  .pipe(z.string().regex(/^\d{6}$/, "the six digits of the code"));

const EITHER: [(body: { phone?: string; email?: string }) => boolean, { path: string[]; message: string }] = [
  (body) => (body.phone === undefined) !== (body.email === undefined),
  { path: ["phone"], message: "phone or email is required, not both" },
];

const target = z.object({ phone: phone.optional(), email: email.optional() });

export const requestCodeBody = target.refine(...EITHER);
export type RequestCodeInput = z.infer<typeof requestCodeBody>;

export const verifyCodeBody = target.extend({
  code,
  totp: z.string().max(32).optional(),
  recovery_code: z.string().max(64).optional(),
  organization_name: shownName(200).optional().meta({
    description: "A new number or address with registration `open`: makes an organisation with the caller as its owner",
  }),
}).refine(...EITHER);
export type VerifyCodeInput = z.infer<typeof verifyCodeBody>;

export const codeSent = z.object({
  expires_in: z.number().int().meta({ description: "Seconds for which the code is good" }),
  retry_after: z.number().int().meta({ description: "Seconds before another code is sent" }),
}).meta({ id: "CodeSent" });
export type CodeSent = z.infer<typeof codeSent>;

export const phoneBody = z.object({ phone });
export const verifyPhoneBody = z.object({ phone, code });
