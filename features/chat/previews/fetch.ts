// Looks at a page on behalf of a message. Whoever writes a message chooses the address, so all goes through the guard of
// kernel/outbound.ts, redirect by redirect: nothing on this machine, in private networks or at link-local addresses is
// called (private ones only with PULPO_WEBHOOK_PRIVATE=allow). 5 seconds for all redirects together, 512 KiB of HTML
// packed and unpacked, pictures up to 5 MiB. Pictures are copied: readers never load anything from outside.
import { getOutbound, type OutboundPage } from "../../../kernel/outbound.ts";
import type { LinkPreview } from "../../../protocol/chat/chat.ts";
import type { App } from "../../context.ts";
import { deleteMedia, storeBytes } from "../../media/mod.ts";
import { pageFacts } from "./html.ts";

const TIMEOUT_MS = 5_000;
const MAX_HTML = 512 * 1024;
const MAX_IMAGE = 5 * 1024 * 1024;
const MAX_REDIRECTS = 3;
const MIN_PIXELS = 32;
const USER_AGENT = "Mozilla/5.0 (compatible; Pulpo-Preview/1)";
const RASTER: Record<string, string> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/gif": "gif",
  "image/webp": "webp",
};

/** Null: nothing to show. Does not throw: what goes wrong out there is no error here. */
export async function fetchPreview(app: App, organizationId: string, link: string): Promise<LinkPreview | null> {
  try {
    const found = await follow(app, link, "text/html,application/xhtml+xml", MAX_HTML, isHtml);
    if (!found) return null;
    const html = decodeText(await unpack(found.page), found.page.headers["content-type"] ?? "");
    const facts = pageFacts(html, found.url);
    if (!facts) return null;
    const { image, ...shown } = facts;
    return { url: link, ...shown, image_id: image ? await copyImage(app, organizationId, image) : null };
  } catch (error) {
    app.log.debug("no preview", { host: URL.parse(link)?.hostname, error });
    return null;
  }
}

const mimeType = (headers: Record<string, string>) =>
  (headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
const isHtml = (headers: Record<string, string>) => /^(text\/html|application\/xhtml\+xml)$/.test(mimeType(headers));

async function follow(
  app: App,
  link: string,
  accept: string,
  maxResponseBytes: number,
  wanted: (headers: Record<string, string>) => boolean,
): Promise<{ page: OutboundPage; url: URL } | null> {
  const end = performance.now() + TIMEOUT_MS;
  let url = new URL(link);
  for (let n = 0; n <= MAX_REDIRECTS; n++) {
    const timeoutMs = Math.floor(end - performance.now());
    if (timeoutMs <= 0) return null;
    const page = await getOutbound({
      url: url.href,
      headers: { "user-agent": USER_AGENT, accept, "accept-encoding": "identity", "accept-language": "en,es;q=0.8" },
      timeoutMs,
      maxResponseBytes,
      allowPrivate: app.config.webhookPrivate === "allow",
      wants: (status, headers) => status === 200 && wanted(headers),
    });
    if (page.status === 200) return wanted(page.headers) ? { page, url } : null;
    const target = page.status >= 300 && page.status < 400 ? page.headers.location : undefined;
    const next = target ? URL.parse(target, url) : null;
    if (!next || next.username || next.password) return null;
    url = next;
  }
  return null;
}

/** The body without its packing, cut at the limit: what unpacks to more than that is not read on. */
async function unpack({ bytes, headers }: OutboundPage): Promise<Uint8Array<ArrayBuffer>> {
  const coding = (headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (coding === "identity" || coding === "") return bytes;
  if (!/^(x-)?gzip$|^deflate$/.test(coding)) throw new Error(`unknown content coding ${coding.slice(0, 40)}`);
  const reader = new Blob([bytes]).stream()
    .pipeThrough(new DecompressionStream(coding === "deflate" ? "deflate" : "gzip")).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    while (size < MAX_HTML) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      size += value.length;
    }
  } catch (error) {
    if (size === 0) throw error; // a page that was cut still has its head
  }
  await reader.cancel().catch(() => {});
  return new Uint8Array(await new Blob(parts).slice(0, MAX_HTML).arrayBuffer());
}

/** In the charset of the header, else of the page, else UTF-8. */
function decodeText(bytes: Uint8Array, type: string): string {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 2048));
  const label = /charset\s*=\s*["']?([\w-]{1,40})/i.exec(type)?.[1] ??
    /<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{1,40})/i.exec(start)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/**
 * The id of the copy; null when there is none to make.
 * @param minPixels what is smaller is a counter or a dot
 */
export async function copyImage(
  app: App,
  organizationId: string,
  link: string,
  minPixels = MIN_PIXELS,
): Promise<string | null> {
  try {
    const isRaster = (headers: Record<string, string>) =>
      mimeType(headers) in RASTER && !(Number(headers["content-length"]) > MAX_IMAGE) && !headers["content-encoding"];
    const found = await follow(app, link, Object.keys(RASTER).join(","), MAX_IMAGE, isRaster);
    if (!found || found.page.cut) return null;
    const type = mimeType(found.page.headers);
    const about = { filename: `preview.${RASTER[type]}`, mimeType: type };
    const row = await storeBytes(app, organizationId, null, about, found.page.bytes);
    if (row.mime_type in RASTER && Math.min(row.width ?? 0, row.height ?? 0) >= minPixels) return row.id;
    await deleteMedia(app, organizationId, [row.id]);
    return null;
  } catch (error) {
    app.log.debug("no picture for a preview", { host: URL.parse(link)?.hostname, error });
    return null;
  }
}
