// Counts what an App asks its database, at the one SQL surface: `count(work, about)` answers the texts of the statements that
// match, which ran while the work did. Other parts of the server go on meanwhile, so a test names the tables it is about.
import type { App } from "../../features/context.ts";
import type { Sql } from "../../db/sql.ts";

export interface StatementCounter {
  count(about: RegExp, work: () => Promise<unknown>): Promise<string[]>;
}

export function statementsOf({ db }: App): StatementCounter {
  let seen: string[] | undefined;
  for (const method of ["rows", "one", "maybe", "run"] as const) {
    const ask = db[method] as (statement: Sql) => Promise<never>;
    db[method] = (statement: Sql) => {
      seen?.push(statement.text);
      return ask(statement);
    };
  }
  return {
    async count(about, work) {
      seen = [];
      await work();
      const found = seen.filter((text) => about.test(text));
      seen = undefined;
      return found;
    },
  };
}
