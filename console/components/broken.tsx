// What stands in the place of a part of the console that could not be drawn.
import { t } from "../lib/i18n.ts";
import { Button } from "./basic.tsx";
import { Icon } from "./icon.tsx";

export function Broken({ onRetry, onClose }: { onRetry: () => void; onClose?: () => void }) {
  return (
    <div class="empty broken" role="alert">
      <span class="empty-icon">
        <Icon name="alert" size={32} />
      </span>
      <h2>{t("broken.title")}</h2>
      <p>{t("broken.text")}</p>
      <div class="empty-actions">
        <Button kind="primary" icon="refresh" onClick={onRetry}>{t("action.retry")}</Button>
        <Button onClick={() => location.reload()}>{t("broken.reload")}</Button>
        {onClose
          ? <Button onClick={onClose}>{t("action.close")}</Button>
          : <Button onClick={() => history.back()}>{t("broken.back")}</Button>}
      </div>
    </div>
  );
}
