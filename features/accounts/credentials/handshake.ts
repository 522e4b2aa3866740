// Signing in on a socket with one frame: `auth {token}`, an access token, an API token or a ticket. The same frame again renews it.
import { AppError } from "../../../kernel/errors.ts";
import type { Handshake } from "../../../kernel/handshake.ts";
import { authFrame } from "../../../protocol/wire/frames.ts";
import type { App } from "../../context.ts";
import { authenticate } from "./authenticate.ts";

export function tokenHandshake(app: App): Handshake {
  return {
    types: new Set(["auth"]),
    expected: 'The first frame must be: {"type": "auth", "token": …}',
    async take(frame) {
      const input = authFrame.safeParse(frame);
      if (!input.success) {
        const [issue] = input.error.issues;
        throw new AppError("validation_failed", `${issue!.path.join(".") || "auth"}: ${issue!.message}`);
      }
      const { id, token } = input.data;
      const actor = await authenticate(app, token, { tickets: true });
      const expiresAt = actor.expiresAt === undefined ? null : new Date(actor.expiresAt).toISOString();
      const data = { user_id: actor.userId, expires_at: expiresAt };
      return { actor, welcome: { type: "ack", ...(id !== undefined ? { id } : {}), data } };
    },
  };
}
