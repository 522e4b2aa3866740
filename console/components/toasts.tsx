// Where toasts stand. Two live regions that are always in the page: reading programs only announce what changes inside
// a region that they already know.
import { t } from "../lib/i18n.ts";
import { navigate } from "../lib/router.ts";
import { closeToast, holdToast, resumeToast, type Toast, toasts } from "../lib/toasts.ts";
import { Button } from "./basic.tsx";
import { Icon } from "./icon.tsx";

const ICONS: Record<Toast["kind"], string> = { info: "info", success: "check", error: "alert", notification: "bell" };

export function Toasts() {
  const calm = toasts.value.filter((item) => item.kind !== "error");
  const urgent = toasts.value.filter((item) => item.kind === "error");
  return (
    <div class="toasts">
      <div role="status" aria-live="polite">{calm.map((item) => <ToastView key={item.id} item={item} />)}</div>
      <div role="alert" aria-live="assertive">{urgent.map((item) => <ToastView key={item.id} item={item} />)}</div>
    </div>
  );
}

function ToastView({ item }: { item: Toast }) {
  return (
    <div
      class={`toast toast-${item.kind}`}
      onPointerEnter={() => holdToast(item.id)}
      onPointerLeave={() => resumeToast(item.id, item.kind)}
      onFocusIn={() => holdToast(item.id)}
      onFocusOut={() => resumeToast(item.id, item.kind)}
    >
      <span class="toast-icon">
        <Icon name={item.icon ?? ICONS[item.kind]} />
      </span>
      <div class="toast-text">
        <strong>{item.title}</strong>
        {item.text ? <p>{item.text}</p> : null}
      </div>
      {item.href
        ? (
          <Button
            kind="quiet"
            small
            onClick={() => {
              closeToast(item.id);
              navigate(item.href!);
            }}
          >
            {item.action}
          </Button>
        )
        : null}
      <Button kind="quiet" small icon="close" label={t("action.close")} onClick={() => closeToast(item.id)} />
    </div>
  );
}
