// What people are told about the safety of their own account, whatever their preferences say: a port, because accounts stand
// below what notifies. The job of this name (features/notifications/account/security_notice.ts) finds the words, in the person's
// language.

export const SECURITY_NOTICE_JOB = "notifications.security";

export type SecurityNoticeKind =
  | "totp_enabled"
  | "totp_disabled"
  | "totp_locked"
  | "recovery_code_used"
  | "recovery_codes_renewed"
  | "factors_reset"
  | "passkey_added"
  | "passkey_removed"
  | "phone_added"
  | "phone_removed"
  | "identity_linked"
  | "identity_unlinked"
  | "email_changed";

export interface SecurityNotice {
  /** Its own: a job that runs twice tells once. */
  id: string;
  organization_id: string;
  user_id: string;
  kind: SecurityNoticeKind;
  /** RFC 3339. */
  at: string;
  ip: string | null;
  user_agent: string | null;
  /** Where the mail goes: the address that the person had when it happened. null: they had none. */
  mail_to?: string | null;
  /** What the words need: a name, a number. */
  details: Record<string, string | number>;
}
