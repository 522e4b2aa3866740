// What `pulpo demo` asks of the server, or of the features when no server is running: filling takes longer than one answer
// may, so a server begins and is asked how far it is.
import { perApp } from "../../kernel/per_app.ts";
import { DEMO, type DemoProgress, type DemoResult, fillDemo, SMALL_DEMO } from "../../features/demo/mod.ts";
import type { App } from "../../features/context.ts";
import { AppError } from "../../kernel/errors.ts";
import type { AdminAction } from "./host.ts";

/** JSON text of it is the answer to `demo start` and `demo status`. */
export interface DemoState {
  progress: DemoProgress | null;
  result: DemoResult | null;
  error: string | null;
  /** Where people sign in, as the server that made it knows. */
  url: string;
}

const runOf = perApp((_app: App) => ({ state: undefined as DemoState | undefined }));

export const DEMO_COMMANDS: Record<string, AdminAction> = {
  "demo start": async ({ app, alone }, flags) => {
    const now = runOf(app).state;
    if (now && !now.result && !now.error) throw new AppError("conflict", "The example organisation is being made.");
    const state: DemoState = { progress: null, result: null, error: null, url: app.publicUrl() };
    runOf(app).state = state;
    const options = {
      ...(flags.small ? SMALL_DEMO : DEMO),
      ...(typeof flags.password === "string" ? { password: flags.password } : {}),
      ...(flags.seed === undefined ? {} : { seed: Number(flags.seed) }),
      alone: alone !== undefined,
    };
    const work = fillDemo(app, options, (progress) => {
      state.progress = progress;
      alone?.(progress);
    }).then((result) => void (state.result = result));
    if (alone) await work;
    else {
      work.catch((error) => {
        state.error = error instanceof AppError
          ? error.detail
          : "Something went wrong on the server. Its log says what.";
        if (!(error instanceof AppError)) app.log.error("the demo failed", { error });
      });
    }
    return JSON.stringify(state);
  },
  "demo status": ({ app, alone }) => {
    if (alone) return Promise.reject(new AppError("unavailable", "The server that did the work has stopped."));
    const none: DemoState = { progress: null, result: null, error: "not started", url: app.publicUrl() };
    return Promise.resolve(JSON.stringify(runOf(app).state ?? none));
  },
};
