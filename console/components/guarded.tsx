// Dialogs and overlays that fall back to a dialog which says that they could not be drawn.
import type { ComponentChildren, ComponentType } from "preact";
import { t } from "../lib/i18n.ts";
import { Button } from "./basic.tsx";
import { Boundary } from "./boundary.tsx";
import { Dialog } from "./dialog.tsx";

export function BrokenDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog
      title={t("broken.title")}
      onClose={onClose}
      footer={<Button kind="primary" onClick={onClose}>{t("action.close")}</Button>}
    >
      <p>{t("broken.text")}</p>
    </Dialog>
  );
}

/**
 * A dialog or overlay within a boundary of its own. Closing what stands in its place closes what was asked for.
 * @param close for parts that take no `onClose`
 */
export function guarded<Props extends object>(
  Part: ComponentType<Props>,
  close?: () => void,
): (props: Props) => ComponentChildren {
  return (props: Props) => {
    const { onClose = close } = props as { onClose?: () => void };
    return (
      <Boundary fallback={(retry) => <BrokenDialog onClose={onClose ?? retry} />}>
        <Part {...props} />
      </Boundary>
    );
  };
}
