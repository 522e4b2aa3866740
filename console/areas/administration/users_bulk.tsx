// Many people at once: a list is pasted, looked at, and becomes accounts one after the other, with what became of each. The first
// passwords are shown at the end, once, to be handed on; where the server sends mail everybody gets a link instead.
import { useRef, useState } from "preact/hooks";
import { guarded } from "../../components/guarded.tsx";
import { Badge, Button, CopyButton, Field } from "../../components/basic.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Notice } from "../../components/states.tsx";
import { ApiError, post } from "../../lib/api.ts";
import { errorText } from "../../lib/error_text.ts";
import { t } from "../../lib/i18n.ts";
import { generatePassword } from "../../lib/password.ts";
import { type ListedPerson, MAX_PEOPLE, nextUsername, readPeople } from "../../lib/people_list.ts";
import type { Role, User } from "../../lib/types.ts";
import { RoleField } from "./role_field.tsx";

type State = { kind: "waiting" } | { kind: "running" } | { kind: "done"; username: string; password: string | null } | {
  kind: "failed";
  text: string;
};

const ATTEMPTS = 5;
const PLACEHOLDER = "Ana Pérez <ana@example.org>\nluis@example.org";

/** Creates one account; a username that is taken gets a number. */
async function create(person: ListedPerson, role: Role, mail: boolean, stopped: () => boolean): Promise<State> {
  const password = mail ? undefined : generatePassword();
  for (let attempt = 0;; attempt++) {
    const username = attempt ? nextUsername(person.username, attempt) : person.username;
    try {
      await post<User>("/users", {
        email: person.email,
        username,
        password,
        role,
        ...(person.display_name ? { display_name: person.display_name } : {}),
      });
      return { kind: "done", username, password: password ?? null };
    } catch (error) {
      const api = error instanceof ApiError ? error : null;
      if (api?.code === "rate_limited" && !stopped()) {
        await new Promise((resolve) => setTimeout(resolve, (api.options.retryAfterSeconds ?? 5) * 1000));
        continue;
      }
      const taken = api?.code === "conflict" && api.options.fields?.username !== undefined;
      if (taken && attempt < ATTEMPTS && !stopped()) continue;
      if (api?.code === "conflict") {
        return { kind: "failed", text: t(taken ? "bulk.username_taken" : "bulk.email_taken") };
      }
      const { title, next } = errorText(error);
      return { kind: "failed", text: `${title} ${next}`.trim() };
    }
  }
}

export const BulkUsers = guarded(function BulkUsers({ mail, onClose, onDone }: {
  /** The server sends mail: people choose their passwords through a link. */
  mail: boolean;
  onClose: () => void;
  onDone: () => void;
}) {
  const [text, setText] = useState("");
  const [role, setRole] = useState<Role>("member");
  const [people, setPeople] = useState<ListedPerson[] | null>(null);
  const [states, setStates] = useState<readonly State[]>([]);
  const [running, setRunning] = useState(false);
  const stopped = useRef(false);
  const read = readPeople(text);
  const usable = read.filter((person) => !person.problem).length;
  const close = () => {
    stopped.current = true;
    if (states.some((state) => state.kind === "done")) onDone();
    onClose();
  };
  const start = async () => {
    const list = readPeople(text);
    setPeople(list);
    const all: State[] = list.map((person) =>
      person.problem ? { kind: "failed", text: t(`bulk.problem.${person.problem}`) } : { kind: "waiting" }
    );
    const put = (i: number, state: State) => {
      all[i] = state;
      setStates([...all]);
    };
    setStates([...all]);
    setRunning(true);
    for (const [i, person] of list.entries()) {
      if (person.problem || stopped.current) continue;
      put(i, { kind: "running" });
      put(i, await create(person, role, mail, () => stopped.current));
    }
    setRunning(false);
  };
  const done = states.filter((state) => state.kind === "done").length;
  const failed = states.filter((state) => state.kind === "failed").length;
  const credentials = (people ?? []).flatMap((person, i) => {
    const state = states[i];
    return state?.kind === "done" && state.password ? [`${person.email}\t${state.username}\t${state.password}`] : [];
  }).join("\n");
  return (
    <Dialog
      title={t("bulk.title")}
      onClose={close}
      wide
      locked={running || (done > 0 && !mail)}
      footer={people
        ? (
          <>
            {running ? <Button onClick={() => stopped.current = true}>{t("bulk.stop")}</Button> : null}
            {credentials ? <CopyButton text={credentials} label={t("bulk.copy")} /> : null}
            <Button kind="primary" busy={running} onClick={close}>{t("bulk.finish")}</Button>
          </>
        )
        : (
          <>
            <Button onClick={close}>{t("action.cancel")}</Button>
            <Button kind="primary" disabled={usable === 0} onClick={start}>
              {t(mail ? "bulk.invite" : "bulk.create", { n: usable })}
            </Button>
          </>
        )}
    >
      {people
        ? (
          <div class="bulk">
            <p role="status">{t("bulk.progress", { done, failed, total: people.length })}</p>
            {done ? <Notice>{t(mail ? "bulk.mails" : "bulk.passwords")}</Notice> : null}
            <ul class="bulk-rows">
              {people.map((person, i) => <Row key={i} person={person} state={states[i] ?? { kind: "waiting" }} />)}
            </ul>
          </div>
        )
        : (
          <div class="form">
            <Field label={t("bulk.list")} hint={t("bulk.list.hint", { max: MAX_PEOPLE })}>
              {(props) => (
                <textarea
                  {...props}
                  class="input bulk-input"
                  rows={8}
                  autoFocus
                  spellcheck={false}
                  placeholder={PLACEHOLDER}
                  value={text}
                  onInput={(event) => setText(event.currentTarget.value)}
                />
              )}
            </Field>
            <RoleField value={role} onChange={setRole} />
            {read.length > usable ? <p class="muted">{t("bulk.unusable", { n: read.length - usable })}</p> : null}
          </div>
        )}
    </Dialog>
  );
});

function Row({ person, state }: { person: ListedPerson; state: State }) {
  return (
    <li>
      <span class="bulk-who">
        <strong>{person.display_name || person.email || person.line}</strong>
        <span class="muted">{person.display_name ? person.email : ""}</span>
      </span>
      {state.kind === "done"
        ? (
          <span class="bulk-result">
            <Badge tone="good">@{state.username}</Badge>{" "}
            {state.password ? <code>{state.password}</code> : t("bulk.mailed")}
          </span>
        )
        : state.kind === "failed"
        ? (
          <span class="bulk-result bulk-failed">
            <Badge tone="bad">{t("bulk.failed")}</Badge> {state.text}
          </span>
        )
        : state.kind === "running"
        ? <span class="spinner" role="img" aria-label={t("bulk.running")} />
        : <span class="muted">{t("bulk.waiting")}</span>}
    </li>
  );
}
