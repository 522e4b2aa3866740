// Lines of a stream on their way: between instances (a head as JSON in the first text line, then one JSON text a line), and as
// the pushes that readers get.
import type { Bytes } from "../protocol/wire/binary.ts";
import { Encoded } from "./encoded.ts";

/** What the source says of its lines. */
export interface StreamKind {
  /** The type of the pushes. */
  type: string;
  /** One life of the source's numbering. */
  epoch: string;
  /** Each line is a push of its own; otherwise one push carries several. */
  each: boolean;
}

export interface Batch extends StreamKind {
  /** Number of the first line; with no lines the next one that will come. */
  first: number;
  lines: readonly string[];
  /** When they were sent, RFC 3339. */
  at: string;
}

const encoder = new TextEncoder(), decoder = new TextDecoder();

export function encodeBatch({ lines, ...head }: Batch): Bytes {
  return encoder.encode([JSON.stringify(head), ...lines].join("\n"));
}

export function decodeBatch(bytes: Bytes): Batch {
  const [head, ...lines] = decoder.decode(bytes).split("\n");
  return { ...JSON.parse(head!), lines };
}

/** Consecutive lines as pushes, encoded once whatever the number of readers. */
export class Run {
  readonly first: number;
  readonly last: number;
  /** Characters, roughly. */
  readonly size: number;
  private pushes: Encoded[] | undefined;
  private joined: string | undefined;

  constructor(
    private readonly organizationId: string,
    private readonly channel: string,
    private readonly batch: Batch,
  ) {
    this.first = batch.first;
    this.last = batch.first + batch.lines.length - 1;
    let size = 200;
    for (const line of batch.lines) size += line.length + (batch.each ? 200 : 1);
    this.size = size;
  }

  /** One push, or one for each line. */
  all(): Encoded[] {
    return this.pushes ??= this.batch.each
      ? this.batch.lines.map((line, i) => this.encode(line, this.first + i))
      : [this.encode(`{"lines":[${this.batch.lines.join(",")}],"first":${this.first},"last":${this.last}}`, this.last)];
  }

  /** All of them as one frame, for readers that asked for batches. */
  frame(): string {
    return this.joined ??= `[${this.all().map((push) => push.text).join(",")}]`;
  }

  private encode(data: string, offset: number): Encoded {
    const { organizationId, channel, batch: { type, epoch, at } } = this;
    const body = `{"type":${JSON.stringify(type)},"data":${data},"timestamp":"${at}"}`;
    return new Encoded({ organizationId, channel, epoch, offset, body });
  }
}
