// Sends test notifications the way other programs do, and shows the same call as a curl line.
import { serverUrl } from "../../lib/base.ts";
import { useEffect, useState } from "preact/hooks";
import { Button, Card, Checkbox, CopyButton, Field } from "../../components/basic.tsx";
import { useForm } from "../../components/form.ts";
import { Failure } from "../../components/states.tsx";
import { get, post } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { addChannel, subscribed } from "../../lib/live/subscriptions.ts";
import { curlNotify, type NotifyBody, notifyChannel, parseData, SAMPLES, TYPE_PATTERN } from "../../lib/notify.ts";
import { presets } from "../../lib/presets.ts";
import { language } from "../../lib/i18n.ts";
import { can, user } from "../../lib/session.ts";
import { toast } from "../../lib/toasts.ts";
import type { Page, User } from "../../lib/types.ts";

const DATA_EXAMPLE = JSON.stringify({ reserva_id: "r-2001" });

type Target = "broadcast" | "channel" | "users";

export function Sender() {
  const [type, setType] = useState("test");
  const [message, setMessage] = useState("");
  const [data, setData] = useState("");
  const [target, setTarget] = useState<Target>("broadcast");
  const [channel, setChannel] = useState("");
  const [people, setPeople] = useState<string[]>([]);
  const [persist, setPersist] = useState(true);
  const [samplesBusy, setSamplesBusy] = useState(false);
  const form = useForm(["type", "message", "data", "channel", "user_ids"]);
  const text = message || t("send.default_message");
  const parsed = parseData(data);
  const channelPath = notifyChannel(channel);

  const body: NotifyBody = {
    type: type.trim(),
    message: text,
    ...(parsed.ok && parsed.value !== undefined ? { data: parsed.value } : {}),
    ...(target === "channel" && channelPath ? { channel: channelPath } : {}),
    ...(target === "users" ? { user_ids: people } : {}),
    ...(persist ? {} : { persist: false }),
  };

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fine = form.check({
      type: !TYPE_PATTERN.test(body.type) && t("send.type.bad"),
      data: !parsed.ok && t("send.data.bad", { reason: parsed.reason }),
      channel: target === "channel" && !channelPath && t("send.channel.bad"),
      user_ids: target === "users" && !people.length && t("send.users.none"),
    });
    if (!fine) return;
    // Someone who sends to a channel from here wants to see it arrive here.
    const listen = target === "channel" && channelPath && !subscribed.value.includes(channelPath);
    await form.submit(async () => {
      if (listen) await addChannel(channelPath);
      await post("/notify", body);
    });
  };

  const samples = async () => {
    setSamplesBusy(true);
    const sent = await form.submit(() => post("/notify", { notifications: SAMPLES }));
    setSamplesBusy(false);
    if (sent) toast({ kind: "success", title: t("send.samples.sent", { n: SAMPLES.length }) });
  };

  return (
    <Card
      title={t("send.title")}
      actions={<CopyButton text={curlNotify(serverUrl(), body)} label={t("send.curl")} kind="quiet" small />}
    >
      <form class="form" onSubmit={submit} noValidate>
        <Field label={t("send.type")} error={form.fields.type}>
          {(props) => (
            <>
              <input
                {...props}
                class="input mono"
                list="preset-types"
                value={type}
                autoCapitalize="none"
                autoComplete="off"
                spellcheck={false}
                onInput={(event) => setType(event.currentTarget.value)}
              />
              <datalist id="preset-types">
                {presets.value.flatMap((preset) =>
                  preset.types.map((entry) => (
                    <option key={entry.type} value={entry.type}>{entry.label[language.value]}</option>
                  ))
                )}
                <option value="test" />
              </datalist>
            </>
          )}
        </Field>
        <Field label={t("send.message")} error={form.fields.message}>
          {(props) => (
            <input
              {...props}
              class="input"
              value={message}
              placeholder={t("send.default_message")}
              autoComplete="off"
              onInput={(event) => setMessage(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field
          label={t("send.data")}
          optional
          live
          error={!parsed.ok ? t("send.data.bad", { reason: parsed.reason }) : form.fields.data}
        >
          {(props) => (
            <textarea
              {...props}
              class="input mono"
              rows={3}
              value={data}
              placeholder={DATA_EXAMPLE}
              spellcheck={false}
              onInput={(event) => setData(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={t("send.to")}>
          {(props) => (
            <select
              {...props}
              class="input"
              value={target}
              onChange={(event) => setTarget(event.currentTarget.value as Target)}
            >
              <option value="broadcast">{t("send.to.broadcast")}</option>
              <option value="channel">{t("send.to.channel")}</option>
              {can("users.read") ? <option value="users">{t("send.to.users")}</option> : null}
            </select>
          )}
        </Field>
        {target === "channel"
          ? (
            <Field label={t("send.channel")} error={form.fields.channel}>
              {(props) => (
                <div class="input-prefix">
                  <span aria-hidden="true">notify:</span>
                  <input
                    {...props}
                    class="input"
                    value={channel}
                    placeholder={t("live.channel.placeholder")}
                    autoCapitalize="none"
                    spellcheck={false}
                    onInput={(event) => setChannel(event.currentTarget.value)}
                  />
                </div>
              )}
            </Field>
          )
          : null}
        {target === "users" ? <People selected={people} onChange={setPeople} error={form.fields.user_ids} /> : null}
        <Checkbox checked={persist} onChange={setPersist}>{t("send.persist")}</Checkbox>
        {form.error ? <Failure error={form.error} /> : null}
        <div class="form-actions">
          <Button kind="primary" type="submit" icon="send" busy={form.busy && !samplesBusy}>{t("send.action")}</Button>
          <Button icon="flask" busy={samplesBusy} onClick={samples}>{t("send.samples", { n: SAMPLES.length })}</Button>
        </div>
      </form>
    </Card>
  );
}

/** Picks people by name; shows the first fifty that match. */
function People(
  { selected, onChange, error }: { selected: string[]; onChange: (ids: string[]) => void; error?: string },
) {
  const [search, setSearch] = useState("");
  const [found, setFound] = useState<User[]>([]);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      get<Page<User>>("/users", { q: search, limit: 50 }, abort.signal).then(
        (page) => (setFound(page.items), setFailed(false)),
        () => abort.signal.aborted || setFailed(true),
      );
    }, search ? 200 : 0);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [search]);
  return (
    <fieldset class="people">
      <legend>{t("send.users", { n: selected.length })}</legend>
      <input
        class="input input-small"
        type="search"
        value={search}
        placeholder={t("users.search")}
        aria-label={t("users.search")}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <div class="people-list">
        {found.map((person) => (
          <Checkbox
            key={person.id}
            checked={selected.includes(person.id)}
            onChange={(on) => onChange(on ? [...selected, person.id] : selected.filter((id) => id !== person.id))}
          >
            {person.display_name || person.username}
            {person.id === user.value?.id ? <span class="muted">{` (${t("users.you")})`}</span> : null}
          </Checkbox>
        ))}
        {failed ? <p class="muted small">{t("error.network")}</p> : null}
      </div>
      {error ? <p class="field-hint field-error" role="alert">{error}</p> : null}
    </fieldset>
  );
}
