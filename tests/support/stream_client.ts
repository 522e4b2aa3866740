// A Server-Sent Events client for tests: keeps every event with its id, and what was only a comment.
import { until } from "./wait.ts";

export interface StreamEvent {
  id: string;
  event: string;
  // deno-lint-ignore no-explicit-any
  data: any;
}

export interface StreamClient extends AsyncDisposable {
  readonly status: number;
  readonly headers: Headers;
  readonly events: StreamEvent[];
  comments: number;
  ended: boolean;
  /** Body of an answer that is not a stream. */
  // deno-lint-ignore no-explicit-any
  problem: any;
  lastEventId: string;
  wait(match: (event: StreamEvent) => boolean): Promise<StreamEvent>;
}

export async function openStream(url: string, headers: Record<string, string> = {}): Promise<StreamClient> {
  const abort = new AbortController();
  const response = await fetch(url, { headers: { accept: "text/event-stream", ...headers }, signal: abort.signal });
  const client: StreamClient = {
    status: response.status,
    headers: response.headers,
    events: [],
    comments: 0,
    ended: false,
    problem: undefined,
    lastEventId: "",
    wait: (match) =>
      until(() => client.events.find(match), {
        what: `an event that ${match}; got ${JSON.stringify(client.events).slice(0, 1000)}`,
      }),
    async [Symbol.asyncDispose]() {
      abort.abort();
      await until(() => client.ended);
    },
  };
  if (!response.ok) {
    client.problem = await response.json().catch(() => undefined);
    client.ended = true;
    return client;
  }
  void (async () => {
    let rest = "", fields: Record<string, string> = {};
    try {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        rest += chunk;
        const lines = rest.split("\n");
        rest = lines.pop()!;
        for (const line of lines) {
          if (line.startsWith(":")) client.comments++;
          else if (line === "") {
            if (fields.id !== undefined) client.lastEventId = fields.id;
            if (fields.data !== undefined) {
              client.events.push({
                id: client.lastEventId,
                event: fields.event ?? "message",
                data: JSON.parse(fields.data),
              });
            }
            fields = {};
          } else {
            const colon = line.indexOf(":");
            fields[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, "");
          }
        }
      }
    } catch { /* aborted or cut off */ }
    client.ended = true;
  })();
  return client;
}
