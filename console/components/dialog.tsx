// Dialogs on the browser's own <dialog>: focus stays inside, Esc closes, focus returns to where it was.
import type { ComponentChildren, RefObject } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../lib/i18n.ts";
import { Button } from "./basic.tsx";
import { Boundary } from "./boundary.tsx";
import { Failure } from "./states.tsx";

/** For a <dialog> that is modal as long as it is drawn; the focus goes back to where it was. */
export function useModal(): RefObject<HTMLDialogElement | null> {
  const ref = useRef<HTMLDialogElement>(null);
  // Not `useEffect`: that gives the focus back some time after the dialog is gone, when a key may already have gone astray.
  useLayoutEffect(() => {
    const dialog = ref.current!;
    const before = document.activeElement as HTMLElement | null;
    if (!dialog.open) dialog.showModal();
    return () => {
      dialog.close();
      before?.focus?.();
    };
  }, []);
  return ref;
}

export function Dialog(
  { title, onClose, children, wide, footer, locked }: {
    title: string;
    onClose: () => void;
    children: ComponentChildren;
    wide?: boolean;
    footer?: ComponentChildren;
    /** Closes by its own buttons only (a secret that is shown once): no cross, no Esc, no click beside it. */
    locked?: boolean;
  },
) {
  const ref = useModal();
  const id = useId();
  // A press that began on a text in the dialog and ends beside it is no wish to close; nor is one beside a form that was filled.
  const pressedBeside = useRef(false);
  const changed = useRef(false);
  return (
    <dialog
      ref={ref}
      onPointerDown={(event) => pressedBeside.current = event.target === ref.current}
      onPointerUp={(event) => pressedBeside.current &&= event.target === ref.current}
      onInput={(event) => changed.current ||= (event.target as Element).closest("form") !== null}
      class={wide ? "dialog dialog-wide" : "dialog"}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (!locked) onClose();
      }}
      onClick={(event) => {
        const beside = event.target === ref.current && pressedBeside.current;
        if (beside && !changed.current && !locked) onClose();
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={id}>{title}</h2>
          {locked ? null : <Button kind="quiet" icon="close" label={t("action.close")} onClick={onClose} />}
        </header>
        <div class="dialog-content">
          <Boundary onClose={onClose}>{children}</Boundary>
        </div>
        {footer ? <footer class="dialog-foot">{footer}</footer> : null}
      </div>
    </dialog>
  );
}

/** Asks before something that cannot be undone. */
export function Confirm(
  { title, text, action, onConfirm, onClose }: {
    title: string;
    text: ComponentChildren;
    action: string;
    onConfirm: () => Promise<unknown>;
    onClose: () => void;
  },
) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const confirm = async () => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="danger" busy={busy} onClick={confirm}>{action}</Button>
        </>
      }
    >
      <p>{text}</p>
      {error ? <Failure error={error} /> : null}
    </Dialog>
  );
}
