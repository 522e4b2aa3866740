// Where the bytes of files lie, as features see it: a folder or a bucket (features/media has both). Keys are made by the
// program from ids and hashes, never from names that people choose, and are never used for other bytes.

export interface StoredRange {
  /** First byte. */
  start: number;
  /** Last byte, inclusive. */
  end: number;
}

export interface BlobStorage {
  readonly kind: "file" | "s3";
  /**
   * Stores the file at `path` under the key, for good when it returns; the file may be gone afterwards.
   * @throws AppError `unavailable` when the storage does not answer or has no room.
   */
  put(key: string, path: string, about: { size: number; sha256: string; type: string }): Promise<void>;
  /** The bytes, as a stream that must be read or cancelled. @throws AppError `not_found`, `unavailable` */
  open(key: string, range?: StoredRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** Removes the bytes; nothing happens when there are none. @throws AppError `unavailable` */
  remove(key: string): Promise<void>;
  /** Writes, or asks the bucket, to see whether files can be stored now. @throws when not */
  check(): Promise<void>;
}
