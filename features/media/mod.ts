// Files: what other features and the routes may use, and what the feature brings with it.
import { defineFeature } from "../define.ts";
import { sweepJob } from "./remove.ts";

export { findUploads, type MediaKind, type MediaRow } from "./store.ts";
export { readMedia, storeBytes } from "./bytes.ts";
export { openStorage } from "./storage.ts";
export { deleteMedia, removeMedium } from "./remove.ts";

export const mediaFeature = defineFeature({
  name: "media",
  permissions: { "media.upload": "member", "media.read": "viewer" },
  jobs: [sweepJob],
});
