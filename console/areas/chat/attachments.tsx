// Files of a message: pictures in their own proportions (so that nothing jumps when they arrive), players, cards; and the
// previews of links.
import type { Attachment, LinkPreview } from "../../../protocol/chat/chat.ts";
import { Icon } from "../../components/icon.tsx";
import { lightbox } from "./lib/actions.ts";
import { fileSize } from "../../lib/format.ts";
import { locale, t } from "../../lib/i18n.ts";

const MAX_WIDTH = 420, MAX_HEIGHT = 320;

function shownSize({ width, height }: Attachment): { width: number; height: number } {
  if (!width || !height) return { width: 240, height: 180 };
  const scale = Math.min(1, MAX_WIDTH / width, MAX_HEIGHT / height);
  return { width: Math.max(48, Math.round(width * scale)), height: Math.max(32, Math.round(height * scale)) };
}

/** Only addresses of this server are loaded. */
const own = (url: string | null): string | undefined => url?.startsWith("/") && !url.startsWith("//") ? url : undefined;

export const isImage = (file: Attachment): boolean =>
  file.mime_type.startsWith("image/") && own(file.thumbnail_url ?? file.url) !== undefined;

export function Attachments({ files }: { files: readonly Attachment[] }) {
  if (!files.length) return null;
  const images = files.filter(isImage);
  return (
    <div class="files">
      {images.length
        ? (
          <div class={images.length > 1 ? "files-images files-many" : "files-images"}>
            {images.map((file, at) => {
              const size = shownSize(file);
              return (
                <button
                  type="button"
                  class="file-image"
                  key={file.id}
                  aria-label={t("chat.open_image", { name: file.filename })}
                  title={file.filename}
                  style={images.length > 1
                    ? undefined
                    : { width: `${size.width}px`, aspectRatio: `${size.width} / ${size.height}` }}
                  onClick={() => lightbox.value = { files: images, at }}
                >
                  <img
                    src={own(file.thumbnail_url) ?? own(file.url)}
                    alt={file.filename}
                    width={size.width}
                    height={size.height}
                    loading="lazy"
                    decoding="async"
                  />
                </button>
              );
            })}
          </div>
        )
        : null}
      {files.filter((file) => !isImage(file)).map((file) => <FileView key={file.id} file={file} />)}
    </div>
  );
}

function FileView({ file }: { file: Attachment }) {
  const url = own(file.url);
  if (file.mime_type.startsWith("video/")) {
    return (
      <figure class="file-media">
        <video src={url} controls preload="metadata" width={file.width ?? 420} height={file.height ?? 236} />
        <FileName file={file} />
      </figure>
    );
  }
  if (file.mime_type.startsWith("audio/")) {
    return (
      <figure class="file-media file-audio">
        <audio src={url} controls preload="metadata" />
        <FileName file={file} />
      </figure>
    );
  }
  return <FileCard file={file} />;
}

function FileName({ file }: { file: Attachment }) {
  return (
    <figcaption>
      <a href={own(file.url)} download={file.filename}>{file.filename}</a>
      <span class="muted">{fileSize(file.size, locale())}</span>
    </figcaption>
  );
}

function FileCard({ file }: { file: Attachment }) {
  const ending = /\.([a-z0-9]{1,5})$/i.exec(file.filename)?.[1]?.toUpperCase();
  return (
    <a class="file-card" href={own(file.url)} download={file.filename}>
      <span class="file-kind">{ending ?? <Icon name="doc" />}</span>
      <span class="file-text">
        <strong>{file.filename}</strong>
        <span class="muted">{fileSize(file.size, locale())}</span>
      </span>
      <Icon name="download" size={18} />
    </a>
  );
}

export function Previews({ previews }: { previews: readonly LinkPreview[] }) {
  return (
    <>
      {previews.map((preview) => {
        const href = /^https?:/i.test(preview.url) ? preview.url : undefined;
        return (
          <a class="preview" key={preview.url} href={href} target="_blank" rel="noopener noreferrer nofollow">
            <span class="preview-text">
              {preview.site ? <span class="preview-site">{preview.site}</span> : null}
              <strong>{preview.title}</strong>
              {preview.description ? <span class="preview-about">{preview.description}</span> : null}
            </span>
            {preview.image_id
              ? <img src={`/api/v1/media/${preview.image_id}`} alt="" width={96} height={72} loading="lazy" />
              : null}
          </a>
        );
      })}
    </>
  );
}
