// Dialogs, menus, sheets and cards: whatever stands over the page falls back to a dialog which says that it could not be
// drawn, and closing that one closes it for good.
import type { ComponentChild, ComponentChildren, ComponentType } from "preact";
import { t } from "../lib/i18n.ts";
import { Button } from "./basic.tsx";
import { Boundary } from "./boundary.tsx";
import { Dialog } from "./dialog.tsx";

function BrokenDialog({ onRetry, onClose }: { onRetry: () => void; onClose: () => void }) {
  return (
    <Dialog
      title={t("broken.title")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("action.close")}</Button>
          <Button kind="primary" icon="refresh" onClick={onRetry}>{t("action.retry")}</Button>
        </>
      }
    >
      <p>{t("broken.text")}</p>
    </Dialog>
  );
}

/** In place of what should stand over the page and could not be loaded. */
export function FailedDialog({ failure, onClose }: { failure: ComponentChild; onClose: () => void }) {
  return (
    <Dialog title={t("broken.title")} onClose={onClose}>
      {failure}
    </Dialog>
  );
}

/**
 * What stands over the page, within a boundary of its own. Closing what stands in its place closes what was asked for;
 * asked for again, it is drawn again.
 * @param close for parts that take no `onClose`: takes back what they are drawn from
 */
export function guarded<Props extends object>(
  Part: ComponentType<Props>,
  ...[close]: Props extends { onClose: () => void } ? [] : [close: () => unknown]
): (props: Props) => ComponentChildren {
  return (props: Props) => {
    const { onClose = close } = props as { onClose?: () => unknown };
    return (
      <Boundary
        fallback={(retry) => (
          <BrokenDialog
            onRetry={retry}
            onClose={() => {
              onClose?.();
              retry();
            }}
          />
        )}
      >
        <Part {...props} />
      </Boundary>
    );
  };
}
