// Choosing people: type, arrows, Enter; those who are chosen stand above the field.
import { useEffect, useState } from "preact/hooks";
import type { ChatUser } from "../../../protocol/chat/chat.ts";
import { guarded } from "../../components/guarded.tsx";
import { Badge, Button } from "../../components/basic.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Icon } from "../../components/icon.tsx";
import { Failure } from "../../components/states.tsx";
import { findPeople, people, roles, searchPeople } from "./lib/people.ts";
import { t } from "../../lib/i18n.ts";
import { user } from "../../lib/session.ts";
import { ChatAvatar, GuestBadge } from "./avatar.tsx";

const SHOWN = 30;

export const PeoplePicker = guarded(function PeoplePicker(
  { title, text, action, cancel = t("action.cancel"), max = 1000, without, self, insiders, onClose, onDone }: {
    title: string;
    text?: string;
    action: string;
    /** What the button says that leaves it be. */
    cancel?: string;
    max?: number;
    without?: ReadonlySet<string>;
    /** One may choose oneself. */
    self?: boolean;
    /** Guests are not offered, and everybody's role is shown. */
    insiders?: boolean;
    onClose: () => void;
    /** @throws ApiError: shown, and the dialog stays */
    onDone: (ids: string[]) => Promise<unknown>;
  },
) {
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState<ChatUser[]>([]);
  const [active, setActive] = useState(0);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    setActive(0);
    if (query.trim().length < 2) return;
    const abort = new AbortController();
    const timer = setTimeout(() => searchPeople(query.trim(), abort.signal).catch(() => {}), 200);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [query]);
  const me = user.value?.id;
  const taken = new Set(chosen.map((person) => person.id));
  const open = [...people.value.values()].filter((person) =>
    (self || person.id !== me) && !without?.has(person.id!) && !taken.has(person.id) &&
    (!insiders || (roles.value.get(person.id!) ?? "guest") !== "guest")
  );
  const found = findPeople(query.trim(), SHOWN, open);
  const choose = (person: ChatUser) => {
    if (chosen.length >= max && max > 1) return;
    // Where one is wanted, another choice takes its place.
    setChosen(max === 1 ? [person] : [...chosen, person]);
    setQuery("");
  };
  const finish = async () => {
    if (!chosen.length || busy) return;
    setBusy(true);
    setError(null);
    try {
      await onDone(chosen.map((person) => person.id!));
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{cancel}</Button>
          <Button kind="primary" busy={busy} disabled={!chosen.length} onClick={finish}>{action}</Button>
        </>
      }
    >
      {text ? <p class="muted">{text}</p> : null}
      {error ? <Failure error={error} /> : null}
      <div class="picker-field">
        {chosen.map((person) => (
          <span class="picker-chip" key={person.id}>
            <ChatAvatar user={person} size={20} />
            {person.display_name}
            <button
              type="button"
              aria-label={t("chat.unpick", { name: person.display_name })}
              onClick={() => setChosen(chosen.filter((other) => other.id !== person.id))}
            >
              <Icon name="close" size={16} />
            </button>
          </span>
        ))}
        <input
          type="text"
          autoFocus
          value={query}
          placeholder={chosen.length ? "" : t("chat.find_people")}
          aria-label={t("chat.find_people")}
          onInput={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown" || event.key === "ArrowUp") {
              event.preventDefault();
              setActive(Math.max(0, Math.min(found.length - 1, active + (event.key === "ArrowDown" ? 1 : -1))));
            } else if (event.key === "Enter") {
              event.preventDefault();
              if (query === "" && chosen.length) finish();
              else if (found[active]) choose(found[active]);
            } else if (event.key === "Backspace" && query === "") setChosen(chosen.slice(0, -1));
          }}
        />
      </div>
      <ul class="picker-list" role="listbox" aria-label={t("chat.people")}>
        {found.map((person, i) => (
          <li
            key={person.id}
            role="option"
            aria-selected={i === active}
            onClick={() => choose(person)}
            onMouseMove={() => setActive(i)}
          >
            <ChatAvatar user={person} size={24} presence />
            <strong>{person.display_name}</strong>
            <span class="muted">@{person.username}</span>
            {insiders ? <Badge>{t(`role.${roles.value.get(person.id!)!}`)}</Badge> : <GuestBadge id={person.id} />}
          </li>
        ))}
        {found.length ? null : <li class="muted">{t("chat.find_none")}</li>}
      </ul>
    </Dialog>
  );
});
