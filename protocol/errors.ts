// Error codes that cross the wire, and the problem+json body (RFC 9457) that carries them over HTTP.
// A code, once released, never changes its meaning; clients branch on it, people read `detail`.
import { z } from "zod";

/** Every code the server answers, with the HTTP status it goes with. */
export const ERROR_STATUS = {
  invalid_json: 400,
  bad_request: 400,
  /** The channel carries binary frames, which an event stream cannot. */
  needs_websocket: 400,
  /** A sign-in at a provider that this browser did not begin, that was finished already, or that took too long. */
  sign_in_over: 400,
  /** What a provider answered is not right. */
  provider_failed: 400,
  unauthenticated: 401,
  invalid_credentials: 401,
  /** A code (sent, of an authenticator app, for recovery) is wrong, used, or has ended. */
  invalid_code: 401,
  token_expired: 401,
  token_reused: 401,
  /** The password is right; send the same again with `totp` or `recovery_code`. */
  totp_required: 401,
  passkey_refused: 401,
  forbidden: 403,
  csrf_failed: 403,
  /** The session is too old for this: confirm with the password, or sign in again. */
  recent_sign_in_required: 403,
  registration_closed: 403,
  /** This server does not offer this way to sign in. */
  sign_in_way_off: 403,
  /** The provider did not let the person in, or the person did not want to. */
  provider_refused: 403,
  domain_refused: 403,
  email_unverified: 403,
  /** The invitation is used up, over, revoked, or for another address. */
  invite_invalid: 403,
  /** The join token of an agent is used up, over or revoked. */
  join_token_invalid: 403,
  /** A link (new password, address to confirm) is used up, over, or was replaced by a newer one. */
  link_invalid: 403,
  /** The account waits until its address is confirmed. */
  email_unconfirmed: 403,
  /** The account waits until an administrator lets the person in. */
  approval_pending: 403,
  account_disabled: 403,
  /** A moderator has silenced this person, here or everywhere; `detail` says until when. */
  muted: 403,
  banned: 403,
  /** The organisation has switched this part of the product off. */
  feature_disabled: 403,
  not_found: 404,
  unknown_channel: 404,
  /** There is no slash command of this name; `errors` names near ones. */
  unknown_command: 404,
  method_not_allowed: 405,
  conflict: 409,
  /** Without it nobody could sign in to this account any more. */
  last_way_in: 409,
  /** An account has the address: its person links the provider from inside. */
  link_required: 409,
  idempotency_mismatch: 409,
  idempotency_in_progress: 409,
  setup_done: 409,
  /** The address of this server cannot have passkeys. */
  passkeys_unavailable: 409,
  /** This agent has another connection, and that one answers. */
  already_connected: 409,
  channel_archived: 409,
  /** Many people would be notified: send it again with `confirm_mentions: true`. */
  confirmation_required: 409,
  gone: 410,
  too_large: 413,
  unsupported_media_type: 415,
  validation_failed: 422,
  reserved_type: 422,
  unknown_type: 422,
  weak_password: 422,
  /** The organisation's automatic filter does not let this text through. */
  message_blocked: 422,
  /** The bytes are not what the type or the name says, or a kind that is not accepted. */
  unsupported_file: 422,
  rate_limited: 429,
  too_many_subscriptions: 429,
  /** This person has as many sockets and streams as one person may have. */
  too_many_connections: 429,
  internal: 500,
  unavailable: 503,
  timeout: 503,
  /** The agent is not connected, or the link broke before it answered. */
  agent_offline: 503,
  provider_unavailable: 503,
  /** The organisation is closed for a while; `detail` is what its owner says about it. */
  maintenance: 503,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export { CLOSE } from "./wire/close_codes.ts";

export const fieldProblem = z.object({ path: z.string(), message: z.string() });

export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
  request_id: z.string(),
  errors: z.array(fieldProblem).optional(),
});
export type Problem = z.infer<typeof problem>;
