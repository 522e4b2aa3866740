// The audit log in words: who did what to what, filtered, page by page, and as a file.
import { useState } from "preact/hooks";
import { Badge, Button, Code, LinkButton, PageHead, Time } from "../../components/basic.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Icon } from "../../components/icon.tsx";
import { Empty } from "../../components/states.tsx";
import { type Column, PagedTable } from "../../components/table.tsx";
import { ChatAvatar } from "../chat/avatar.tsx";
import { address } from "../../lib/api.ts";
import { auditLines, auditSentence } from "../../lib/audit_text.ts";
import { AUDIT_ACTIONS } from "../../../protocol/operation/audit_actions.ts";
import { t, tryT } from "../../lib/i18n.ts";
import { usePages } from "../../lib/resource.ts";
import { route, setQuery } from "../../lib/router.ts";
import type { AuditEntry } from "../../lib/types.ts";

const FILTERS = ["action", "actor_id", "subject_id", "from", "to"] as const;
const AREAS = [...new Set(AUDIT_ACTIONS.map((action) => `${action.split(".")[0]}.*`))];

/** Of the details in the table; all of them stand in the entry itself. */
const LINES = 3;

/** Where the log came from: a name that people know, for the actions of the server itself, too. */
function actorName(entry: AuditEntry): string {
  return (entry.actor_id && entry.names[entry.actor_id]) || entry.actor_name;
}

function pictureOf(entry: AuditEntry) {
  const name = actorName(entry);
  return { id: entry.actor_id, username: name, display_name: name, avatar_url: entry.actor_avatar_url };
}

function rawOf({ names: _, actor_avatar_url: __, ...entry }: AuditEntry): object {
  return entry;
}

/** `datetime-local` has no zone: it is the person's own. */
const toIso = (local: string | null) =>
  local && !Number.isNaN(Date.parse(local)) ? new Date(local).toISOString() : null;

export function AuditPage() {
  const query = route.value.query;
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const filter = {
    action: query.get("action"),
    actor_id: query.get("actor_id"),
    subject_id: query.get("subject_id"),
    from: toIso(query.get("from")),
    to: toIso(query.get("to")),
  };
  const pages = usePages<AuditEntry>("/audit", filter);
  const active = FILTERS.some((name) => query.get(name));
  const clear = () => setQuery(Object.fromEntries(FILTERS.map((name) => [name, null])));
  const columns: Column<AuditEntry>[] = [
    {
      key: "action",
      label: t("audit.action"),
      main: true,
      cell: (entry) => (
        <span class="stack">
          <strong>{auditSentence(entry)}</strong>
          {auditLines(entry).slice(0, LINES).map(({ field, value }) => (
            <span class="small audit-line" key={field}>{t("audit.value", { field, value })}</span>
          ))}
        </span>
      ),
    },
    {
      key: "actor",
      label: t("audit.actor"),
      cell: (entry) => (
        <span class="nowrap person-name">
          {entry.actor_id ? <ChatAvatar user={pictureOf(entry)} size={24} /> : null}
          <span>{actorName(entry)}</span>
          {entry.actor_kind === "user" ? null : <Badge>{tryT(`actor.${entry.actor_kind}`) ?? entry.actor_kind}</Badge>}
        </span>
      ),
    },
    {
      key: "ip",
      label: t("audit.ip"),
      cell: (entry) => entry.ip ? <code>{entry.ip}</code> : <span class="muted">–</span>,
    },
    { key: "time", label: t("details.time"), cell: (entry) => <Time value={entry.created_at} mode="absolute" /> },
  ];
  return (
    <>
      <PageHead title={t("nav.audit")} text={t("audit.text")}>
        <LinkButton icon="download" href={address("/audit/export", { ...filter, format: "csv" })} download="audit.csv">
          CSV
        </LinkButton>
        <LinkButton
          icon="download"
          href={address("/audit/export", { ...filter, format: "ndjson" })}
          download="audit.ndjson"
        >
          NDJSON
        </LinkButton>
      </PageHead>
      <section class="card">
        <div class="toolbar toolbar-form">
          <label class="search">
            <Icon name="search" size={18} />
            <input
              class="input"
              data-search
              list="audit-areas"
              value={filter.action ?? ""}
              placeholder={t("audit.action.placeholder")}
              aria-label={t("audit.action")}
              autoCapitalize="none"
              spellcheck={false}
              onChange={(event) => setQuery({ action: event.currentTarget.value.trim() || null })}
            />
            <datalist id="audit-areas">{AREAS.map((area) => <option key={area} value={area} />)}</datalist>
          </label>
          {(["from", "to"] as const).map((end) => (
            <label class="input-prefix" key={end}>
              <span>{t(`audit.${end}`)}</span>
              <input
                class="input"
                type="datetime-local"
                value={query.get(end) ?? ""}
                onChange={(event) => setQuery({ [end]: event.currentTarget.value || null })}
              />
            </label>
          ))}
          {active ? <Button kind="quiet" icon="close" onClick={clear}>{t("action.clear_filters")}</Button> : null}
        </div>
        {filter.actor_id || filter.subject_id
          ? (
            <div class="chips">
              {(["actor_id", "subject_id"] as const).map((name) =>
                filter[name]
                  ? (
                    <button
                      key={name}
                      type="button"
                      class="chip"
                      aria-pressed="true"
                      onClick={() => setQuery({ [name]: null })}
                    >
                      {t(name === "actor_id" ? "audit.actor" : "audit.subject")} …{filter[name]!.slice(-6)}{" "}
                      <Icon name="close" size={16} />
                    </button>
                  )
                  : null
              )}
            </div>
          )
          : null}
        <PagedTable
          pages={pages}
          columns={columns}
          caption={t("nav.audit")}
          onOpen={setOpen}
          empty={
            <Empty icon="shield" title={t("audit.empty")} text={t("audit.empty.text")}>
              {active ? <Button onClick={clear}>{t("action.clear_filters")}</Button> : null}
            </Empty>
          }
        />
      </section>
      {open
        ? (
          <Dialog title={auditSentence(open)} onClose={() => setOpen(null)} wide>
            <dl class="details">
              <div>
                <dt>{t("audit.actor")}</dt>
                <dd>{actorName(open)} ({tryT(`actor.${open.actor_kind}`) ?? open.actor_kind})</dd>
              </div>
              <div>
                <dt>{t("audit.ip")}</dt>
                <dd>{open.ip ?? "–"}</dd>
              </div>
              <div>
                <dt>{t("details.time")}</dt>
                <dd>
                  <Time value={open.created_at} mode="absolute" />
                </dd>
              </div>
              {auditLines(open).map(({ field, value }) => (
                <div key={field}>
                  <dt>{field}</dt>
                  <dd class="break">{value}</dd>
                </div>
              ))}
            </dl>
            <details class="audit-raw">
              <summary>{t("audit.raw")}</summary>
              <Code text={JSON.stringify(rawOf(open), null, 2)} />
            </details>
            <div class="form-actions">
              {open.actor_id
                ? (
                  <Button small icon="filter" onClick={() => (setQuery({ actor_id: open.actor_id }), setOpen(null))}>
                    {t("audit.same_actor")}
                  </Button>
                )
                : null}
              {open.subject_id
                ? (
                  <Button
                    small
                    icon="filter"
                    onClick={() => (setQuery({ subject_id: open.subject_id }), setOpen(null))}
                  >
                    {t("audit.same_subject")}
                  </Button>
                )
                : null}
            </div>
          </Dialog>
        )
        : null}
    </>
  );
}
