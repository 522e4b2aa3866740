// The storage that PULPO_STORAGE names.
import type { Config } from "../../kernel/config.ts";
import type { BlobStorage } from "../../kernel/storage.ts";
import { FileStorage } from "./file_storage.ts";
import { S3Storage } from "./s3_storage.ts";

/** @throws Error when an s3 address lacks its keys (kernel/config.ts has checked the rest) */
export function openStorage(config: Config): BlobStorage {
  if (config.storage.startsWith("s3:")) return new S3Storage(config);
  return new FileStorage(config.storage.slice("file:".length) || `${config.dataDir}/files`);
}
