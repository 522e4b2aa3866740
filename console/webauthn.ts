// What talks to the browser's passkeys, loaded when somebody uses one (lib/passkeys.ts).
export { startAuthentication, startRegistration, WebAuthnAbortService } from "@simplewebauthn/browser";
