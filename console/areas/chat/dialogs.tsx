// Making a channel, finding public ones, beginning a direct conversation, and leaving a private channel.
import { useEffect, useState } from "preact/hooks";
import type { Channel } from "../../../protocol/chat/chat.ts";
import { MAX_OTHERS } from "./lib/levels.ts";
import { guarded } from "../../components/guarded.tsx";
import { Button, Checkbox, Field } from "../../components/basic.tsx";
import { Confirm, Dialog } from "../../components/dialog.tsx";
import { useForm } from "../../components/form.ts";
import { Icon } from "../../components/icon.tsx";
import { SearchField } from "../../components/search_field.tsx";
import { Empty, Failure, Skeleton } from "../../components/states.tsx";
import { joinChannel, leaveChannel } from "./lib/actions.ts";
import { putChannel } from "./lib/channels.ts";
import { dialog, openChannel } from "./lib/view.ts";
import { post } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { usePages } from "../../lib/resource.ts";
import { can } from "../../lib/session.ts";
import { leavingChannel } from "./channel_menu.ts";
import { PeoplePicker } from "./people_picker.tsx";
import { ScheduledDialog } from "./schedule.tsx";

const close = () => dialog.value = null;

export const ChatDialogs = guarded(function ChatDialogs() {
  const leaving = leavingChannel.value;
  if (leaving) {
    return (
      <Confirm
        title={t("chat.leave.title", { name: leaving.name ?? "" })}
        text={t("chat.leave.text")}
        action={t("chat.leave")}
        onClose={() => leavingChannel.value = null}
        onConfirm={() => leaveChannel(leaving)}
      />
    );
  }
  switch (dialog.value) {
    case "create":
      return <CreateDialog />;
    case "browse":
      return <BrowseDialog />;
    case "direct":
      return <DirectDialog />;
    case "scheduled":
      return <ScheduledDialog />;
    default:
      return null;
  }
}, () => {
  leavingChannel.value = null;
  close();
});

const CreateDialog = guarded(function CreateDialog() {
  const [values, setValues] = useState({
    name: "",
    description: "",
    type: "public" as "public" | "private",
    history: "all" as "all" | "joined",
  });
  const [made, setMade] = useState<Channel | null>(null);
  const form = useForm(["name", "description", "history"]);
  if (made) {
    return (
      <PeoplePicker
        title={t("chat.add_people_to", { name: made.name ?? "" })}
        text={t("chat.add_people_later")}
        action={t("action.add")}
        cancel={t("action.not_now")}
        without={new Set([made.created_by ?? ""])}
        onClose={close}
        onDone={(ids) => post(`/channels/${made.id}/members`, { user_ids: ids })}
      />
    );
  }
  return (
    <Dialog title={t("chat.create")} onClose={close}>
      <form
        class="form"
        noValidate
        onSubmit={async (event) => {
          event.preventDefault();
          const name = values.name.trim().replace(/^#/, "");
          if (!form.check({ name: !name && t("form.required") })) return;
          await form.submit(async () => {
            const channel = await post<Channel>("/channels", { ...values, name });
            putChannel(channel);
            setMade(channel);
            openChannel(channel.id);
          });
        }}
      >
        {form.error ? <Failure error={form.error} /> : null}
        <Field label={t("chat.name")} error={form.fields.name} hint={t("chat.name.hint")}>
          {(props) => (
            <input
              {...props}
              class="input"
              autoFocus
              maxLength={80}
              autoComplete="off"
              value={values.name}
              onInput={(event) => setValues({ ...values, name: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label={t("chat.description")} error={form.fields.description} optional hint={t("chat.description.hint")}>
          {(props) => (
            <input
              {...props}
              class="input"
              maxLength={1000}
              value={values.description}
              onInput={(event) => setValues({ ...values, description: event.currentTarget.value })}
            />
          )}
        </Field>
        <Checkbox
          kind="switch"
          checked={values.type === "private"}
          onChange={(on) => setValues({ ...values, type: on ? "private" : "public" })}
        >
          {t("chat.private")}
        </Checkbox>
        <p class="muted small">{t(values.type === "private" ? "chat.private.text" : "chat.public.text")}</p>
        {values.type === "private"
          ? (
            <Field label={t("chat.history_for_new")}>
              {(props) => (
                <select
                  {...props}
                  class="input"
                  value={values.history}
                  onChange={(event) => setValues({ ...values, history: event.currentTarget.value as "all" | "joined" })}
                >
                  <option value="all">{t("chat.history.all")}</option>
                  <option value="joined">{t("chat.history.joined")}</option>
                </select>
              )}
            </Field>
          )
          : null}
        <div class="form-actions form-actions-end">
          <Button onClick={close}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" busy={form.busy}>{t("chat.create.do")}</Button>
        </div>
      </form>
    </Dialog>
  );
}, () => dialog.value = null);

const BrowseDialog = guarded(function BrowseDialog() {
  const [search, setSearch] = useState("");
  const [q, setQ] = useState("");
  const [archived, setArchived] = useState(false);
  const [busy, setBusy] = useState<string | null>(null);
  const pages = usePages<Channel>(
    "/channels",
    archived ? { q, archived: true, member: true } : { q, member: false, type: "public" },
  );
  useEffect(() => {
    const timer = setTimeout(() => setQ(search.trim()), 200);
    return () => clearTimeout(timer);
  }, [search]);
  const join = async (channel: Channel) => {
    setBusy(channel.id);
    if (await joinChannel(channel.id)) close();
    setBusy(null);
  };
  const show = (channel: Channel) => {
    if (archived) putChannel(channel);
    openChannel(channel.id);
    close();
  };
  return (
    <Dialog title={t("chat.browse")} onClose={close} wide>
      <div class="browse-tools">
        <SearchField
          label={t("chat.browse.search")}
          autoFocus
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <Checkbox checked={archived} onChange={setArchived}>{t("chat.browse.archived")}</Checkbox>
      </div>
      {pages.error ? <Failure error={pages.error} onRetry={pages.reload} /> : null}
      {pages.items === null && !pages.error ? <Skeleton rows={5} /> : null}
      {pages.items?.length === 0
        ? (
          <Empty icon="compass" title={t(q || archived ? "chat.browse.none" : "chat.browse.all_joined")}>
            {can("chat.channels.create")
              ? <Button kind="primary" onClick={() => dialog.value = "create"}>{t("chat.create")}</Button>
              : null}
          </Empty>
        )
        : null}
      <ul class="plain-list browse">
        {pages.items?.map((channel) => (
          <li key={channel.id}>
            <Icon name={channel.is_archived ? "archive" : channel.type === "private" ? "lock" : "hash"} />
            <span class="browse-text">
              <strong>{channel.name}</strong>
              <span class="muted">
                {[t("chat.people_n", { n: channel.member_count }), channel.description || channel.topic].filter(Boolean)
                  .join(" · ")}
              </span>
            </span>
            <Button small kind="quiet" onClick={() => show(channel)}>{t("chat.look")}</Button>
            {archived ? null : (
              <Button small kind="primary" busy={busy === channel.id} onClick={() => join(channel)}>
                {t("chat.join")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {pages.hasMore
        ? (
          <div class="more">
            <Button busy={pages.loading} onClick={pages.more}>{t("action.more")}</Button>
          </div>
        )
        : null}
    </Dialog>
  );
}, () => dialog.value = null);

const DirectDialog = guarded(function DirectDialog() {
  return (
    <PeoplePicker
      title={t("chat.new_direct")}
      text={t("chat.new_direct.text")}
      action={t("chat.new_direct.do")}
      max={MAX_OTHERS}
      onClose={close}
      onDone={async (ids) => {
        const channel = await post<Channel>("/channels", { type: "direct", user_ids: ids });
        putChannel(channel);
        openChannel(channel.id);
      }}
    />
  );
}, () => dialog.value = null);
