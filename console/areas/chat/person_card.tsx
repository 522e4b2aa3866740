// Who somebody is: name, presence, and a way to write to them.
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { guarded } from "../../components/guarded.tsx";
import { Button } from "../../components/basic.tsx";
import { statusOpen } from "../../lib/presence.ts";
import { openDirect } from "./lib/actions.ts";
import { t } from "../../lib/i18n.ts";
import { user as me } from "../../lib/session.ts";
import { ChatAvatar, GuestBadge, Presence } from "./avatar.tsx";
import { placeBeside } from "./menu.tsx";
import { person } from "./open_person.ts";

function close(): void {
  (person.peek()?.anchor as HTMLElement | undefined)?.focus?.();
  person.value = null;
}

export const PersonCard = guarded(function PersonCard() {
  const state = person.value;
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!state || !box.current) return;
    const rect = state.anchor.getBoundingClientRect();
    const place = placeBeside(rect, box.current.offsetWidth, box.current.offsetHeight, {
      x: rect.left,
      y: rect.bottom + 6,
    });
    box.current.style.left = `${place.left}px`;
    box.current.style.top = `${place.top}px`;
    box.current.querySelector("button")?.focus();
  }, [state]);
  useEffect(() => {
    if (!state) return;
    const outside = (event: Event) => !box.current?.contains(event.target as Node) && (person.value = null);
    document.addEventListener("pointerdown", outside, true);
    return () => document.removeEventListener("pointerdown", outside, true);
  }, [state]);
  if (!state) return null;
  const { user } = state;
  return (
    <div
      class="popup person-card"
      ref={box}
      role="dialog"
      aria-label={user.display_name}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      <ChatAvatar user={user} size={48} />
      <div class="person-card-text">
        <strong>{user.display_name}</strong>
        <span class="muted">@{user.username}</span>
        <GuestBadge id={user.id} />
        <span class="person-card-presence">
          <Presence id={user.id!} words />
        </span>
      </div>
      <Button
        small
        icon="chat"
        kind="primary"
        onClick={() => {
          person.value = null;
          openDirect([user.id!]);
        }}
      >
        {t(user.id === me.value?.id ? "chat.note_to_self" : "chat.write_to")}
      </Button>
      {user.id === me.value?.id
        ? (
          <Button
            small
            icon="smile"
            onClick={() => {
              person.value = null;
              statusOpen.value = true;
            }}
          >
            {t("status.set")}
          </Button>
        )
        : null}
    </div>
  );
}, close);
