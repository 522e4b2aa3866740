// Files that go with the message being written: how far each one is, and what can be done about it.
import { Icon } from "../../components/icon.tsx";
import { fileSize } from "../../lib/format.ts";
import type { UploadList } from "./lib/uploads.ts";
import { locale, t } from "../../lib/i18n.ts";

export function ComposerFiles({ uploads }: { uploads: UploadList }) {
  const items = uploads.items.value;
  if (!items.length) return null;
  return (
    <ul class="uploads" aria-label={t("chat.files")}>
      {items.map((item) => {
        const percent = Math.round(item.progress * 100);
        return (
          <li key={item.key} class={`upload upload-${item.state}`}>
            {item.preview ? <img src={item.preview} alt="" /> : (
              <span class="file-kind">
                <Icon name="doc" />
              </span>
            )}
            <span class="upload-text">
              <strong title={item.name}>{item.name}</strong>
              <span class={item.state === "failed" ? "bad-text" : "muted"}>
                {item.state === "failed"
                  ? item.error
                  : item.state === "done"
                  ? fileSize(item.size, locale())
                  : item.state === "waiting"
                  ? t("chat.upload_waiting")
                  : `${percent} % · ${fileSize(item.size, locale())}`}
              </span>
              {item.state === "sending" || item.state === "waiting"
                ? <progress max={100} value={percent} aria-label={t("chat.upload_progress", { name: item.name })} />
                : null}
            </span>
            {item.state === "failed"
              ? (
                <button
                  type="button"
                  class="tool"
                  aria-label={t("action.retry")}
                  title={t("action.retry")}
                  onClick={() => uploads.retry(item.key)}
                >
                  <Icon name="refresh" size={16} />
                </button>
              )
              : null}
            <button
              type="button"
              class="tool"
              aria-label={t("chat.upload_remove", { name: item.name })}
              title={t("chat.upload_remove", { name: item.name })}
              onClick={() => uploads.remove(item.key)}
            >
              <Icon name="close" size={16} />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
