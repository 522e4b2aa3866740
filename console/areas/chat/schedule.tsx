// Sending later: the dialog for any time that the menu (schedule_menu.ts) does not have, and the list of what waits to be sent.
import { useEffect, useState } from "preact/hooks";
import type { Scheduled } from "../../../protocol/chat/extras.ts";
import { guarded } from "../../components/guarded.tsx";
import { Button, Field } from "../../components/basic.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Empty, Failure, Skeleton } from "../../components/states.tsx";
import { attempt } from "./lib/actions.ts";
import { channels } from "./lib/channels.ts";
import { scheduledChanges } from "./lib/live_chat.ts";
import { plainText } from "./lib/markdown.ts";
import { channelName, longTime } from "./lib/text.ts";
import { dialog } from "./lib/view.ts";
import { post, remove } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { usePages } from "../../lib/resource.ts";
import { user } from "../../lib/session.ts";
import { custom, morning, schedule } from "./schedule_menu.ts";

/** `datetime-local` wants the local time without a zone. */
function localInput(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const close = () => custom.value = null;

export const ScheduleDialog = guarded(function ScheduleDialog() {
  const state = custom.value;
  const [value, setValue] = useState(() => localInput(morning(1)));
  if (!state) return null;
  const date = new Date(value);
  const wrong = !(date.getTime() > Date.now());
  return (
    <Dialog title={t("chat.later.custom")} onClose={close}>
      <form
        class="form"
        onSubmit={async (event) => {
          event.preventDefault();
          if (!wrong && await schedule(state.channel, state.written, date, state.done)) close();
        }}
      >
        <Field label={t("chat.later.when")} error={wrong ? t("chat.later.past") : null} live>
          {(props) => (
            <input
              {...props}
              class="input"
              type="datetime-local"
              autoFocus
              value={value}
              min={localInput(new Date())}
              onInput={(event) => setValue(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="form-actions form-actions-end">
          <Button onClick={close}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" disabled={wrong}>{t("chat.later.send")}</Button>
        </div>
      </form>
    </Dialog>
  );
}, close);

export const ScheduledDialog = guarded(function ScheduledDialog() {
  const pages = usePages<Scheduled>("/scheduled", {});
  const version = scheduledChanges.value;
  useEffect(() => {
    if (version) pages.reload();
  }, [version]);
  const act = (item: Scheduled, work: () => Promise<unknown>) =>
    attempt(work).then((done) => done && pages.update((items) => items.filter((other) => other.id !== item.id)));
  return (
    <Dialog title={t("chat.scheduled")} onClose={() => dialog.value = null} wide>
      {pages.error ? <Failure error={pages.error} onRetry={pages.reload} /> : null}
      {pages.items === null && !pages.error ? <Skeleton rows={3} /> : null}
      {pages.items?.length === 0
        ? <Empty icon="clock" title={t("chat.scheduled.empty")} text={t("chat.scheduled.empty.text")} />
        : null}
      <ul class="plain-list">
        {pages.items?.map((item) => {
          const channel = channels.value.get(item.channel_id);
          return (
            <li key={item.id} class="scheduled">
              <div class="scheduled-text">
                <strong>
                  {longTime(Date.parse(item.send_at))} · {channel ? channelName(channel, user.value?.id ?? "") : ""}
                </strong>
                <span>{plainText(item.content) || t("chat.file_only")}</span>
                {item.failure ? <span class="bad-text">{item.failure.reason}</span> : null}
              </div>
              {item.kind === "message"
                ? (
                  <Button small icon="send" onClick={() => act(item, () => post(`/scheduled/${item.id}/send`, {}))}>
                    {t("chat.send_now")}
                  </Button>
                )
                : null}
              <Button
                small
                kind="quiet"
                icon="trash"
                label={t("action.delete")}
                onClick={() => act(item, () => remove(`/scheduled/${item.id}`))}
              />
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}, () => dialog.value = null);
