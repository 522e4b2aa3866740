// Files on the wire (CONTRACT section 5, used by chat as well): uploads in one go or in parts, and what is known of a file.
import { z } from "zod";
import { timestamp, uuid } from "../common.ts";

export const mediaKind = z.enum(["image", "video", "audio", "file"]);

export const media = z.object({
  id: uuid,
  filename: z.string(),
  mime_type: z.string(),
  size: z.number().int().meta({ description: "Bytes as they are stored" }),
  width: z.number().int().nullable().meta({ description: "Pixels, of pictures" }),
  height: z.number().int().nullable(),
  kind: mediaKind,
  sha256: z.string().meta({ description: "Of the stored bytes: pictures lose their metadata" }),
  url: z.string(),
  thumbnail_url: z.string().nullable().meta({ description: "Pictures only" }),
  created_at: timestamp,
}).meta({ id: "Media" });
export type Media = z.infer<typeof media>;

const sha256 = z.string().toLowerCase().regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits");
const filename = z.string().min(1).max(1000);
const mimeType = z.string().min(3).max(200);
const yes = z.enum(["1", "true", "0", "false"]).transform((v) => v === "1" || v === "true");

export const beginUploadBody = z.object({
  filename: filename.meta({ description: "Made safe by the server" }),
  size: z.number().int().min(0).meta({ description: "Bytes of the whole file" }),
  mime_type: mimeType.optional().meta({ description: "Must be what the bytes show; absent: whatever they show" }),
  sha256: sha256.optional().meta({ description: "Checked when the last byte has come" }),
  encrypted: z.boolean().default(false).meta({ description: "Ciphertext: kept as it is, never looked at" }),
});
export type BeginUpload = z.infer<typeof beginUploadBody>;

export const rawUploadQuery = z.object({
  filename: filename.optional(),
  mime_type: mimeType.optional().meta({ description: "Instead of Content-Type" }),
  sha256: sha256.optional(),
  encrypted: yes.optional(),
  upload_id: uuid.optional().meta({ description: "Continues an upload; the header Upload-Id does the same" }),
});
export type RawUploadQuery = z.infer<typeof rawUploadQuery>;

export const formUploadQuery = z.object({ encrypted: yes.optional(), sha256: sha256.optional() });

/** Text fields of a form beside the file: checked as they come in. */
export const formFields = z.object({
  encrypted: yes.optional(),
  sha256: sha256.optional(),
  filename: filename.optional(),
});

export const uploadState = z.object({
  upload_id: uuid,
  offset: z.number().int().meta({ description: "Bytes that have come: continue here" }),
  size: z.number().int(),
  media: media.nullable().meta({ description: "The file, once the last byte has come" }),
}).meta({ id: "Upload" });
export type UploadState = z.infer<typeof uploadState>;

export const mediaQuery = z.object({
  size: z.enum(["thumb"]).optional().meta({ description: "The small picture, longest side 480; others: the picture" }),
  download: z.enum(["1", "true"]).optional().meta({ description: "As a download, whatever it is" }),
});
