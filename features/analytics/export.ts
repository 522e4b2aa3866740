// Statistics as CSV, sent while it is read: one row per bucket, or per person or channel. Cells are safe in spreadsheets.
import { authorize } from "../../kernel/actor.ts";
import type { StatsExportQuery } from "../../protocol/operation/analytics.ts";
import { csvCell } from "../audit/mod.ts";
import type { Ctx } from "../context.ts";
import { bucketStarts, periodOf } from "../../kernel/time_buckets.ts";
import { busiestChannels, busiestPeople } from "./series_store.ts";
import { refreshFigures, seriesOf, toTopChannel, toTopUser } from "./stats.ts";

const PAGE = 500;
/** Buckets whose figures are asked for at once. */
const BUCKETS = 100;
const BOM = "\ufeff";

type Cells = Record<string, string | number | null>;

export interface Export {
  body: ReadableStream<Uint8Array>;
  filename: string;
}

/** Needs `stats.read`. @throws AppError `forbidden`, `validation_failed`, before anything is sent */
export function exportStats(ctx: Ctx, query: StatsExportQuery): Export {
  authorize(ctx.actor, "stats.read");
  const period = periodOf(query, ctx.app.now());
  const starts = bucketStarts(period, query.bucket);
  const { app, actor: { organizationId, userId } } = ctx;
  async function* pages(): AsyncGenerator<Cells[]> {
    await refreshFigures(app, organizationId);
    if (query.report === "series") {
      for (let i = 0; i < starts.length; i += BUCKETS) {
        const end = starts[i + BUCKETS] ?? period.to;
        const series = await seriesOf(app, organizationId, { ...period, to: end }, starts.slice(i, i + BUCKETS));
        yield series.engagement.map((point, n) => ({
          ...point,
          ...series.performance[n]!,
          ...series.moderation[n]!,
        }));
      }
      return;
    }
    for (let offset = 0;; offset += PAGE) {
      const page: Cells[] = query.report === "users"
        ? (await busiestPeople(app.db, organizationId, period, PAGE, offset)).map(toTopUser)
        : (await busiestChannels(app.db, organizationId, period, userId, PAGE, offset)).map(toTopChannel);
      yield page;
      if (page.length < PAGE) return;
    }
  }
  const days = [period.from, new Date(period.to.getTime() - 1)].map((at) => at.toISOString().slice(0, 10)).join("_");
  return {
    body: csvStream(pages(), query.bom === "true"),
    filename: `pulpo-${query.report === "series" ? query.bucket : query.report}-${days}.csv`,
  };
}

/** Columns are those of the first row; without rows there is nothing but the mark. */
function csvStream(pages: AsyncGenerator<Cells[]>, bom: boolean): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let columns: string[] | undefined;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      if (bom) controller.enqueue(encoder.encode(BOM));
    },
    async pull(controller) {
      const { done, value } = await pages.next();
      if (done) return controller.close();
      let text = "";
      for (const row of value) {
        if (!columns) text += (columns = Object.keys(row)).join(",") + "\r\n";
        text += columns.map((name) => csvCell(row[name] === null ? "" : String(row[name]))).join(",") + "\r\n";
      }
      // An empty chunk would not be asked to go on.
      if (text) controller.enqueue(encoder.encode(text));
      else controller.close();
    },
    async cancel() {
      await pages.return(undefined);
    },
  });
}
