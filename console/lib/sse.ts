// Server-Sent Events over fetch. The browser's EventSource hides status codes, so that an expired session would look like
// a broken network; this reader has its semantics (resume with the last event id, retry) and tells the two apart.
// Invariants: a stream that is silent for 60 s (the server sends something every 25 s) is opened anew; retries wait
// up to 0.5–15 s, with full jitter.
import { backoffDelay } from "../../clients/typescript/src/engine/backoff.ts";
import { type SseEvent, SseParser } from "../../clients/typescript/src/engine/sse_parser.ts";
import { outer } from "./base.ts";
import { renewSession, toError } from "./api.ts";

export type StreamState = "connecting" | "live" | "offline" | "closed";

export interface StreamOptions {
  /** Path at this server, with its query. */
  path: string;
  onEvent: (event: SseEvent) => void;
  onState: (state: StreamState, error: Error | null) => void;
  fetch?: typeof fetch;
  renew?: () => Promise<boolean>;
}

const BACKOFF = { base: 500, cap: 15_000 };
const SILENCE_MS = 60_000;
const CONNECT_MS = 15_000;

/** Opens the stream and keeps it open. @returns what ends it. */
export function openStream(options: StreamOptions): () => void {
  const stop = new AbortController();
  run(options, stop.signal);
  return () => stop.abort();
}

async function run(options: StreamOptions, stopped: AbortSignal): Promise<void> {
  let lastId: string | null = null;
  let attempt = 0;
  while (!stopped.aborted) {
    if (attempt === 0) options.onState("connecting", null);
    let failure: Error | null = null;
    try {
      lastId = await once(options, stopped, lastId, () => {
        attempt = 0;
        options.onState("live", null);
      });
    } catch (error) {
      if (error instanceof StreamEnd) lastId = error.lastId;
      failure = error instanceof Error ? error : new Error(String(error));
    }
    if (stopped.aborted) break;
    const status = failure instanceof StreamEnd
      ? (failure.cause as { status?: number } | undefined)?.status
      : undefined;
    if (status === 401) {
      const renewed = await (options.renew ?? renewSession)().catch(() => null);
      if (renewed === false) break;
      if (renewed && attempt === 0) {
        attempt = 1;
        continue;
      }
    }
    // 403 and 404 do not get better by asking again: the page shows why.
    if (status === 403 || status === 404) {
      options.onState("closed", failure instanceof StreamEnd ? failure.cause as Error : failure);
      return;
    }
    // A stream that just ended (its token did, or the server restarts) is usually back at once: no alarm for the first try.
    const why = failure instanceof StreamEnd ? (failure.cause as Error | undefined) ?? null : failure;
    options.onState(attempt === 0 && !why ? "connecting" : "offline", why);
    await pause(backoffDelay(++attempt, BACKOFF), stopped);
  }
  if (!stopped.aborted) options.onState("closed", null);
}

/** The stream ended; carries the position to resume from. */
class StreamEnd extends Error {
  constructor(readonly lastId: string | null, cause?: unknown) {
    super("stream ended", { cause });
  }
}

async function once(
  options: StreamOptions,
  stopped: AbortSignal,
  lastId: string | null,
  onOpen: () => void,
): Promise<string | null> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), CONNECT_MS);
  const parser = new SseParser();
  const position = () => parser.lastId ?? lastId;
  try {
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (lastId) headers["Last-Event-ID"] = lastId;
    const response = await (options.fetch ?? fetch)(outer(options.path), {
      headers,
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.any([stopped, silence.signal]),
    });
    if (!response.ok || !response.body) throw await toError(response);
    onOpen();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    while (true) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      const { done, value } = await reader.read();
      if (done) return position();
      for (const event of parser.push(value)) options.onEvent(event);
    }
  } catch (error) {
    throw new StreamEnd(position(), error);
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stopped.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
