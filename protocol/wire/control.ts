// Control events: durable events on the internal control channel of the system organisation. Every instance reads them
// through the same ordered, gap-filling path as all other events, so a revocation arrives even when the bus was down.

export type ControlEvent =
  /** Sessions ended (logout, password change, reuse of a refresh token): their sockets close with 4401. */
  | { kind: "sessions_revoked"; user_id: string; session_ids: string[] | "all"; except?: string }
  /** An API token was deleted. */
  | { kind: "token_revoked"; token_id: string }
  /** An agent's identity was taken back: its link ends. */
  | { kind: "agent_revoked"; agent_id: string; organization_id: string }
  /** A person's role, permissions, profile or state changed: cached actors are dropped, subscriptions are checked again. */
  | { kind: "user_changed"; user_id: string; organization_id: string; disabled: boolean }
  /** Another person is the owner now; the rights have their `user_changed`. */
  | { kind: "ownership_transferred"; organization_id: string; from_user_id: string; to_user_id: string }
  /** Somebody has signed in on a device that the account does not know; rights stay as they are. */
  | { kind: "device_new"; user_id: string; organization_id: string; session_id: string }
  /** There is somebody new in the organisation. */
  | { kind: "user_created"; user_id: string; organization_id: string }
  /** Somebody has registered and waits for a yes (features/accounts/registration/sign_ups.ts). */
  | { kind: "sign_up_waiting"; user_id: string; organization_id: string; username: string }
  /** Rights on one channel changed: its subscribers are checked again. */
  | { kind: "channel_changed"; organization_id: string; channel: string }
  /** The organisation was renamed, or switched off (`disabled`): then nobody of it may stay connected. */
  | { kind: "organization_changed"; organization_id: string; disabled: boolean };
