// The people of a channel: who is there, with which role, adding and removing them.
import { useEffect, useState } from "preact/hooks";
import type { Channel, ChannelRole, Member } from "../../../protocol/chat/chat.ts";
import { Badge, Button } from "../../components/basic.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { SearchField } from "../../components/search_field.tsx";
import { Failure, Skeleton } from "../../components/states.tsx";
import { attempt } from "./lib/actions.ts";
import { CHANNEL_ROLES } from "./lib/levels.ts";
import { learn } from "./lib/people.ts";
import { channelName } from "./lib/text.ts";
import { post, remove } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { usePages } from "../../lib/resource.ts";
import { shownOf } from "../../lib/presence.ts";
import { isGuest, user } from "../../lib/session.ts";
import type { MessageKey } from "../../messages.ts";
import { ChatAvatar, GuestBadge, StatusMark, useApart } from "./avatar.tsx";
import { ChannelGroups } from "./channel_groups.tsx";
import { openMenu } from "./menu.tsx";
import { Panel } from "./panel.tsx";
import { PeoplePicker } from "./people_picker.tsx";
import { openPerson } from "./open_person.ts";

export function PeoplePanel({ channel }: { channel: Channel }) {
  const [search, setSearch] = useState("");
  const [q, setQ] = useState("");
  const [adding, setAdding] = useState(false), [grouping, setGrouping] = useState(false);
  const [removing, setRemoving] = useState<Member | null>(null);
  const pages = usePages<Member>(
    `/channels/${channel.id}/members`,
    { q },
    (page) => learn(page.items.map((member) => member.user)),
  );
  const me = user.value?.id ?? "";
  useApart(pages.items?.map((member) => member.user.id) ?? []);
  const manage = channel.rights.includes("manage"), invite = channel.rights.includes("invite") && !channel.is_archived;
  useEffect(() => {
    const timer = setTimeout(() => setQ(search.trim()), 200);
    return () => clearTimeout(timer);
  }, [search]);
  // Somebody came or went.
  useEffect(() => {
    if (pages.items && !q && pages.items.length !== channel.member_count && !pages.hasMore) pages.reload();
  }, [channel.member_count]);
  const setRole = (member: Member, role: ChannelRole) =>
    attempt(async () => {
      await post(`/channels/${channel.id}/members`, { user_id: member.user.id, role });
      pages.update((items) => items.map((item) => item.user.id === member.user.id ? { ...item, role } : item));
    });
  const menu = (member: Member) => [
    ...CHANNEL_ROLES.map((role) => ({
      label: t(`chat.role.${role}` as MessageKey),
      checked: member.role === role,
      run: () => setRole(member, role),
    })),
    // Who is here by a group goes with it, or by leaving it.
    ...(member.by_group ? [] : [{
      icon: "close",
      label: t("chat.remove_person"),
      danger: true,
      apart: true,
      run: () => setRemoving(member),
    }]),
  ];
  return (
    <Panel title={t("chat.people")} sub={channelName(channel, me)}>
      <div class="panel-tools">
        <SearchField
          label={t("chat.find_people")}
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        {invite
          ? (
            <>
              <Button small icon="user-plus" onClick={() => setAdding(true)}>{t("chat.add_people")}</Button>
              {channel.type !== "direct" && !isGuest()
                ? <Button small icon="users" onClick={() => setGrouping(true)}>{t("chat.groups.add")}</Button>
                : null}
            </>
          )
          : null}
      </div>
      <div class="panel-body">
        <ChannelGroups
          channel={channel}
          listed={!q}
          manage={manage}
          adding={grouping}
          onAdded={() => setGrouping(false)}
          onChanged={pages.reload}
        />
        {pages.error ? <Failure error={pages.error} onRetry={pages.reload} /> : null}
        {pages.items === null && !pages.error ? <Skeleton rows={6} /> : null}
        {pages.items?.length === 0 ? <p class="muted panel-none">{t("chat.find_none")}</p> : null}
        <ul class="people-rows">
          {pages.items?.map((member) => (
            <li key={member.user.id}>
              <button
                type="button"
                class="people-row"
                onClick={(event) => openPerson(member.user, event.currentTarget)}
              >
                <ChatAvatar user={member.user} presence />
                <span>
                  <strong>
                    {member.user.display_name}
                    {member.user.id === me ? <span class="muted">{` (${t("users.you")})`}</span> : null}
                    <StatusMark id={member.user.id} />
                  </strong>
                  <span class="muted people-sub">
                    {[
                      `@${member.user.username}`,
                      member.by_group ? t("chat.groups.by") : "",
                      shownOf(member.user.id!).text,
                    ].filter(Boolean).join(" · ")}
                  </span>
                </span>
              </button>
              <GuestBadge id={member.user.id} />
              {member.role !== "member"
                ? (
                  <Badge tone={member.role === "admin" ? "change" : "plain"}>
                    {t(`chat.role.${member.role}` as MessageKey)}
                  </Badge>
                )
                : null}
              {manage && member.user.id !== me && channel.type !== "direct"
                ? (
                  <Button
                    kind="quiet"
                    small
                    icon="more"
                    label={t("chat.change_person", { name: member.user.display_name })}
                    aria-haspopup="menu"
                    onClick={(event) => openMenu(event.currentTarget, menu(member))}
                  />
                )
                : null}
            </li>
          ))}
        </ul>
        {pages.hasMore
          ? (
            <div class="more">
              <Button small busy={pages.loading} onClick={pages.more}>{t("action.more")}</Button>
            </div>
          )
          : null}
      </div>
      {adding
        ? (
          <PeoplePicker
            title={t("chat.add_people")}
            action={t("action.add")}
            without={new Set(pages.items?.map((member) => member.user.id!) ?? [])}
            onClose={() => setAdding(false)}
            onDone={async (ids) => {
              await post(`/channels/${channel.id}/members`, { user_ids: ids });
              pages.reload();
            }}
          />
        )
        : null}
      {removing
        ? (
          <Confirm
            title={t("chat.remove_person.title", { name: removing.user.display_name })}
            text={t("chat.remove_person.text")}
            action={t("chat.remove_person")}
            onClose={() => setRemoving(null)}
            onConfirm={async () => {
              await remove(`/channels/${channel.id}/members/${removing.user.id}`);
              pages.update((items) => items.filter((item) => item.user.id !== removing.user.id));
            }}
          />
        )
        : null}
    </Panel>
  );
}
