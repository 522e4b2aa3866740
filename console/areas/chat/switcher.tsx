// Ctrl+K, on every page: to any channel, person or page in a few keys. One's own channels and the pages come at once, the
// rest from the server.
import { takeTyped } from "../../app/typed_ahead.tsx";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Suggestion } from "../../../protocol/chat/search.ts";
import { guarded } from "../../components/guarded.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Icon } from "../../components/icon.tsx";
import { complain, openDirect } from "./lib/actions.ts";
import { badge, channels, findChannels, loadChannel, ordered } from "./lib/channels.ts";
import { findPeople, people } from "./lib/people.ts";
import { channelName, partner, plain } from "./lib/text.ts";
import { openChannel, openPanel, place } from "./lib/view.ts";
import { searchFor } from "./lib/search_request.ts";
import { get } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { navItems } from "../../lib/navigation.ts";
import { navigate } from "../../lib/router.ts";
import { can, user } from "../../lib/session.ts";
import { switcherOpen } from "../../lib/shortcuts.ts";
import { readStored } from "../../lib/storage.ts";
import { ChatAvatar } from "./avatar.tsx";

const LIMIT = 12;

interface Target {
  key: string;
  label: string;
  hint?: string;
  icon: preact.ComponentChildren;
  count?: number;
  /** A promise: the server is asked first; false, when nothing was opened. `words`: what was typed until then. */
  go: (words: () => string) => unknown;
}

export const Switcher = guarded(function Switcher() {
  const [query, setQuery] = useState(takeTyped);
  const [active, setActive] = useState(0);
  const [remote, setRemote] = useState<Suggestion[]>([]);
  // Somebody whose direct channel the server makes: what is typed meanwhile is the beginning of the message.
  const [opening, setOpening] = useState<Target | null>(null);
  const words = useRef("");
  const close = () => switcherOpen.value = false;
  useEffect(() => {
    setActive(0);
    if (!query.trim() || !can("chat.read")) return setRemote([]);
    const abort = new AbortController();
    const timer = setTimeout(
      () =>
        get<{ items: Suggestion[] }>("/search/suggest", { q: query.trim(), limit: LIMIT }, abort.signal).then(
          ({ items }) => setRemote(items),
          () => {},
        ),
      120,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [query]);
  const known = people.value, list = channels.value;
  const targets = useMemo(() => targetsFor(query.trim(), remote), [query, remote, known, list]);
  const at = Math.min(active, targets.length - 1);
  const take = (target: Target | undefined) => {
    if (!target || opening) return;
    const opened = target.go(() => words.current);
    if (!(opened instanceof Promise)) return close();
    words.current = "";
    setOpening(target);
    opened.then((done) => done === false ? setOpening(null) : close(), (error) => (setOpening(null), complain(error)));
  };
  return (
    <Dialog title={t("chat.switcher")} onClose={close}>
      <label class="search">
        <Icon name="search" size={18} />
        <input
          class="input"
          type="text"
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls="switcher-list"
          aria-activedescendant={targets.length ? `switch-${at}` : undefined}
          value={opening ? words.current : query}
          placeholder={opening ? t("chat.placeholder", { name: opening.label }) : t("chat.switcher.hint")}
          aria-label={t("chat.switcher")}
          aria-busy={opening ? "true" : undefined}
          onInput={(event) => {
            if (opening) words.current = event.currentTarget.value;
            else setQuery(event.currentTarget.value);
          }}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown" || event.key === "ArrowUp") {
              event.preventDefault();
              setActive((at + (event.key === "ArrowDown" ? 1 : -1) + targets.length) % Math.max(1, targets.length));
            } else if (event.key === "Enter") {
              event.preventDefault();
              take(targets[at]);
            }
          }}
        />
      </label>
      <ul class="picker-list switcher-list" id="switcher-list" role="listbox" aria-label={t("chat.switcher")}>
        {targets.map((target, i) => (
          <li
            key={target.key}
            id={`switch-${i}`}
            role="option"
            aria-selected={i === at}
            ref={(element) => {
              if (i === at) element?.scrollIntoView({ block: "nearest" });
            }}
            onClick={() => take(target)}
            onMouseMove={() => setActive(i)}
          >
            {target.icon}
            <strong>{target.label}</strong>
            {target.hint ? <span class="muted">{target.hint}</span> : null}
            {target.count ? <span class="count">{target.count}</span> : null}
          </li>
        ))}
        {targets.length ? null : <li class="muted">{t("chat.find_none")}</li>}
      </ul>
      <p class="muted small switcher-keys">{t("chat.switcher.keys")}</p>
    </Dialog>
  );
}, () => switcherOpen.value = false);

function targetsFor(query: string, remote: readonly Suggestion[]): Target[] {
  const me = user.peek()?.id ?? "";
  const own = query ? findChannels(query, LIMIT) : [
    ...ordered.peek().filter((channel) => channel.unread_count > 0 || badge(channel) > 0),
    ...ordered.peek().filter((channel) => channel.unread_count === 0 && badge(channel) === 0)
      .sort((a, b) => Date.parse(b.last_message_at ?? b.created_at) - Date.parse(a.last_message_at ?? a.created_at)),
  ].slice(0, LIMIT);
  const targets: Target[] = own.map((channel) => {
    const other = partner(channel, me);
    return {
      key: channel.id,
      label: channelName(channel, me),
      hint: channel.is_archived ? t("chat.archived") : channel.topic || undefined,
      icon: other
        ? <ChatAvatar user={other} size={24} presence />
        : <Icon name={channel.type === "private" ? "lock" : channel.type === "direct" ? "users" : "hash"} size={18} />,
      count: badge(channel),
      go: () => openChannel(channel.id),
    };
  });
  const pages = pageTargets(query);
  if (!query) return [...targets, ...pages];
  const there = new Set(own.map((channel) => partner(channel, me)?.id));
  const direct = (id: string) => [...channels.peek().values()].find((channel) => partner(channel, me)?.id === id);
  const person = (id: string, label: string, username: string, icon: preact.ComponentChildren): Target => ({
    key: `u:${id}`,
    label,
    hint: `@${username}`,
    icon,
    go: (words) => {
      const known = direct(id);
      return known ? openChannel(known.id) : openDirect([id], words);
    },
  });
  const seen = new Set(targets.map((target) => target.key));
  for (const found of findPeople(query, LIMIT)) {
    if (!found.id || there.has(found.id)) continue;
    targets.push(person(found.id, found.display_name, found.username, <ChatAvatar user={found} size={24} presence />));
    seen.add(`u:${found.id}`);
  }
  for (const item of remote) {
    if (item.kind === "user") {
      const { user: found } = item;
      if (!found.id || seen.has(`u:${found.id}`) || there.has(found.id)) continue;
      targets.push(person(found.id, found.display_name, found.username, <ChatAvatar user={found} size={24} />));
    } else if (!seen.has(item.channel.id)) {
      targets.push({
        key: item.channel.id,
        label: item.channel.name ?? item.members.map((member) => member.display_name).join(", "),
        hint: item.is_member ? undefined : t("chat.not_joined"),
        icon: <Icon name={item.channel.type === "private" ? "lock" : "hash"} size={18} />,
        go: () => loadChannel(item.channel.id).then(() => openChannel(item.channel.id)),
      });
    }
  }
  targets.length = Math.min(targets.length, LIMIT);
  targets.push(...pages);
  if (plain(query).length > 1 && can("chat.read")) {
    targets.push({
      key: "search",
      label: t("chat.search_for", { q: query }),
      icon: <Icon name="search" size={18} />,
      go: () => {
        searchFor.value = { query, round: Date.now() };
        if (place.peek().channelId) return openPanel("search");
        // The search stands beside a channel: the one that was looked at last.
        const last = channels.peek().get(readStored("chat_last") ?? "") ?? ordered.peek()[0];
        if (last) navigate(`/chat/${last.id}?panel=search`);
      },
    });
  }
  return targets;
}

/** Pages of the console whose name holds the words; without words all of them. */
function pageTargets(query: string): Target[] {
  const wanted = plain(query);
  return navItems().filter((item) => plain(t(item.label)).includes(wanted)).map((item) => ({
    key: item.path,
    label: t(item.label),
    hint: t("chat.switcher.page"),
    icon: <Icon name={item.icon} size={18} />,
    go: () => navigate(item.path),
  }));
}
