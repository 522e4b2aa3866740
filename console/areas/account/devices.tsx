// Where the person is signed in: each device with how and from where, and the ways to end them.
import { useState } from "preact/hooks";
import { Badge, Button, Card, Time } from "../../components/basic.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { guarded } from "../../components/guarded.tsx";
import { Icon } from "../../components/icon.tsx";
import { Failure, Skeleton } from "../../components/states.tsx";
import { get, remove } from "../../lib/api.ts";
import { deviceText } from "../../lib/device_text.ts";
import { t, tryT } from "../../lib/i18n.ts";
import { useResource } from "../../lib/resource.ts";
import { signOut } from "../../lib/session.ts";
import type { Page, Session } from "../../lib/types.ts";

type Ending = Session | "others" | "all" | null;

export function Devices() {
  const sessions = useResource((signal) => get<Page<Session>>("/auth/sessions", {}, signal), []);
  const [ending, setEnding] = useState<Ending>(null);
  const items = sessions.data?.items ?? [];
  return (
    <Card title={t("profile.devices")} class="devices-card">
      <p class="muted">{t("devices.text")}</p>
      {!sessions.data
        ? sessions.error ? <Failure error={sessions.error} onRetry={sessions.reload} /> : <Skeleton rows={3} />
        : (
          <ul class="devices">
            {items.map((device) => <Device key={device.id} device={device} onEnd={() => setEnding(device)} />)}
          </ul>
        )}
      <div class="form-actions form-actions-start">
        <Button icon="log-out" disabled={items.length < 2} onClick={() => setEnding("others")}>
          {t("devices.others")}
        </Button>
        <Button kind="quiet" onClick={() => setEnding("all")}>{t("profile.devices.all")}</Button>
      </div>
      <Ask ending={ending} onClose={() => setEnding(null)} onDone={sessions.reload} />
    </Card>
  );
}

function Device({ device, onEnd }: { device: Session; onEnd: () => void }) {
  const mobile = /Mobile|iPhone|Android/.test(device.user_agent ?? "");
  return (
    <li>
      <span class="type-icon tone-plain">
        <Icon name={mobile ? "phone" : "monitor"} />
      </span>
      <span class="feed-text">
        <strong>{deviceText(device.user_agent)}</strong>
        <span class="feed-meta">
          {device.ip ? <span>{device.ip}</span> : null}
          <span>
            {t("devices.since")} <Time value={device.created_at} />{" "}
            {device.method ? tryT(`devices.method.${device.method}`) : null}
          </span>
          <span>
            {t("profile.devices.seen")} <Time value={device.last_seen_at} />
          </span>
        </span>
      </span>
      {device.current
        ? <Badge tone="good">{t("profile.devices.this")}</Badge>
        : <Button small onClick={onEnd}>{t("action.sign_out")}</Button>}
    </li>
  );
}

const Ask = guarded(
  function Ask({ ending, onClose, onDone }: { ending: Ending; onClose: () => void; onDone: () => void }) {
    if (ending === null) return null;
    if (ending === "all") {
      return (
        <Confirm
          title={t("profile.devices.all")}
          text={t("profile.devices.all.text")}
          action={t("profile.devices.all")}
          onClose={onClose}
          onConfirm={() => signOut({ everywhere: true })}
        />
      );
    }
    const others = ending === "others";
    return (
      <Confirm
        title={others ? t("devices.others") : t("profile.devices.end")}
        text={others
          ? t("devices.others.text")
          : t("profile.devices.end.text", { device: deviceText(ending.user_agent) })}
        action={others ? t("devices.others") : t("action.sign_out")}
        onClose={onClose}
        onConfirm={async () => {
          await remove(others ? "/auth/sessions" : `/auth/sessions/${ending.id}`);
          onDone();
        }}
      />
    );
  },
);
