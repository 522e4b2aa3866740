// Files: what other features and the routes may use, and what the feature brings with it.
import { defineFeature } from "../define.ts";
import { avatarsInUse } from "./avatars.ts";
import { sweepJob } from "./remove.ts";

export { findUploads, type MediaKind, type MediaRow } from "./store.ts";
export { readMedia, storeBytes } from "./bytes.ts";
export { type OpenedMedia, openMedia } from "./read.ts";
export { FileStorage } from "./file_storage.ts";
export { openStorage } from "./storage.ts";
export { receive } from "./receive.ts";
export { deleteMedia, removeMedium } from "./remove.ts";
export { abortUpload, beginUpload, continueUpload, type PartRange, uploadState } from "./resume.ts";
export { type Incoming, upload, type UploadAbout } from "./upload.ts";
export { openAvatar, removeAvatar, setAvatar } from "./avatars.ts";

export const mediaFeature = defineFeature({
  name: "media",
  routes: () => import("../../routes/chat/mod.ts").then((m) => m.media),
  permissions: { "media.upload": "member", "media.read": "viewer" },
  jobs: [sweepJob],
  mediaUsers: avatarsInUse,
});
