// Files: what other features and the routes may use, and what the feature brings with it.
import { defineFeature } from "../define.ts";
import { sweepJob } from "./remove.ts";

export { findUploads, type MediaKind, type MediaRow } from "./store.ts";
export { readMedia, storeBytes } from "./bytes.ts";
export { openMedia } from "./read.ts";
export { FileStorage } from "./file_storage.ts";
export { openStorage } from "./storage.ts";
export { receive } from "./receive.ts";
export { deleteMedia, removeMedium } from "./remove.ts";
export { abortUpload, beginUpload, continueUpload, type PartRange, uploadState } from "./resume.ts";
export { type UploadAbout, uploadBytes, uploadForm } from "./upload.ts";

export const mediaFeature = defineFeature({
  name: "media",
  permissions: { "media.upload": "member", "media.read": "viewer" },
  jobs: [sweepJob],
});
