// People with what they did in the chosen period: find, filter, sort; the order stands in the address.
import type { PersonStats } from "../../../protocol/operation/analytics.ts";
import { Badge, Checkbox, LinkButton, Time } from "../../components/basic.tsx";
import { SearchField } from "../../components/search_field.tsx";
import { Empty } from "../../components/states.tsx";
import { type Column, PagedTable } from "../../components/table.tsx";
import { address } from "../../lib/api.ts";
import { compact, duration } from "../../lib/format.ts";
import { language, t } from "../../lib/i18n.ts";
import { usePages } from "../../lib/resource.ts";
import { route, setQuery } from "../../lib/router.ts";
import { ROLES } from "../../lib/types.ts";
import type { Chosen } from "./statistics.tsx";

const SORTS = ["messages", "active_seconds", "last_seen_at", "username", "created_at"] as const;
const SORT_LABEL = {
  messages: "stats.messages",
  active_seconds: "stats.people.active_seconds",
  last_seen_at: "stats.people.last_seen_at",
  username: "stats.people.username",
  created_at: "stats.people.created_at",
} as const;

export function PeopleTab({ period }: { period: Chosen }) {
  const query = route.value.query;
  const sort = SORTS.find((name) => name === query.get("sort")) ?? "messages";
  const pages = usePages<PersonStats>("/admin/users", {
    from: period.from,
    to: period.to,
    tz: period.tz,
    q: query.get("q"),
    role: query.get("role"),
    restricted: query.get("restricted"),
    sort,
  });
  const columns: Column<PersonStats>[] = [
    {
      key: "name",
      label: t("stats.people.username"),
      main: true,
      cell: (person) => (
        <span class="stack">
          <span class="strong">{person.display_name}</span>
          <span class="muted small">
            @{person.username} · {t(`role.${person.role}`)}
          </span>
          <Marks person={person} />
        </span>
      ),
    },
    { key: "messages", label: t("stats.messages"), cell: (p) => compact(p.messages, language.value) },
    { key: "days", label: t("stats.people.active_days"), cell: (p) => compact(p.active_days, language.value) },
    {
      key: "time",
      label: t("stats.people.active_seconds"),
      cell: (p) => p.active_seconds ? duration(p.active_seconds, language.value) : <span class="muted">–</span>,
    },
    { key: "seen", label: t("stats.people.last_seen_at"), cell: (p) => <Time value={p.last_seen_at} /> },
  ];
  return (
    <section class="card">
      <div class="toolbar toolbar-form">
        <SearchField
          label={t("stats.people.find")}
          data-search
          value={query.get("q") ?? ""}
          autoCapitalize="none"
          spellcheck={false}
          onChange={(event) => setQuery({ q: event.currentTarget.value.trim() || null })}
        />
        <label class="input-prefix">
          <span>{t("stats.people.sort")}</span>
          <select class="input" value={sort} onChange={(event) => setQuery({ sort: event.currentTarget.value })}>
            {SORTS.map((name) => <option key={name} value={name}>{t(SORT_LABEL[name])}</option>)}
          </select>
        </label>
        <label class="input-prefix">
          <span>{t("stats.people.role")}</span>
          <select
            class="input"
            value={query.get("role") ?? ""}
            onChange={(event) => setQuery({ role: event.currentTarget.value || null })}
          >
            <option value="">–</option>
            {ROLES.map((role) => <option key={role} value={role}>{t(`role.${role}`)}</option>)}
          </select>
        </label>
        <Checkbox
          checked={query.get("restricted") === "true"}
          onChange={(on) => setQuery({ restricted: on ? "true" : null })}
        >
          {t("stats.people.restricted")}
        </Checkbox>
        <LinkButton
          icon="download"
          href={address("/admin/stats/export", { ...period, report: "users", format: "csv", bom: "true" })}
          download="people.csv"
        >
          {t("stats.csv")}
        </LinkButton>
      </div>
      <PagedTable
        pages={pages}
        columns={columns}
        caption={t("stats.tab.people")}
        empty={<Empty icon="users" title={t("stats.people.empty")} />}
      />
    </section>
  );
}

function Marks({ person }: { person: PersonStats }) {
  const kinds = new Set(person.restrictions.map((r) => r.action_type));
  if (person.is_active && kinds.size === 0) return null;
  return (
    <span class="badges">
      {person.is_active ? null : <Badge>{t("stats.people.off")}</Badge>}
      {kinds.has("mute") ? <Badge tone="warn">{t("stats.people.mute")}</Badge> : null}
      {kinds.has("ban") ? <Badge tone="bad">{t("stats.people.ban")}</Badge> : null}
    </span>
  );
}
