// A secret that is shown once. Closing needs a click on the button that says so: neither Esc nor a click beside it.
import type { ComponentChildren } from "preact";
import { t } from "../lib/i18n.ts";
import { Button, Code } from "./basic.tsx";
import { Dialog } from "./dialog.tsx";
import { guarded } from "./guarded.tsx";
import { OnlyHere } from "./only_here.tsx";
import { Notice } from "./states.tsx";

export const SecretDialog = guarded(function SecretDialog(
  { title, text, secrets, children, onClose }: {
    title: string;
    text: string;
    secrets: { label: string; value: string }[];
    children?: ComponentChildren;
    onClose: () => void;
  },
) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      wide
      locked
      footer={<Button kind="primary" onClick={onClose}>{t("secret.stored")}</Button>}
    >
      <Notice tone="warn">{text}</Notice>
      {secrets.map(({ label, value }) => (
        <div class="secret" key={label}>
          <h3>{label}</h3>
          <Code text={value} />
          <OnlyHere address={value} />
        </div>
      ))}
      {children}
    </Dialog>
  );
});
