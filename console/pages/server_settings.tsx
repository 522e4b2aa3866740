// Every setting of the server with its value and where that comes from. For reading: they are changed where they come from.
import { useState } from "preact/hooks";
import type { ServerSetting } from "../../protocol/server_settings.ts";
import { Badge, Card, Checkbox, Field, PageHead } from "../components/basic.tsx";
import { Empty, Failure, Skeleton } from "../components/states.tsx";
import { get } from "../lib/api.ts";
import { t } from "../lib/i18n.ts";
import { useResource } from "../lib/resource.ts";

export function ServerSettingsPage() {
  const { data, error, reload } = useResource(
    (signal) => get<{ items: ServerSetting[] }>("/admin/settings", {}, signal),
    [],
  );
  const [wanted, setWanted] = useState(""), [onlySet, setOnlySet] = useState(false);
  const word = wanted.trim().toLowerCase();
  const shown = (data?.items ?? []).filter((one) =>
    (!onlySet || one.origin !== "default") &&
    `${one.name} ${one.env} ${one.flag} ${one.help}`.toLowerCase().includes(word)
  );
  if (error?.status === 404) {
    return (
      <>
        <PageHead title={t("nav.server_settings")} />
        <Empty page icon="lock" title={t("settings.elsewhere")} text={t("settings.elsewhere.text")} />
      </>
    );
  }
  return (
    <>
      <PageHead title={t("nav.server_settings")} text={t("settings.text")} />
      <Card>
        <div class="settings-tools">
          <Field label={t("settings.filter")}>
            {(props) => (
              <input
                {...props}
                class="input"
                type="search"
                value={wanted}
                onInput={(event) => setWanted(event.currentTarget.value)}
              />
            )}
          </Field>
          <Checkbox checked={onlySet} onChange={setOnlySet}>{t("settings.only_set")}</Checkbox>
        </div>
        {error ? <Failure error={error} onRetry={reload} /> : null}
        {!data && !error ? <Skeleton rows={8} tall /> : null}
        {data && shown.length === 0 ? <p class="muted">{t("settings.none")}</p> : null}
        <ul class="settings-list">
          {shown.map((one) => <SettingRow key={one.name} setting={one} />)}
        </ul>
      </Card>
    </>
  );
}

function SettingRow({ setting }: { setting: ServerSetting }) {
  const { name, env, flag, help, value, origin, secret, is_set } = setting;
  return (
    <li>
      <div class="settings-name">
        <strong>{name}</strong>
        <Badge tone={origin === "default" ? "plain" : "change"}>{t(`settings.origin.${origin}`)}</Badge>
      </div>
      <p class="settings-value">
        {value !== null
          ? <code>{value === "" ? "–" : value}</code>
          : <span class="muted">{t(secret && is_set ? "settings.secret" : "settings.unset")}</span>}
      </p>
      <p class="muted small" lang="en">{help}</p>
      <p class="muted small">
        <code>{env}</code> · <code>{flag}</code>
      </p>
    </li>
  );
}
