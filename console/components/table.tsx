// Tables that become cards on a phone: each cell carries its column's name (`data-label`), CSS does the rest.
import type { ComponentChildren } from "preact";
import { t } from "../lib/i18n.ts";
import type { Pages } from "../lib/resource.ts";
import { Button } from "./basic.tsx";
import { Failure, Skeleton } from "./states.tsx";

export interface Column<T> {
  key: string;
  label: string;
  cell: (row: T) => ComponentChildren;
  /** The cell that names the row: heads the card on a phone. */
  main?: boolean;
  /** Buttons: no label; on a phone below the card, or in its corner when they are only icons. */
  actions?: "icons" | "buttons";
  narrow?: boolean;
}

function Table<T extends { id: string }>(
  { columns, rows, caption, onOpen }: {
    columns: Column<T>[];
    rows: readonly T[];
    caption: string;
    onOpen?: (row: T) => void;
  },
) {
  return (
    <div class="table-wrap">
      <table class={columns.some((column) => column.actions === "icons") ? "table has-icons" : "table"}>
        <caption class="offscreen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                class={column.actions ? "cell-actions" : column.narrow ? "cell-narrow" : undefined}
              >
                {column.actions ? <span class="offscreen">{column.label}</span> : column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={row.id}
              class={onOpen ? "row-open" : undefined}
              onClick={onOpen ? () => onOpen(row) : undefined}
            >
              {columns.map((column) => {
                const name = column.actions
                  ? `cell-actions${column.actions === "icons" ? " cell-icons" : ""}`
                  : column.main
                  ? "cell-main"
                  : column.narrow
                  ? "cell-narrow"
                  : undefined;
                const content = column.cell(row);
                return column.main ? <th key={column.key} scope="row" class={name}>{content}</th> : (
                  <td
                    key={column.key}
                    class={name}
                    data-label={column.actions ? undefined : column.label}
                    onClick={column.actions ? (event) => event.stopPropagation() : undefined}
                  >
                    {content}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A paged table with all its states. `empty` is shown when there is nothing. */
export function PagedTable<T extends { id: string }>(
  { pages, columns, caption, empty, onOpen }: {
    pages: Pages<T>;
    columns: Column<T>[];
    caption: string;
    empty: ComponentChildren;
    onOpen?: (row: T) => void;
  },
) {
  if (!pages.items) return pages.error ? <Failure error={pages.error} onRetry={pages.reload} /> : <Skeleton rows={6} />;
  if (!pages.items.length) return <>{empty}</>;
  return (
    <>
      <Table columns={columns} rows={pages.items} caption={caption} onOpen={onOpen} />
      {pages.error ? <Failure error={pages.error} onRetry={pages.hasMore ? pages.more : pages.reload} /> : null}
      {pages.hasMore && !pages.error
        ? (
          <div class="more">
            <Button busy={pages.loading} onClick={pages.more}>{t("action.more")}</Button>
          </div>
        )
        : null}
    </>
  );
}
