// Sending. `notify` is what people and programs call; `sendAsSystem` is for other features and jobs. Both go through one
// group commit per instance, so thousands of single calls per second fit on the embedded database.
// Never call these inside `withTx`: they wait for a transaction of their own.
import { perApp } from "../../../kernel/per_app.ts";
import { AppError } from "../../../kernel/errors.ts";
import { authorize } from "../../../kernel/actor.ts";
import { GroupCommit } from "../../../kernel/group_commit.ts";
import { newId } from "../../../kernel/ids.ts";
import { SqlError } from "../../../db/sql.ts";
import { notifyChannel } from "../../../protocol/wire/channels.ts";
import { reservedTypes } from "../../../protocol/wire/reserved_types.ts";
import type { NotifyInput, NotifyResult } from "../../../protocol/notifications/notifications.ts";
import type { App, Ctx } from "../../context.ts";
import { declared } from "../../declared.ts";
import { enqueueMail } from "../mail/jobs.ts";
import { ALWAYS_TOLD } from "./recipients.ts";
import {
  type Answer,
  channelOf,
  saveOffsetsStatement,
  type Sender,
  type SendRequest,
  type SystemInput,
  toResult,
  writeRequests,
} from "./write.ts";

/** Weight in one transaction and in the queue; a plain notification weighs 1 and so does each person and each 2 KiB. */
const MAX_GROUP = 1000;
const MAX_WAITING = 20_000;

/**
 * Sends one notification.
 * @returns after COMMIT; `offset` is null when nothing durable was pushed.
 * @throws AppError forbidden, reserved_type, unknown_channel, validation_failed (unknown user_ids), unavailable
 */
export async function notify(ctx: Ctx, input: NotifyInput): Promise<NotifyResult> {
  authorize(ctx.actor, "notify.send");
  const [result] = await send(ctx.app, requestOf(ctx, [input], () => ""));
  return result!;
}

/** Sends all of them or, when one is wrong, none. Same errors as `notify`, with paths `notifications.<n>.…`. */
export async function notifyBatch(ctx: Ctx, inputs: readonly NotifyInput[]): Promise<NotifyResult[]> {
  authorize(ctx.actor, "notify.send");
  return await send(ctx.app, requestOf(ctx, inputs, (i) => `notifications.${i}.`));
}

/** Sends in the name of a feature, an integration or a person. The caller has checked what may be sent. */
export async function sendAsSystem(
  app: App,
  organizationId: string,
  senderOrName: string | Sender,
  input: SystemInput,
): Promise<NotifyResult> {
  const sender: Sender = typeof senderOrName === "string" ? { id: null, name: senderOrName } : senderOrName;
  const [result] = await send(app, { organizationId, sender, system: true, inputs: [input], pathOf: () => "" });
  return result!;
}

function requestOf(ctx: Ctx, inputs: readonly NotifyInput[], pathOf: (index: number) => string): SendRequest {
  const { organizationId, userId, username } = ctx.actor;
  return { organizationId, sender: { id: userId, name: username }, inputs, pathOf };
}

function send(app: App, request: SendRequest): Promise<NotifyResult[]> {
  checkTypes(app, request);
  checkChannels(request);
  if (request.inputs.every((i) => !i.persist && !i.user_ids && i.dedupe_key === undefined)) {
    return Promise.resolve(request.inputs.map((input) => sendEphemeral(app, request.organizationId, input)));
  }
  return groupCommitOf(app).submit(request);
}

const reservedOf = perApp(({ features }: App) => reservedTypes(declared(features)));

function checkTypes(app: App, { inputs, pathOf, system }: SendRequest): void {
  const reserved = reservedOf(app);
  const errors = inputs.flatMap((input, i) =>
    reserved.has(input.type) || (!system && ALWAYS_TOLD.has(input.type))
      ? [{ path: `${pathOf(i)}type`, message: "used by the protocol itself" }]
      : []
  );
  if (errors.length) {
    throw new AppError("reserved_type", "The protocol itself uses this type; choose another word.", { errors });
  }
}

function checkChannels({ inputs, pathOf }: SendRequest): void {
  const errors = inputs.flatMap((input, i) =>
    input.channel !== undefined && notifyChannel(input.channel) === null
      ? [{ path: `${pathOf(i)}channel`, message: "broadcast or notify:<name>" }]
      : []
  );
  if (errors.length) {
    throw new AppError("unknown_channel", "Notifications go to broadcast or notify:<name>.", { errors });
  }
}

/** Nothing to store and nobody to look up: the database is not asked. */
function sendEphemeral(app: App, organizationId: string, input: NotifyInput): NotifyResult {
  const id = newId(), channel = channelOf(input);
  app.realtime.publishEphemeral(organizationId, channel, input.type, input.data ?? null, {
    id,
    message: input.message,
  });
  return { id, channel, offset: null, duplicate: false };
}

const groupCommitOf = perApp((app: App) =>
  new GroupCommit<SendRequest, NotifyResult[]>({
    maxGroup: MAX_GROUP,
    maxWaiting: MAX_WAITING,
    weight: weightOf,
    // Data exceptions and violated constraints (a person deleted meanwhile) come from what was sent.
    isItemFault: (error) => error instanceof SqlError && /^(22|23|54)/.test(error.code),
    write: (requests) => writeGroup(app, requests),
  })
);

function weightOf(request: SendRequest): number {
  let weight = 0;
  for (const { message, data, user_ids } of request.inputs) {
    const size = message.length + (typeof data === "object" && data !== null ? JSON.stringify(data).length : 0);
    weight += 1 + (user_ids?.length ?? 0) + Math.floor(size / 2048);
  }
  return weight;
}

async function writeGroup(app: App, requests: SendRequest[]): Promise<(NotifyResult[] | Error)[]> {
  const now = app.now();
  const written = await app.db.withTx((tx) => writeRequests(tx, requests, now, app.mailer.enabled));
  if (written.claimed.length) {
    // The notifications are committed and will be pushed; a missing offset only makes a later repeat answer null.
    await app.db.run(saveOffsetsStatement(written.claimed)).catch((error) =>
      app.log.warn("could not note the offsets of dedupe keys", { error })
    );
  }
  for (const e of written.ephemerals) {
    app.realtime.publishEphemeral(e.organizationId, e.channel, e.type, e.data, e.extra);
  }
  // Not awaited: the outbox row is committed, and the sweep finds what is not enqueued here.
  if (written.mails.length) void enqueueMail(app, written.mails);
  return written.answers.map((answer) => answer instanceof AppError ? answer : answer.map((a: Answer) => toResult(a)));
}
