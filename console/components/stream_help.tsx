// Why the console lives on an event stream, and what whoever runs the proxy has to set.
import { signal } from "@preact/signals";
import { t } from "../lib/i18n.ts";
import { outer } from "../lib/base.ts";
import { Button, Code } from "./basic.tsx";
import { Dialog } from "./dialog.tsx";
import { guarded } from "./guarded.tsx";

export const streamHelpOpen = signal(false);
const close = () => streamHelpOpen.value = false;

/** The part of deploy/nginx.conf that passes sockets on. */
const nginx = () =>
  `location ${outer("/ws")} {
    proxy_pass http://pulpo;
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "upgrade";
    proxy_read_timeout 75s;
}`;

export const StreamHelp = guarded(function StreamHelp() {
  return (
    <Dialog
      title={t("stream.title")}
      onClose={close}
      wide
      footer={<Button kind="primary" onClick={close}>{t("action.close")}</Button>}
    >
      <p>{t("stream.what")}</p>
      <p>{t("stream.again")}</p>
      <h3>{t("stream.for_admins")}</h3>
      <p>{t("stream.hint")}</p>
      <p class="muted">nginx</p>
      <Code text={nginx()} />
      <p class="muted">{t("stream.caddy")}</p>
    </Dialog>
  );
}, close);
