// Recovery codes, shown once: to copy, to keep as a file, to write down.
import { serverUrl } from "../lib/base.ts";
import { t } from "../lib/i18n.ts";
import { user } from "../lib/session.ts";
import { Button, CopyButton } from "./basic.tsx";
import { Notice } from "./states.tsx";

export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  const text = codes.join("\n");
  const save = () => {
    const lines = [t("recovery.file", { name: user.value?.username ?? "" }), serverUrl(), "", text, ""];
    const address = URL.createObjectURL(new Blob([lines.join("\n")], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = "pulpo-recovery-codes.txt";
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  };
  return (
    <>
      <Notice tone="warn">{t("recovery.once")}</Notice>
      <ul class="recovery-codes" aria-label={t("recovery.title")}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div class="form-actions">
        <CopyButton text={text} label={t("recovery.copy")} />
        <Button icon="download" onClick={save}>{t("recovery.save")}</Button>
      </div>
    </>
  );
}
