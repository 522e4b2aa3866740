// The list above the composer while somebody writes @, #, : or /. Arrows choose, Enter and Tab take, Esc closes.
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useId, useMemo, useState } from "preact/hooks";
import type { Channel } from "../../../protocol/chat/chat.ts";
import { Icon } from "../../components/icon.tsx";
import { findChannels } from "./lib/channels.ts";
import { commands, loadCommands } from "./lib/commands.ts";
import { type Choice, commandChoices, putChoice, type Word, wordAt } from "./lib/complete.ts";
import { emojis, loadEmoji, searchEmoji, toned } from "./lib/emoji.ts";
import { findGroups, groups, loadGroups } from "./lib/groups.ts";
import { findPeople, people, searchPeople } from "./lib/people.ts";
import { language, t } from "../../lib/i18n.ts";
import { ChatAvatar } from "./avatar.tsx";

const LIMIT = 8;

interface Completion {
  view: ComponentChildren;
  attributes: Record<string, string | undefined>;
  onKeyDown: (event: KeyboardEvent) => boolean;
  onSelect: () => void;
  close: () => void;
}

export function useCompletion(
  field: RefObject<HTMLTextAreaElement | null>,
  text: string,
  channel: Channel,
  put: (text: string, caret: number) => void,
): Completion {
  const [word, setWord] = useState<Word | null>(null);
  const [active, setActive] = useState(0);
  const [closed, setClosed] = useState<number | null>(null);
  const id = useId();
  const look = () => {
    const element = field.current;
    if (!element || document.activeElement !== element) return;
    const next = element.selectionStart === element.selectionEnd ? wordAt(element.value, element.selectionStart) : null;
    setWord((old) =>
      old?.trigger === next?.trigger && old?.query === next?.query && old?.start === next?.start ? old : next
    );
    if (!next || next.start !== closed) setClosed(null);
  };
  useEffect(look, [text]);
  useEffect(() => setActive(0), [word?.trigger, word?.query]);
  useEffect(() => {
    if (word?.trigger === ":") loadEmoji().catch(() => {});
    if (word?.trigger === "/") loadCommands();
    if (word?.trigger === "@" && !groups.peek().length) loadGroups();
    if (word?.trigger !== "@" || word.query.length < 2) return;
    // Larger organisations: who is not in the directory is found on the server.
    const abort = new AbortController();
    const timer = setTimeout(() => searchPeople(word.query, abort.signal).catch(() => {}), 200);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [word?.trigger, word?.query]);

  const known = people.value, teams = groups.value, table = emojis.value, list = commands.value, lang = language.value;
  const choices = useMemo(
    () => word ? choicesFor(word, channel) : [],
    [word, channel.id, known, teams, table, list, lang],
  );
  const open = word !== null && choices.length > 0 && closed !== word.start;
  const at = Math.min(active, choices.length - 1);
  const take = (choice: Choice) => {
    if (!word) return;
    const made = putChoice(field.current!.value, word, choice.insert);
    setWord(null);
    put(made.text, made.caret);
  };
  return {
    attributes: open
      ? {
        "aria-autocomplete": "list",
        "aria-controls": id,
        "aria-activedescendant": `${id}-${at}`,
        role: "combobox",
        "aria-expanded": "true",
      }
      : {},
    onSelect: look,
    close: () => setWord(null),
    onKeyDown(event) {
      if (!open) return false;
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (step) setActive((at + step + choices.length) % choices.length);
      else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") {
        // A command that is written out is sent.
        if (word!.trigger === "/" && event.key === "Enter" && choices[at]!.insert === `/${word!.query}`) return false;
        take(choices[at]!);
      } else if (event.key === "Escape") setClosed(word!.start);
      else return false;
      event.preventDefault();
      event.stopPropagation();
      return true;
    },
    view: open
      ? (
        <ul class="completion" id={id} role="listbox" aria-label={t("chat.suggestions")}>
          {choices.map((choice, i) => (
            <li
              key={choice.key}
              id={`${id}-${i}`}
              role="option"
              aria-selected={i === at}
              onMouseDown={(event) => {
                event.preventDefault();
                take(choice);
              }}
              onMouseMove={() => setActive(i)}
            >
              {choice.user
                ? <ChatAvatar user={choice.user} size={24} presence />
                : choice.emoji
                ? <span class="completion-emoji">{choice.emoji}</span>
                : <Icon name={choice.icon ?? "hash"} size={18} />}
              <span class="completion-label">{choice.label}</span>
              {choice.hint ? <span class="muted completion-hint">{choice.hint}</span> : null}
            </li>
          ))}
        </ul>
      )
      : null,
  };
}

function choicesFor(word: Word, channel: Channel): Choice[] {
  switch (word.trigger) {
    case "@": {
      const all = ["channel", "here"].filter((name) =>
        name.startsWith(word.query.toLowerCase()) && channel.rights.includes("mention_all")
      );
      const users = findPeople(word.query, LIMIT).map((user): Choice => ({
        key: user.id!,
        insert: `@${user.username}`,
        label: user.display_name,
        hint: `@${user.username}`,
        user,
      }));
      const everybody = all.map((name): Choice => ({
        key: name,
        insert: `@${name}`,
        label: `@${name}`,
        hint: t(name === "here" ? "chat.mention_here" : "chat.mention_channel"),
        icon: "users",
      }));
      const teams = findGroups(word.query, 3).map((group): Choice => ({
        key: group.id,
        insert: `@${group.handle}`,
        label: group.name,
        hint: `@${group.handle}`,
        icon: "users",
      }));
      return (word.query ? [...everybody, ...teams, ...users] : [...users, ...teams, ...everybody]).slice(0, LIMIT);
    }
    case "#":
      return findChannels(word.query, LIMIT * 2).filter((found) => found.name !== null).slice(0, LIMIT).map((
        found,
      ) => ({
        key: found.id,
        insert: `#${found.name}`,
        label: found.name!,
        hint: found.topic || found.description,
        icon: found.type === "private" ? "lock" : "hash",
      }));
    case ":":
      return searchEmoji(word.query, LIMIT).map((emoji) => ({
        key: emoji.char,
        insert: toned(emoji),
        label: `:${emoji.codes[0] ?? emoji.name}:`,
        hint: emoji.name,
        emoji: toned(emoji),
      }));
    case "/":
      return commandChoices(commands.value, word.query, language.value, LIMIT * 2);
  }
}
