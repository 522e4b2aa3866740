// A reader of multipart/form-data (RFC 7578) that holds one chunk of the body and no more: parts come as streams, in order.
// Every part must be read to its end before the next one is asked for.
import { Buffer } from "node:buffer";
import { AppError } from "../../kernel/errors.ts";

const MAX_HEADER_BYTES = 8 * 1024;
const MAX_PARTS = 20;

export interface FormPart {
  name: string;
  /** undefined: a text field. */
  filename?: string;
  type?: string;
  body: AsyncIterable<Uint8Array>;
}

/** @throws AppError `unsupported_media_type` when the type is another or names no boundary */
export function boundaryOf(contentType: string | undefined): string {
  const match = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))/i.exec(
    contentType ?? "",
  );
  const boundary = match?.[1] ?? match?.[2];
  if (!boundary) {
    throw new AppError("unsupported_media_type", "Send the file as multipart/form-data, in the field `file`.");
  }
  return boundary;
}

/** @throws AppError `bad_request` when the body is not well-formed or ends early */
export async function* readForm(stream: ReadableStream<Uint8Array>, boundary: string): AsyncGenerator<FormPart> {
  const source = new Source(stream);
  try {
    yield* readParts(source, boundary);
  } finally {
    await source.release();
  }
}

async function* readParts(source: Source, boundary: string): AsyncGenerator<FormPart> {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  source.prepend(Buffer.from("\r\n")); // the first boundary has no line before it
  for await (const _ of source.until(delimiter)); // what stands before it means nothing
  for (let count = 0;; count++) {
    const end = await source.line(128);
    if (end.startsWith("--")) return;
    if (end.trim() !== "") throw malformed();
    if (count === MAX_PARTS) throw new AppError("bad_request", `The form has more than ${MAX_PARTS} parts.`);
    const headers = await readHeaders(source);
    const body = source.until(delimiter);
    yield { ...describe(headers), body };
    for await (const _ of body); // whatever the caller left
  }
}

class Source {
  #buffer: Buffer = Buffer.alloc(0);
  readonly #parts: AsyncIterator<Uint8Array>;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#parts = stream.values({ preventCancel: true });
  }

  /** The body is the caller's again. */
  async release(): Promise<void> {
    await this.#parts.return?.();
  }

  prepend(bytes: Buffer): void {
    this.#buffer = Buffer.concat([bytes, this.#buffer]);
  }

  async #fill(): Promise<void> {
    const { done, value } = await this.#parts.next();
    if (done) throw malformed();
    const part = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    this.#buffer = this.#buffer.length === 0 ? part : Buffer.concat([this.#buffer, part]);
  }

  /** What comes before the delimiter, which is taken away. */
  async *until(delimiter: Buffer): AsyncGenerator<Uint8Array> {
    while (true) {
      const at = this.#buffer.indexOf(delimiter);
      if (at >= 0) {
        const rest = this.#buffer.subarray(0, at);
        this.#buffer = this.#buffer.subarray(at + delimiter.length);
        if (rest.length > 0) yield rest;
        return;
      }
      // The delimiter may begin at the end of what is there.
      const sure = this.#buffer.length - delimiter.length + 1;
      if (sure > 0) {
        const part = this.#buffer.subarray(0, sure);
        this.#buffer = this.#buffer.subarray(sure);
        yield part;
      }
      await this.#fill();
    }
  }

  /** One line without its end; of the last one ("--") the end may be missing. */
  async line(max: number): Promise<string> {
    while (true) {
      const at = this.#buffer.indexOf("\r\n");
      if (at >= 0 && at <= max) {
        const text = this.#buffer.subarray(0, at).toString("utf-8");
        this.#buffer = this.#buffer.subarray(at + 2);
        return text;
      }
      if (this.#buffer.length >= 2 && this.#buffer[0] === 0x2d && this.#buffer[1] === 0x2d) return "--";
      if (this.#buffer.length > max) throw malformed();
      await this.#fill();
    }
  }
}

async function readHeaders(source: Source): Promise<Map<string, string>> {
  const headers = new Map<string, string>();
  for (let left = MAX_HEADER_BYTES;;) {
    const line = await source.line(left);
    if (line === "") return headers;
    left -= line.length + 2;
    const colon = line.indexOf(":");
    if (colon < 1 || left < 2) throw malformed();
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

function describe(headers: Map<string, string>): Omit<FormPart, "body"> {
  const disposition = headers.get("content-disposition") ?? "";
  if (!/^form-data\s*;/i.test(disposition)) throw malformed();
  const name = parameter(disposition, "name");
  if (name === undefined) throw malformed();
  return {
    name,
    filename: extended(disposition) ?? parameter(disposition, "filename"),
    type: headers.get("content-type"),
  };
}

/** Browsers write quotes and line ends in names as %22, %0D, %0A; others as \". */
function parameter(header: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;]+))`, "i").exec(header);
  const value = match?.[1]?.replace(/\\(["\\])/g, "$1") ?? match?.[2];
  return value?.replace(/%22/g, '"').replace(/%0[dD]/g, "\r").replace(/%0[aA]/g, "\n");
}

function extended(header: string): string | undefined {
  const match = /;\s*filename\*=utf-8''([^\s;]+)/i.exec(header);
  try {
    return match ? decodeURIComponent(match[1]!) : undefined;
  } catch {
    return undefined;
  }
}

function malformed(): AppError {
  return new AppError("bad_request", "The form is not well-formed or ended early. Send it again.");
}
