// What an administrator of a new organisation does first, above the dashboard. The server knows what is done; the list
// asks again when the person comes back to it, when something arrives, and every quarter of a minute while steps are open.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { FirstStepId, FirstSteps as State } from "../../../protocol/operation/first_steps.ts";
import { Button, Card, Code, LinkButton } from "../../components/basic.tsx";
import { Icon } from "../../components/icon.tsx";
import { Skeleton, toastError } from "../../components/states.tsx";
import { get, put } from "../../lib/api.ts";
import { totals } from "../chat/lib/channels.ts";
import { t } from "../../lib/i18n.ts";
import { feed } from "../../lib/live/feed.ts";
import { useResource } from "../../lib/resource.ts";
import { can, user } from "../../lib/session.ts";
import { readStored, writeStored } from "../../lib/storage.ts";
import { toast } from "../../lib/toasts.ts";

const PATH = "/organization/first-steps";
const ASK_MS = 15_000;

/** Where a step is done in the console; the others are done on the server. */
const PAGES: Partial<Record<FirstStepId, string>> = {
  people: "/users?invite=1",
  message: "/chat",
  notification: "/tokens",
};

/** Whose list is put away, as far as it is known since the console began. */
const away = signal<{ userId: string; hidden: boolean } | null>(null);

// Known from last time, so that the page keeps its place for the list, or does not.
const memory = () => `steps_hidden.${user.value?.id}`;

function isAway(): boolean {
  return away.value?.userId === user.value?.id ? away.value!.hidden : readStored(memory()) === "1";
}

function remember(hidden: boolean): void {
  writeStored(memory(), hidden ? "1" : null);
  away.value = { userId: user.peek()!.id, hidden };
}

export function FirstSteps() {
  return can("organization.manage") && !isAway() ? <List /> : null;
}

/** Brings the list back after it was put away. */
export function FirstStepsAgain() {
  if (!can("organization.manage") || !isAway()) return null;
  const show = async () => {
    try {
      await put<State>(PATH, { hidden: false });
      remember(false);
      scrollTo({ top: 0 });
    } catch (problem) {
      toastError(problem);
    }
  };
  return (
    <p class="steps-again">
      <Button kind="quiet" small icon="check" onClick={show}>{t("steps.show")}</Button>
    </p>
  );
}

function List() {
  const { data, error, reload } = useResource((signal) => get<State>(PATH, {}, signal), []);
  const open = data?.items.filter((step) => !step.done).length;

  useEffect(() => {
    if (data?.hidden) remember(true);
  }, [data?.hidden]);
  useEffect(() => {
    if (open === 0) return;
    const seen = () => document.visibilityState === "visible" && reload();
    const timer = setInterval(seen, ASK_MS);
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [open]);
  // Something came in: perhaps what a step waits for.
  const arrived = `${feed.value.items.length} ${totals.value.unread}`;
  useEffect(() => {
    if (data && open) reload();
  }, [arrived]);

  if (data?.hidden || (error && !data)) return null;
  const hide = async () => {
    try {
      await put<State>(PATH, { hidden: true });
      remember(true);
      toast({ kind: "info", title: t("steps.hidden") });
    } catch (problem) {
      toastError(problem);
    }
  };
  return (
    <Card
      class="steps"
      title={t("steps.title")}
      actions={
        <>
          {data ? <Progress done={data.items.length - open!} total={data.items.length} /> : null}
          <Button kind="quiet" small onClick={hide} disabled={!data}>{t("steps.hide")}</Button>
        </>
      }
    >
      {data
        ? <ol class="steps-list">{data.items.map((step) => <Step key={step.id} step={step} />)}</ol>
        : (
          <div class="steps-wait">
            <Skeleton rows={5} />
          </div>
        )}
    </Card>
  );
}

function Progress({ done, total }: { done: number; total: number }) {
  const text = done === total ? t("steps.all_done") : t("steps.progress", { done, n: total });
  return (
    <div class="steps-progress">
      <progress value={done} max={total} aria-label={text} />
      <span class="muted small" role="status">{text}</span>
    </div>
  );
}

function Step({ step: { id, done, command } }: { step: State["items"][number] }) {
  const page = PAGES[id];
  return (
    <li class={done ? "step step-done" : "step"}>
      <span class="step-mark" role="img" aria-label={t(done ? "steps.done" : "steps.open")}>
        {done ? <Icon name="check" size={16} /> : null}
      </span>
      <div class="step-text">
        <strong>{t(`steps.${id}`)}</strong>
        {done ? null : <span class="muted">{t(`steps.${id}.text`)}</span>}
        {!done && command ? <Code text={command} /> : null}
      </div>
      {!done && page
        ? <LinkButton small href={page}>{t(`steps.${id as "people" | "message" | "notification"}.action`)}</LinkButton>
        : null}
    </li>
  );
}
