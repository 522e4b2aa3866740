// Files in a bucket: PULPO_STORAGE=s3://<bucket>[/<prefix>]?region=…&endpoint=…, for S3 and what speaks like it (MinIO, R2,
// Ceph). Requests are signed with SigV4 (aws4fetch). Both ways stream. An object appears complete or not at all: S3 sees
// to that, and checks the SHA-256, which is part of the signature.
import { AwsClient } from "aws4fetch";
import { AppError, notFound } from "../../kernel/errors.ts";
import type { Config } from "../../kernel/config.ts";
import type { BlobStorage, StoredRange } from "../../kernel/storage.ts";
import { openFile } from "./file_storage.ts";

const ANSWER_MS = 15_000;
/** A put of 5 GiB at 20 Mbit/s takes that long. */
const PUT_MS = 40 * 60_000;
const TRIES = 3;

/** As SigV4 wants it: everything but unreserved characters, `+` and `=` too; slashes stay. */
function encodeKey(key: string): string {
  return key.split("/").map((part) =>
    encodeURIComponent(part).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  ).join("/");
}

export class S3Storage implements BlobStorage {
  readonly kind = "s3";
  readonly #base: string;
  readonly #bucket: string;
  readonly #client: AwsClient;

  constructor(config: Pick<Config, "storage" | "s3AccessKey" | "s3SecretKey">) {
    const { storage, s3AccessKey, s3SecretKey } = config;
    if (!s3AccessKey || !s3SecretKey) {
      throw new Error("PULPO_STORAGE=s3: needs PULPO_S3_ACCESS_KEY and PULPO_S3_SECRET_KEY");
    }
    const url = new URL(storage);
    const region = url.searchParams.get("region") ?? "us-east-1";
    const endpoint = url.searchParams.get("endpoint");
    // A server of one's own takes the bucket in the path, Amazon in the host.
    this.#bucket = endpoint
      ? `${endpoint.replace(/\/+$/, "")}/${url.hostname}`
      : `https://${url.hostname}.s3.${region}.amazonaws.com`;
    const prefix = url.pathname.replace(/^\/+|\/+$/g, "");
    this.#base = prefix ? `${this.#bucket}/${encodeKey(decodeURIComponent(prefix))}` : this.#bucket;
    this.#client = new AwsClient({
      accessKeyId: s3AccessKey,
      secretAccessKey: s3SecretKey,
      service: "s3",
      region,
      retries: 0,
    });
  }

  async put(key: string, path: string, about: { size: number; sha256: string; type: string }): Promise<void> {
    const headers = {
      "content-type": about.type,
      "content-length": String(about.size),
      "x-amz-content-sha256": about.sha256,
    };
    await this.#repeat(async () => {
      const signed = await this.#client.sign(this.#url(key), { method: "PUT", headers });
      const response = await fetch(signed.url, {
        method: "PUT",
        headers: signed.headers,
        body: await openFile(path),
        signal: AbortSignal.timeout(PUT_MS),
      });
      await this.#expect(response, [200, 201, 204]);
    });
  }

  async open(key: string, range?: StoredRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    return await this.#repeat(async () => {
      const headers: Record<string, string> = { "accept-encoding": "identity" };
      if (range) headers.range = `bytes=${range.start}-${range.end}`;
      const signed = await this.#client.sign(this.#url(key), { headers });
      // The time-out is for the answer to begin; its bytes come as fast as the reader takes them.
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(), ANSWER_MS);
      try {
        const response = await fetch(signed.url, { headers: signed.headers, signal: stop.signal });
        if (response.ok && response.status === (range ? 206 : 200)) {
          return response.body ?? new Blob([]).stream();
        }
        await response.body?.cancel();
        if (response.status === 404) throw notFound("file");
        throw refused(response.status);
      } finally {
        clearTimeout(timer);
      }
    });
  }

  async remove(key: string): Promise<void> {
    await this.#repeat(async () => {
      const response = await this.#client.fetch(this.#url(key), {
        method: "DELETE",
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      await this.#expect(response, [200, 204, 404]);
    });
  }

  /** Asks the bucket with these keys; writing nothing, since /health is asked often. */
  async check(): Promise<void> {
    const response = await this.#client.fetch(`${this.#bucket}?list-type=2&max-keys=1`, {
      signal: AbortSignal.timeout(2000),
    });
    await this.#expect(response, [200]);
  }

  #url(key: string): string {
    return `${this.#base}/${encodeKey(key)}`;
  }

  async #expect(response: Response, statuses: number[]): Promise<void> {
    await response.body?.cancel();
    if (!statuses.includes(response.status)) throw refused(response.status);
  }

  /** Again after a refusal for the moment or a lost connection. */
  async #repeat<T>(work: () => Promise<T>): Promise<T> {
    for (let tried = 1;; tried++) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof AppError && !error.retryable) throw error;
        if (tried === TRIES) {
          throw error instanceof AppError
            ? error
            : new AppError("unavailable", "The storage of files does not answer. Try again in a moment.", {
              cause: error,
            });
        }
        await new Promise((resolve) => setTimeout(resolve, (0.5 + Math.random()) * 200 * 2 ** tried));
      }
    }
  }
}

function refused(status: number): AppError {
  return new AppError("unavailable", `The storage of files answers with ${status}. Try again in a moment.`, {
    retryable: status >= 500 || status === 429 || status === 408,
  });
}
