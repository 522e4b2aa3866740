// Tokens of links that come by mail or are handed on: invitations, new passwords, addresses to confirm. A token is derived
// from the id of its row and the server's secret, so that the mail can be written later, and again, while no table and no
// queue holds it: the row has its SHA-256. Who reads the database but not the secret can make none.
import type { App } from "../../context.ts";

type LinkKind = "invite" | "invite-mail" | "account-link";

/** 43 characters that nobody guesses. */
export function linkToken(app: App, kind: LinkKind, id: string): Promise<string> {
  return app.keys.mac(kind, id);
}

/** The token stands behind `#`, which browsers neither send nor write into the history of others. */
export function linkTo(app: App, path: string, name: "invite" | "token", token: string): string {
  return `${app.publicUrl()}${path}#${name}=${token}`;
}
