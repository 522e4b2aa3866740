// How the person hears of chat: level, keywords, mails, and Web Push with the list of devices. A part of the inbox's
// preferences; saves each part when it is changed, because there is nothing to weigh up.
import { useEffect, useState } from "preact/hooks";
import type { ChatPreferences, PushSubscriptionItem } from "../../../protocol/notifications/push.ts";
import { Badge, Button, Card, Checkbox, Field, Time } from "../../components/basic.tsx";
import { Failure, Notice, Skeleton, toastError } from "../../components/states.tsx";
import { ApiError, get, post, put, remove } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { devices, disablePush, enablePush, type PushState, pushState } from "../../lib/push.ts";
import { soundsAre } from "./lib/sound.ts";
import { useResource } from "../../lib/resource.ts";
import { toast } from "../../lib/toasts.ts";

const LEVELS = ["all", "mentions", "none"] as const;
const DIGESTS = ["off", "15m", "hourly", "daily"] as const;
const WHEN = ["away", "always", "off"] as const;

export function ChatNotifications() {
  const loaded = useResource((signal) => get<ChatPreferences>("/chat/preferences", {}, signal), []);
  if (!loaded.data) {
    return loaded.error ? <Failure error={loaded.error} onRetry={loaded.reload} /> : <Skeleton rows={5} tall />;
  }
  return <Choices initial={loaded.data} />;
}

function Choices({ initial }: { initial: ChatPreferences }) {
  const [values, setValues] = useState(initial);
  const [words, setWords] = useState(initial.keywords.join(", "));
  const [badWords, setBadWords] = useState(false);
  const change = async (part: Partial<ChatPreferences>) => {
    const before = values;
    setValues({ ...values, ...part });
    try {
      const answer = await put<ChatPreferences>("/chat/preferences", part);
      setValues(answer);
      soundsAre(answer.sounds);
      toast({ kind: "success", title: t("state.saved") });
    } catch (error) {
      setValues(before);
      toastError(error);
    }
  };
  const saveWords = async () => {
    const keywords = words.split(",").map((word) => word.trim()).filter(Boolean);
    const bad = keywords.length > 20 || keywords.some((word) => word.length < 2 || word.length > 40);
    setBadWords(bad);
    if (bad || keywords.join() === values.keywords.join()) return;
    await change({ keywords });
  };
  return (
    <div class="prefs push-prefs">
      <Card title={t("push.title")}>
        <div class="push-pair">
          <Field label={t("push.level")} hint={t("push.level.hint")}>
            {(props) => (
              <select
                {...props}
                class="input"
                value={values.level}
                onChange={(event) => change({ level: event.currentTarget.value as ChatPreferences["level"] })}
              >
                {LEVELS.map((level) => <option key={level} value={level}>{t(`push.level.${level}`)}</option>)}
              </select>
            )}
          </Field>
          <Field label={t("push.digest")} hint={t("push.digest.hint")}>
            {(props) => (
              <select
                {...props}
                class="input"
                value={values.digest}
                onChange={(event) => change({ digest: event.currentTarget.value as ChatPreferences["digest"] })}
              >
                {DIGESTS.map((digest) => <option key={digest} value={digest}>{t(`push.digest.${digest}`)}</option>)}
              </select>
            )}
          </Field>
        </div>
        <div class="push-switches">
          {(["group_mentions", "threads", "sounds"] as const).map((name) => (
            <Checkbox
              key={name}
              kind="switch"
              checked={values[name]}
              onChange={(on) => change({ [name]: on })}
            >
              {t(`push.${name}`)}
            </Checkbox>
          ))}
        </div>
        <Field
          label={t("push.keywords")}
          hint={t("push.keywords.hint")}
          error={badWords ? t("push.keywords.bad") : null}
          live
        >
          {(props) => (
            <input
              {...props}
              class="input"
              value={words}
              autoCapitalize="none"
              onInput={(event) => {
                setWords(event.currentTarget.value);
                setBadWords(false);
              }}
              onChange={saveWords}
              onKeyDown={(event) => {
                if (event.key !== "Enter") return;
                event.preventDefault();
                saveWords();
              }}
            />
          )}
        </Field>
      </Card>
      <Devices when={values.push} onWhen={(push) => change({ push })} />
    </div>
  );
}

function Devices({ when, onWhen }: { when: ChatPreferences["push"]; onWhen: (when: ChatPreferences["push"]) => void }) {
  const list = useResource((signal) => devices(signal), []);
  const [state, setState] = useState<PushState>("off");
  const [busy, setBusy] = useState(false);
  useEffect(() => void pushState().then(setState), []);
  const toggle = async (on: boolean) => {
    setBusy(true);
    try {
      if (on) setState(await enablePush());
      else {
        await disablePush();
        setState("off");
      }
      list.reload();
    } catch (error) {
      if (error instanceof ApiError) toastError(error);
      else toast({ kind: "error", title: t("push.failed"), text: t("push.failed.next") });
      setState(await pushState());
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card title={t("push.devices")}>
      <p class="muted small">{t("push.devices.text")}</p>
      <div class="field-row">
        <Field label={t("push.when")}>
          {(props) => (
            <select
              {...props}
              class="input"
              value={when}
              onChange={(event) => onWhen(event.currentTarget.value as ChatPreferences["push"])}
            >
              {WHEN.map((choice) => <option key={choice} value={choice}>{t(`push.when.${choice}`)}</option>)}
            </select>
          )}
        </Field>
      </div>
      <Checkbox
        kind="switch"
        checked={state === "on"}
        disabled={busy || state === "unsupported" || state === "blocked"}
        onChange={toggle}
      >
        {t("push.here")}
      </Checkbox>
      {state === "unsupported" ? <Notice tone="warn">{t("push.unsupported")}</Notice> : null}
      {state === "blocked" ? <Notice tone="warn">{t("push.blocked")}</Notice> : null}
      <h3 class="push-list-title">{t("push.list")}</h3>
      {!list.data
        ? list.error ? <Failure error={list.error} onRetry={list.reload} /> : <Skeleton rows={2} />
        : list.data.length === 0
        ? <p class="muted">{t("push.list.empty")}</p>
        : (
          <ul class="push-list">
            {list.data.map((device) => (
              <Device
                key={device.id}
                device={device}
                onGone={async () => {
                  if (device.current) await disablePush();
                  setState(await pushState());
                  list.reload();
                }}
              />
            ))}
          </ul>
        )}
    </Card>
  );
}

function Device({ device, onGone }: { device: PushSubscriptionItem; onGone: () => Promise<void> }) {
  const [busy, setBusy] = useState("");
  const run = async (name: string, work: () => Promise<unknown>) => {
    setBusy(name);
    try {
      await work();
    } catch (error) {
      toastError(error);
    } finally {
      setBusy("");
    }
  };
  return (
    <li class="push-device">
      <span class="push-device-name">
        <strong>{device.device_name}</strong> {device.current ? <Badge tone="good">{t("push.list.this")}</Badge> : null}
        <span class="muted small">
          {device.service}
          {device.last_success_at
            ? (
              <>
                {" · "}
                {t("push.list.last")} <Time value={device.last_success_at} />
              </>
            )
            : null}
        </span>
      </span>
      <Button
        small
        busy={busy === "test"}
        onClick={() =>
          run("test", async () => {
            await post(`/push/subscriptions/${device.id}/test`, {});
            toast({ kind: "success", title: t("push.test.sent") });
          })}
      >
        {t("push.test")}
      </Button>
      <Button
        small
        kind="quiet"
        icon="close"
        label={t("push.remove", { device: device.device_name })}
        busy={busy === "remove"}
        onClick={() =>
          run("remove", async () => {
            await remove(`/push/subscriptions/${device.id}`);
            await onGone();
          })}
      />
    </li>
  );
}
