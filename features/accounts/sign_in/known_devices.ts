// What people sign in with. A sign-in from something that was never seen is told to the person (features/notifications
// reads the event): that is how a stolen password is noticed. Known is a device that shows the mark of an earlier sign-in
// (devices.ts), or the same kind of program in the same network. The first one of an account is no news, nor are
// those of its first hour.
import { sha256Hex } from "../../../kernel/ids.ts";
import { addressKey } from "../../../kernel/rate_limit.ts";
import { type Queryable, sql, type Tx } from "../../../db/sql.ts";
import { deviceName } from "../../../protocol/accounts/device_name.ts";
import type { GuestCtx } from "../../context.ts";
import { knownDevice } from "./devices.ts";
import { emitControl } from "../sessions/revocation.ts";
import type { UserRow } from "../people/store.ts";

/** Devices that were not used that long are new again. */
const KEPT_MS = 400 * 24 * 3600_000;
/** In its first hour an account comes to the desk, the phone and the tablet: that is no news. */
const SETTLING_MS = 3600_000;
/** Per person; the one seen longest ago goes first. */
const MAX_DEVICES = 200;

/** Notes what the session was begun with, and emits `device_new` when the person should hear of it. */
export async function noteDevice(
  tx: Tx,
  ctx: GuestCtx,
  user: Pick<UserRow, "id" | "organization_id" | "created_at">,
  sessionId: string,
): Promise<void> {
  const { app } = ctx;
  const now = app.now();
  const name = deviceName(ctx.userAgent) ?? "";
  const network = addressKey(ctx.ip);
  const fingerprint = (await sha256Hex(`${name}|${network}`)).slice(0, 32);
  const { others } = await tx.one<{ others: number }>(sql`
    select count(*)::int as others from sign_in_devices
    where user_id = ${user.id} and organization_id = ${user.organization_id}`);
  const { fresh } = await tx.one<{ fresh: boolean }>(sql`
    insert into sign_in_devices (user_id, fingerprint, organization_id, name, network, first_seen_at, last_seen_at)
    values (${user.id}, ${fingerprint}, ${user.organization_id}, ${name}, ${network}, ${now}, ${now})
    on conflict (user_id, fingerprint) do update set last_seen_at = excluded.last_seen_at
    returning first_seen_at = ${now} and xmax = 0 as fresh`);
  if (others >= MAX_DEVICES) await forgetOldest(tx, user);
  if (!fresh || others === 0 || now.getTime() - user.created_at.getTime() < SETTLING_MS) return;
  if ((await knownDevice(app, ctx.deviceMark))?.userId === user.id) return;
  const { id: user_id, organization_id } = user;
  emitControl(app, tx, { kind: "device_new", user_id, organization_id, session_id: sessionId });
}

async function forgetOldest(tx: Tx, user: { id: string; organization_id: string }): Promise<void> {
  await tx.run(sql`delete from sign_in_devices where user_id = ${user.id} and organization_id = ${user.organization_id}
    and fingerprint in (select fingerprint from sign_in_devices where user_id = ${user.id}
      order by last_seen_at desc, fingerprint offset ${MAX_DEVICES})`);
}

export async function forgetDevices(q: Queryable, now: Date): Promise<void> {
  await q.run(sql`delete from sign_in_devices where last_seen_at < ${new Date(now.getTime() - KEPT_MS)}`);
}
