// Full exports of Slack tell edits and deletions as rows of their own, often in the file of a later day. They are collected
// before a channel is read and become part of the message that they are about.
import { Buffer } from "node:buffer";
import { isObject, type Json, objects, str } from "./values.ts";
import { ArchiveError, type ZipArchive } from "./zip.ts";

interface Change {
  /** Rows `message_changed`, in the order of time. */
  edits: Json[];
  deletion?: Json;
  /** What the message said, in the order of time, as far as the changes tell it. */
  texts: Set<string>;
  /** The message that has it, see `says`. */
  usedBy?: string;
}

const KIND = /^message_(changed|deleted)$/;
const tsOf = (row: Json): string => typeof row.ts === "number" ? String(row.ts) : str(row.ts);
const before = (row: Json): Json | undefined =>
  isObject(row.previous_message) ? row.previous_message : isObject(row.original) ? row.original : undefined;
const targetOf = (row: Json): string =>
  str(row.subtype) === "message_changed"
    ? isObject(row.message) ? str(row.message.ts) : ""
    : str(row.deleted_ts) || str(before(row)?.ts);

export class SlackChanges {
  #byTs = new Map<string, Change>();

  /** Looks into all days; most have none, which is seen without parsing them. */
  static async read(zip: ZipArchive, days: readonly string[]): Promise<SlackChanges> {
    const changes = new SlackChanges(), rows: Json[] = [];
    for (const day of days) {
      try {
        const bytes = Buffer.from(await zip.bytes(day));
        if (!bytes.includes("message_changed") && !bytes.includes("message_deleted")) continue;
        rows.push(...objects(JSON.parse(bytes.toString())).filter((row) => KIND.test(str(row.subtype))));
      } catch (error) {
        // Whoever reads the day for its messages says that it cannot be read.
        if (!(error instanceof ArchiveError || error instanceof SyntaxError)) throw error;
      }
    }
    rows.sort((a, b) => (Number(a.ts) || 0) - (Number(b.ts) || 0));
    for (const row of rows) changes.#add(row);
    return changes;
  }

  #add(row: Json): void {
    const ts = targetOf(row);
    if (!ts) return;
    const change = this.#byTs.get(ts) ?? this.#byTs.set(ts, { edits: [], texts: new Set() }).get(ts)!;
    if (str(row.subtype) === "message_changed") change.edits.push(row);
    else change.deletion ??= row;
    for (const state of [before(row), row.message]) {
      if (isObject(state) && str(state.text)) change.texts.add(str(state.text));
    }
  }

  /**
   * What tells a row from others of its time. Everything that a message said before and after its edits is the same
   * message: days that overlap can have it in any of these states.
   */
  says(row: Json): string {
    const text = str(row.text), texts = this.#byTs.get(tsOf(row))?.texts;
    const first = texts?.has(text) ? texts.values().next().value : text;
    return [str(row.user) || null, str(row.bot_id), str(row.subtype), first].join("\0") +
      (text ? "" : JSON.stringify([row.blocks, row.attachments, row.files]));
  }

  known(row: Json): boolean {
    return this.#byTs.has(targetOf(row));
  }

  /** The message as it became, also when it comes a second time. */
  applied(row: Json): Json {
    const change = this.#byTs.get(tsOf(row)), says = this.says(row);
    if (!change || (change.usedBy ?? says) !== says) return row;
    change.usedBy = says;
    return withChange(row, change);
  }

  /** The message that a change is about, when it is not in the archive and the change tells what it said. */
  missing(row: Json): Json | undefined {
    const change = this.#byTs.get(targetOf(row));
    if (!change || change.usedBy !== undefined) return undefined;
    const last = change.edits.at(-1), first = change.edits[0];
    const known = (first && before(first)) ?? (last?.message as Json | undefined) ??
      (change.deletion && before(change.deletion));
    if (!known) return undefined;
    const message = { ...known, ts: targetOf(row), type: "message" };
    change.usedBy = this.says(message);
    return withChange(message, change);
  }
}

function withChange(row: Json, { edits, deletion }: Change): Json {
  const out: Json = { ...row, _edits: [] };
  for (const edit of edits) {
    const message = edit.message as Json, was = str(before(edit)?.text) || str(out.text);
    // An unfurled link or a counted reply is told as an edit too.
    if (str(message.text) !== was) out._edits = [...objects(out._edits), { text: was, ts: edit.ts }];
    for (const part of ["text", "blocks", "attachments", "files"]) if (part in message) out[part] = message[part];
    if (str(message.text) !== was) out.edited = isObject(message.edited) ? message.edited : { ts: edit.ts };
    if (message.blocks === undefined && str(message.text) !== was) delete out.blocks;
  }
  if (deletion) out._deleted = str(deletion.ts);
  return out;
}
