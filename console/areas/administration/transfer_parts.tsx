// What imports and exports share on their page: following a run, its bar, its state, its report.
import { useEffect, useState } from "preact/hooks";
import { channels } from "../../../protocol/wire/channels.ts";
import type { Finding, ImportReport, TransferProgress } from "../../../protocol/operation/transfer.ts";
import { Badge } from "../../components/basic.tsx";
import { get } from "../../lib/api.ts";
import { fileSize } from "../../lib/format.ts";
import { language, locale, t, tryT } from "../../lib/i18n.ts";
import { listen } from "../../lib/live/readers.ts";

interface Run {
  id: string;
  status: "queued" | "running" | "done" | "failed" | "cancelled";
  phase: string;
  done: number;
  total: number;
}

const POLL_MS = 3000;
export const isOpen = (run: Pick<Run, "status">): boolean => run.status === "queued" || run.status === "running";

/** The run as it is now: by pushes, and by asking every few seconds in case one is missed. */
export function useRun<T extends Run>(path: string, first: T, onEnd: (run: T) => void): T {
  const [run, setRun] = useState(first);
  useEffect(() => {
    if (!isOpen(first)) return;
    let over = false;
    const ask = async () => {
      try {
        const now = await get<T>(`${path}/${first.id}`);
        if (over) return;
        setRun(now);
        if (isOpen(now)) return;
        over = true;
        onEnd(now);
      } catch { /* the next one */ }
    };
    const stop = listen(channels.transfers(), {
      onPush(push) {
        const data = push.data as TransferProgress;
        if (data.id !== first.id || over) return;
        if (!isOpen(data)) return void ask();
        setRun((old) => ({ ...old, status: data.status, phase: data.phase, done: data.done, total: data.total }));
      },
      onLost: ask,
    });
    const timer = setInterval(ask, POLL_MS);
    return () => {
      over = true;
      stop();
      clearInterval(timer);
    };
  }, [first.id]);
  return run.id === first.id ? run : first;
}

export function RunBar({ label, done, total }: { label: string; done: number; total: number }) {
  const share = total > 0 ? Math.min(1, done / total) : undefined;
  return (
    <div class="transfer-bar" role="status">
      <div class="transfer-bar-head">
        <span>{label}</span>
        <span class="muted">{share === undefined ? "" : `${Math.floor(share * 100)} %`}</span>
      </div>
      <progress aria-label={label} value={share} max={1} />
    </div>
  );
}

export const phaseText = (run: Pick<Run, "phase">): string => tryT(`transfer.phase.${run.phase}`) ?? run.phase;

const TONES = { queued: "plain", running: "change", done: "good", failed: "bad", cancelled: "warn" } as const;

export function RunState({ status }: { status: Run["status"] }) {
  return <Badge tone={TONES[status]}>{t(`transfer.status.${status}`)}</Badge>;
}

export const bytes = (n: number): string => fileSize(n, locale());

export function Report({ report, check }: { report: ImportReport; check: boolean }) {
  const number = new Intl.NumberFormat(language.value);
  const { counts } = report;
  const created = report.people.filter((p) => p.action === "created");
  const text = (n: Record<string, number>) =>
    Object.fromEntries(Object.entries(n).map(([k, v]) => [k, number.format(v)]));
  return (
    <>
      <dl class="transfer-figures">
        <div>
          <dt>{t("transfer.report.people")}</dt>
          <dd>
            <strong>{number.format(counts.users)}</strong>
            {t("transfer.report.people.text", text({ matched: counts.users_matched, created: counts.users_created }))}
          </dd>
        </div>
        <div>
          <dt>{t("transfer.report.channels")}</dt>
          <dd>
            <strong>{number.format(counts.channels)}</strong>
            {t("transfer.report.channels.text", text({ created: counts.channels_created }))}
          </dd>
        </div>
        <div>
          <dt>{t("transfer.report.messages")}</dt>
          <dd>
            <strong>{number.format(counts.messages)}</strong>
            {t("transfer.report.messages.text", text({ replies: counts.replies, skipped: counts.skipped }))}
          </dd>
        </div>
        <div>
          <dt>{t("transfer.report.files")}</dt>
          <dd>
            <strong>{number.format(check ? counts.files : counts.files_stored)}</strong>
            {bytes(counts.file_bytes)}
          </dd>
        </div>
      </dl>
      <p class="muted">{t("transfer.report.size", { size: bytes(report.estimated_bytes) })}</p>
      {created.length
        ? (
          <>
            <h3>{t("transfer.report.unmatched")}</h3>
            <ul class="transfer-list">
              {created.slice(0, 20).map((p) => (
                <li key={p.external_id}>
                  <strong>{p.name}</strong>
                  <span class="muted">@{p.username}</span>
                  <span class="muted break">{p.email ?? ""}</span>
                </li>
              ))}
              {counts.users_created > 20
                ? <li class="muted">{t("transfer.report.more", { n: number.format(counts.users_created - 20) })}</li>
                : null}
            </ul>
          </>
        )
        : null}
      <Findings title={t("transfer.report.conflicts")} list={report.conflicts} />
      <Findings title={t("transfer.report.unsupported")} list={report.unsupported} />
    </>
  );
}

function findingText(code: string): string {
  const kind = /^(?:sub)?type:(.+)$/.exec(code)?.[1];
  return kind ? t("transfer.finding.kind", { kind }) : tryT(`transfer.finding.${code}`) ?? code;
}

function Findings({ title, list }: { title: string; list: Finding[] }) {
  if (list.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul class="transfer-list">
        {list.map((f) => (
          <li key={f.code}>
            <strong>{findingText(f.code)}</strong>
            <span class="muted">{f.count}</span>
            {f.examples.length ? <span class="muted small break">{f.examples.join(" · ")}</span> : null}
          </li>
        ))}
      </ul>
    </>
  );
}
