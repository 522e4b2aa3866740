// What stands where messages will be.
import { t } from "../../lib/i18n.ts";

export function MessageSkeleton() {
  return (
    <div class="msg-skeletons skeleton-box" role="status" aria-label={t("state.loading")}>
      {[70, 45, 85, 30, 60, 50].map((width, i) => (
        <div class="msg-skeleton" key={i}>
          <span />
          <div>
            <i style={{ width: "120px" }} />
            <i style={{ width: `${width}%` }} />
          </div>
        </div>
      ))}
    </div>
  );
}
