/** How the author of what stayed is named where the account is gone; nobody can have it (names.ts: a reserved name). */
export const DELETED_USERNAME = "deleted-user";
