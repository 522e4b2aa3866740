// Passkeys on the wire (CONTRACT section 2): options and answers are the JSON forms of WebAuthn level 2 and 3.
import { z } from "zod";
import { page, timestamp, uuid } from "../common.ts";
import { shownName } from "../names.ts";

/** Of at most so many characters: bytes as base64url. */
const bytes = (max: number) => z.string().regex(/^[\w-]*$/, "base64url").max(max);
/** CTAP: at most 1,023 bytes. */
const credentialId = bytes(1400).min(1);
const transports = z.array(z.string().max(32)).max(16);
const name = shownName(100);

const answered = {
  id: credentialId,
  rawId: credentialId,
  type: z.literal("public-key"),
  clientExtensionResults: z.record(z.string().max(64), z.unknown()).default({}),
  authenticatorAttachment: z.string().max(32).optional(),
};

export const registrationBody = z.object({
  ...answered,
  response: z.object({
    clientDataJSON: bytes(4000),
    attestationObject: bytes(32_000),
    transports: transports.optional(),
  }),
  name: name.optional().meta({ description: "How the person calls it; beside what the specification has" }),
}).meta({ id: "PasskeyRegistration" });
export type RegistrationInput = z.infer<typeof registrationBody>;

export const authenticationBody = z.object({
  ...answered,
  response: z.object({
    clientDataJSON: bytes(4000),
    authenticatorData: bytes(4000),
    signature: bytes(4000),
    userHandle: bytes(100).optional(),
  }),
}).meta({ id: "PasskeyAuthentication" });
export type AuthenticationInput = z.infer<typeof authenticationBody>;

/** For `navigator.credentials.create` and `.get`, as `parseCreationOptionsFromJSON` and its sister take them. */
export const credentialOptions = z.looseObject({ challenge: z.string() }).meta({
  description: "PublicKeyCredentialCreationOptionsJSON or PublicKeyCredentialRequestOptionsJSON",
});

export const passkey = z.object({
  id: uuid,
  name: z.string(),
  backed_up: z.boolean().meta({ description: "Kept by a service, so on several devices" }),
  transports: z.array(z.string()),
  created_at: timestamp,
  last_used_at: timestamp.nullable(),
}).meta({ id: "Passkey" });
export type Passkey = z.infer<typeof passkey>;
export const passkeyPage = page(passkey);
export const passkeyBody = z.object({ name });
