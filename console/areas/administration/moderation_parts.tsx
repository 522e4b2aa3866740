// What the list of reports and a single one share: badges and names of channels.
import { DELETED_USERNAME } from "../../../protocol/accounts/deleted_user.ts";
import type { ModerationPerson, Report } from "../../../protocol/chat/moderation.ts";
import { Badge } from "../../components/basic.tsx";
import { people } from "../chat/lib/people.ts";
import { t } from "../../lib/i18n.ts";
import { ChatAvatar } from "../chat/avatar.tsx";

export function channelLabel(channel: Report["channel"]): string {
  if (channel.name) return `#${channel.name}`;
  return t(
    channel.type === "direct" ? "mod.direct" : channel.type === "private" ? "mod.private" : "mod.deleted_channel",
  );
}

/** The name that people read, as far as it is known here. */
export function personLabel({ id, username }: Pick<ModerationPerson, "id" | "username">): string {
  if (username === DELETED_USERNAME) return t("person.deleted");
  return (id ? people.value.get(id)?.display_name : undefined) ?? username;
}

export function PersonName({ person, size = 24 }: { person: ModerationPerson; size?: 20 | 24 | 32 }) {
  return (
    <span class="person-name">
      <ChatAvatar user={{ ...person, display_name: personLabel(person) }} size={size} />
      <strong>{personLabel(person)}</strong>
    </span>
  );
}

export function ReportBadges({ report }: { report: Report }) {
  const { category, source, report_count, assigned_to } = report;
  return (
    <>
      <Badge tone={category === "illegal" || category === "harassment" ? "bad" : "warn"}>
        {t(`mod.category.${category}`)}
      </Badge>
      {source === "filter" ? <Badge>{t("mod.by_filter")}</Badge> : null}
      {report_count > 1 ? <Badge tone="change">{t("mod.reporters_n", { n: report_count })}</Badge> : null}
      {assigned_to ? <Badge tone="good">{personLabel(assigned_to)}</Badge> : null}
    </>
  );
}
