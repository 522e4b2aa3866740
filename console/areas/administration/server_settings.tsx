// Every setting of the server with its value and where that comes from. For reading: they are changed where they come from.
import { useState } from "preact/hooks";
import type { ServerSetting } from "../../../protocol/operation/server_settings.ts";
import { Badge, Card, Checkbox, Field, PageHead } from "../../components/basic.tsx";
import { Empty, Failure, Skeleton } from "../../components/states.tsx";
import { get } from "../../lib/api.ts";
import { binarySize, duration, humanType } from "../../lib/format.ts";
import { language, locale, t, tryT } from "../../lib/i18n.ts";
import { useResource } from "../../lib/resource.ts";

export function ServerSettingsPage() {
  const { data, error, reload } = useResource(
    (signal) => get<{ items: ServerSetting[] }>("/admin/settings", {}, signal),
    [],
  );
  const [wanted, setWanted] = useState(""), [onlySet, setOnlySet] = useState(false);
  const word = wanted.trim().toLowerCase();
  const shown = (data?.items ?? []).filter((one) =>
    (!onlySet || one.origin !== "default") &&
    [labelOf(one), textOf(one), one.name, one.env, one.flag].join(" ").toLowerCase().includes(word)
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

/** A newer server's settings have no words here: theirs are shown. */
const labelOf = ({ name }: ServerSetting): string => tryT(`setting.${name}`) ?? humanType(name);
const textOf = ({ name, help }: ServerSetting): string => tryT(`setting.${name}.text`) ?? help;

/** A value as people say it: sizes and times in their units. */
function valueText({ name, value }: ServerSetting): string {
  if (value === null) return "";
  if (value === "") return t("settings.empty");
  if (value === "true" || value === "false") return t(value === "true" ? "settings.yes" : "settings.no");
  const number = Number(value), lang = language.value;
  if (name.endsWith("_bytes")) return binarySize(number, locale());
  if (name.endsWith("_hours")) return duration(number * 3600, lang);
  if (name.endsWith("_days")) return duration(number * 86_400, lang);
  return Number.isInteger(number) && !name.endsWith("port") ? new Intl.NumberFormat(lang).format(number) : value;
}

function SettingRow({ setting }: { setting: ServerSetting }) {
  const { env, flag, value, origin, secret, is_set } = setting;
  const text = valueText(setting);
  return (
    <li>
      <div class="settings-name">
        <strong>{labelOf(setting)}</strong>
        <Badge tone={origin === "default" ? "plain" : "change"}>{t(`settings.origin.${origin}`)}</Badge>
      </div>
      <p class="settings-value">
        {value !== null
          ? <span title={value !== text ? value : undefined}>{text}</span>
          : <span class="muted">{t(secret && is_set ? "settings.secret" : "settings.unset")}</span>}
      </p>
      <p class="muted small">{textOf(setting)}</p>
      <p class="muted small settings-keys">
        <code>{env}</code> <code>{flag}</code>
      </p>
    </li>
  );
}
