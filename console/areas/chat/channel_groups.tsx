// The groups that are members of a channel: everybody in them is in the channel for as long as they are in the group. Who may
// let people in may let a group in; a role for it and taking it out need the right to manage the channel.
import { useEffect, useState } from "preact/hooks";
import type { Channel, ChannelGroup, ChannelRole } from "../../../protocol/chat/chat.ts";
import { Badge, Button, Checkbox } from "../../components/basic.tsx";
import { Confirm, Dialog } from "../../components/dialog.tsx";
import { guarded } from "../../components/guarded.tsx";
import { Icon } from "../../components/icon.tsx";
import { SearchField } from "../../components/search_field.tsx";
import { Empty, Failure } from "../../components/states.tsx";
import { attempt } from "./lib/actions.ts";
import { findGroups, groups, loadGroups } from "./lib/groups.ts";
import { CHANNEL_ROLES } from "./lib/levels.ts";
import { get, put, remove } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { useResource } from "../../lib/resource.ts";
import { can, isGuest } from "../../lib/session.ts";
import type { MessageKey } from "../../messages.ts";
import { openMenu } from "./menu.tsx";

const SHOWN = 200;

/** @param onChanged a group came or went, and its people with it */
export function ChannelGroups(
  { channel, listed, manage, adding, onAdded, onChanged }: {
    channel: Channel;
    /** The groups stand there, not only the dialogs. */
    listed: boolean;
    manage: boolean;
    /** The dialog to let groups in is open. */
    adding: boolean;
    onAdded: () => void;
    onChanged: () => void;
  },
) {
  const path = `/channels/${channel.id}/groups`;
  const wanted = channel.type !== "direct" && !isGuest();
  const list = useResource(
    (signal) => wanted ? get<{ items: ChannelGroup[] }>(path, {}, signal) : Promise.resolve({ items: [] }),
    [channel.id, channel.member_count],
  );
  const [removing, setRemoving] = useState<ChannelGroup | null>(null);
  const items = list.data?.items ?? [];
  if (!wanted) return null;
  const changed = () => {
    list.reload();
    onChanged();
  };
  const setRole = (group: ChannelGroup, role: ChannelRole) =>
    attempt(async () => {
      await put(`${path}/${group.group_id}`, { role });
      changed();
    });
  const menu = (group: ChannelGroup) => [
    ...CHANNEL_ROLES.map((role) => ({
      label: t(`chat.role.${role}` as MessageKey),
      checked: group.role === role,
      run: () => setRole(group, role),
    })),
    { icon: "close", label: t("chat.groups.remove"), danger: true, apart: true, run: () => setRemoving(group) },
  ];
  return (
    <section class={listed && items.length ? "channel-groups" : undefined} aria-label={t("chat.groups")}>
      {list.error && !list.data ? <Failure error={list.error} onRetry={list.reload} /> : null}
      {listed && items.length
        ? (
          <ul class="people-rows">
            {items.map((item) => (
              <li key={item.group_id}>
                <span class="people-row people-row-still">
                  <span class="type-icon tone-plain">
                    <Icon name="users" />
                  </span>
                  <span>
                    <strong>{item.group.name}</strong>
                    <span class="muted people-sub">
                      {`@${item.group.handle} · ${t("groups.people.n", { n: item.people })}`}
                    </span>
                  </span>
                </span>
                {item.role !== "member"
                  ? (
                    <Badge tone={item.role === "admin" ? "change" : "plain"}>
                      {t(`chat.role.${item.role}` as MessageKey)}
                    </Badge>
                  )
                  : null}
                {manage && !channel.is_archived
                  ? (
                    <Button
                      kind="quiet"
                      small
                      icon="more"
                      label={t("chat.change_person", { name: item.group.name })}
                      aria-haspopup="menu"
                      onClick={(event) => openMenu(event.currentTarget, menu(item))}
                    />
                  )
                  : null}
              </li>
            ))}
          </ul>
        )
        : null}
      {adding
        ? (
          <AddGroups
            path={path}
            manage={manage}
            without={new Set(items.map(({ group_id }) => group_id))}
            onClose={onAdded}
            onDone={changed}
          />
        )
        : null}
      {removing
        ? (
          <Confirm
            title={t("chat.groups.remove.title", { name: removing.group.name })}
            text={t("chat.groups.remove.text")}
            action={t("chat.groups.remove")}
            onClose={() => setRemoving(null)}
            onConfirm={async () => {
              await remove(`${path}/${removing.group_id}`);
              changed();
            }}
          />
        )
        : null}
    </section>
  );
}

const AddGroups = guarded(function AddGroups(
  { path, manage, without, onClose, onDone }: {
    path: string;
    manage: boolean;
    without: ReadonlySet<string>;
    onClose: () => void;
    onDone: () => void;
  },
) {
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => void loadGroups(), []);
  const found = (query.trim() ? findGroups(query.trim(), SHOWN) : groups.value.slice(0, SHOWN))
    .filter(({ id }) => !without.has(id));
  const add = async () => {
    setBusy(true);
    setError(null);
    try {
      for (const id of chosen) await put(`${path}/${id}`, {});
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
    onDone();
  };
  return (
    <Dialog
      title={t("chat.groups.add")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" busy={busy} disabled={chosen.length === 0} onClick={add}>{t("action.add")}</Button>
        </>
      }
    >
      <p class="muted">{t("chat.groups.text")}{manage ? null : ` ${t("chat.groups.stays")}`}</p>
      {error ? <Failure error={error} /> : null}
      {groups.value.length === 0
        ? (
          <Empty icon="users" title={t("groups.empty")}>
            {can("users.manage") ? <a class="btn" href="/groups">{t("chat.groups.make")}</a> : null}
          </Empty>
        )
        : (
          <>
            <SearchField
              label={t("chat.groups.find")}
              autoFocus
              value={query}
              onInput={(event) => setQuery(event.currentTarget.value)}
            />
            <div class="invite-channel-list">
              {found.map((group) => (
                <Checkbox
                  key={group.id}
                  checked={chosen.includes(group.id)}
                  onChange={(on) => setChosen(on ? [...chosen, group.id] : chosen.filter((id) => id !== group.id))}
                >
                  {group.name}{" "}
                  <span class="muted">
                    {`@${group.handle} · ${t("groups.people.n", { n: group.user_ids.length })}`}
                  </span>
                </Checkbox>
              ))}
              {found.length === 0 ? <p class="muted">{t("chat.find_none")}</p> : null}
            </div>
          </>
        )}
    </Dialog>
  );
});
