// About a channel: what it is for, what one hears of it, its files, its rules, and leaving or archiving it.
import { useState } from "preact/hooks";
import type { Channel, ChannelPolicy, ChannelRight, ChannelRole, NotifyLevel } from "../../../protocol/chat/chat.ts";
import { Button, Checkbox, Field } from "../../components/basic.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { Icon } from "../../components/icon.tsx";
import { Failure } from "../../components/states.tsx";
import { attempt, changeSettings, FOR_EVER, leaveChannel } from "./lib/actions.ts";
import { isMuted, putChannel } from "./lib/channels.ts";
import { CHANNEL_ROLES, NOTIFY_LEVELS, POLICY } from "./lib/levels.ts";
import { channelName, longTime, partner } from "./lib/text.ts";
import { openPanel } from "./lib/view.ts";
import { put } from "../../lib/api.ts";
import { focusAtOnce } from "../../lib/focus.ts";
import { t } from "../../lib/i18n.ts";
import { user } from "../../lib/session.ts";
import { toast } from "../../lib/toasts.ts";
import type { MessageKey } from "../../messages.ts";
import { ChatAvatar, Presence } from "./avatar.tsx";
import { leavingChannel } from "./channel_menu.ts";
import { Panel } from "./panel.tsx";

export function InfoPanel({ channel }: { channel: Channel }) {
  const me = user.value?.id ?? "";
  const other = partner(channel, me);
  const [editing, setEditing] = useState(false);
  const [archiving, setArchiving] = useState(false);
  const manage = channel.rights.includes("manage");
  const direct = channel.type === "direct";
  return (
    <Panel title={t("chat.details")} sub={channelName(channel, me)}>
      <div class="panel-body">
        {other
          ? (
            <div class="info-person">
              <ChatAvatar user={other} size={48} />
              <div>
                <strong>{other.display_name}</strong>
                <span class="muted">@{other.username}</span>
                <span class="person-card-presence">
                  <Presence id={other.id!} words />
                </span>
              </div>
            </div>
          )
          : null}
        {direct
          ? null
          : editing
          ? <EditChannel channel={channel} onClose={() => setEditing(false)} />
          : (
            <section class="info-part">
              <dl class="info-facts">
                <div>
                  <dt>{t("chat.topic")}</dt>
                  <dd>{channel.topic || <span class="muted">{t("chat.no_topic")}</span>}</dd>
                </div>
                <div>
                  <dt>{t("chat.description")}</dt>
                  <dd>{channel.description || <span class="muted">{t("chat.none")}</span>}</dd>
                </div>
                <div>
                  <dt>{t("chat.kind")}</dt>
                  <dd>
                    {t(`chat.kind.${channel.type}` as MessageKey)}
                    {channel.is_default ? ` · ${t("chat.is_default")}` : ""}
                  </dd>
                </div>
                <div>
                  <dt>{t("chat.created")}</dt>
                  <dd>{longTime(Date.parse(channel.created_at))}</dd>
                </div>
              </dl>
              {manage && !channel.is_archived
                ? <Button small icon="edit" onClick={() => setEditing(true)}>{t("chat.edit_channel")}</Button>
                : null}
            </section>
          )}
        <nav class="info-links" aria-label={t("chat.details")}>
          <InfoLink icon="users" label={t("chat.people_n", { n: channel.member_count })} panel="people" />
          <InfoLink icon="bookmark" label={t("chat.pins")} panel="pins" />
          <InfoLink icon="doc" label={t("chat.files")} panel="files" />
        </nav>
        <section class="info-part">
          <h3>{t("chat.notifications")}</h3>
          <Checkbox
            kind="switch"
            checked={isMuted(channel)}
            onChange={(on) => changeSettings(channel, { muted_until: on ? FOR_EVER : null })}
          >
            {t("chat.mute")}
          </Checkbox>
          <Field label={t("chat.notify_level")} hint={t(`chat.notify.${channel.notify}.text` as MessageKey)}>
            {(props) => (
              <select
                {...props}
                class="input"
                value={channel.notify}
                onChange={(event) => changeSettings(channel, { notify: event.currentTarget.value as NotifyLevel })}
              >
                {NOTIFY_LEVELS.map((level) => (
                  <option key={level} value={level}>{t(`chat.notify.${level}` as MessageKey)}</option>
                ))}
              </select>
            )}
          </Field>
          <Checkbox
            kind="switch"
            checked={channel.favorite}
            onChange={(favorite) => changeSettings(channel, { favorite })}
          >
            {t("chat.favorite")}
          </Checkbox>
        </section>
        {manage && !direct && !channel.is_archived ? <PolicyEditor channel={channel} /> : null}
        {direct ? null : (
          <section class="info-part info-end">
            <Button
              icon="log-out"
              onClick={() => channel.type === "private" ? leavingChannel.value = channel : leaveChannel(channel)}
            >
              {t("chat.leave")}
            </Button>
            {manage
              ? channel.is_archived
                ? (
                  <Button
                    icon="archive"
                    onClick={() =>
                      attempt(async () =>
                        putChannel(await put<Channel>(`/channels/${channel.id}`, { is_archived: false }))
                      )}
                  >
                    {t("chat.unarchive")}
                  </Button>
                )
                : <Button kind="danger" icon="archive" onClick={() => setArchiving(true)}>{t("chat.archive")}</Button>
              : null}
          </section>
        )}
      </div>
      {archiving
        ? (
          <Confirm
            title={t("chat.archive.title", { name: channel.name ?? "" })}
            text={t("chat.archive.text")}
            action={t("chat.archive")}
            onClose={() => setArchiving(false)}
            onConfirm={async () => putChannel(await put<Channel>(`/channels/${channel.id}`, { is_archived: true }))}
          />
        )
        : null}
    </Panel>
  );
}

function InfoLink({ icon, label, panel }: { icon: string; label: string; panel: "people" | "pins" | "files" }) {
  return (
    <button type="button" onClick={() => openPanel(panel)}>
      <Icon name={icon} size={18} />
      <span>{label}</span>
      <Icon name="chevron-right" size={16} />
    </button>
  );
}

function EditChannel({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const [values, setValues] = useState({
    name: channel.name ?? "",
    topic: channel.topic,
    description: channel.description,
  });
  const form = useForm(["name", "topic", "description"]);
  return (
    <form
      class="form info-part"
      onSubmit={async (event) => {
        event.preventDefault();
        const done = await form.submit(async () => putChannel(await put<Channel>(`/channels/${channel.id}`, values)));
        if (done) onClose();
      }}
    >
      {form.error ? <Failure error={form.error} /> : null}
      <Field label={t("chat.name")} error={form.fields.name}>
        {(props) => (
          <input
            {...props}
            class="input"
            maxLength={80}
            ref={focusAtOnce}
            value={values.name}
            onInput={(event) => setValues({ ...values, name: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label={t("chat.topic")} error={form.fields.topic}>
        {(props) => (
          <input
            {...props}
            class="input"
            maxLength={250}
            value={values.topic}
            onInput={(event) => setValues({ ...values, topic: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label={t("chat.description")} error={form.fields.description}>
        {(props) => (
          <textarea
            {...props}
            class="input"
            rows={3}
            maxLength={1000}
            value={values.description}
            onInput={(event) => setValues({ ...values, description: event.currentTarget.value })}
          />
        )}
      </Field>
      <div class="form-actions">
        <Button small kind="primary" type="submit" busy={form.busy}>{t("action.save")}</Button>
        <Button small onClick={onClose}>{t("action.cancel")}</Button>
      </div>
    </form>
  );
}

/** Which role may do what. Only what differs from the usual is stored. */
function PolicyEditor({ channel }: { channel: Channel }) {
  const [busy, setBusy] = useState<ChannelRight | null>(null);
  const set = async (right: Exclude<ChannelRight, "read">, role: ChannelRole) => {
    setBusy(right);
    const policy: ChannelPolicy = { ...channel.policy, [right]: role };
    const done = await attempt(async () => putChannel(await put<Channel>(`/channels/${channel.id}`, { policy })));
    if (done) toast({ kind: "success", title: t("state.saved") });
    setBusy(null);
  };
  return (
    <details class="info-part info-policy">
      <summary>
        <h3>{t("chat.policy")}</h3>
        <Icon name="chevron-down" size={16} />
      </summary>
      <p class="muted small">{t("chat.policy.text")}</p>
      {POLICY.map(([right, usual]) => (
        <label key={right} class="policy-row">
          <span>{t(`chat.right.${right}` as MessageKey)}</span>
          <select
            class="input"
            disabled={busy !== null}
            value={channel.policy[right] ?? usual}
            onChange={(event) => set(right, event.currentTarget.value as ChannelRole)}
          >
            {CHANNEL_ROLES.map((role) => <option key={role} value={role}>{t(`chat.from.${role}` as MessageKey)}
            </option>)}
          </select>
        </label>
      ))}
    </details>
  );
}
