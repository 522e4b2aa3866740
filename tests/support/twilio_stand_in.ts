// A local server that behaves like Twilio's Messages API: basic auth, form bodies, and errors when told so.
// https://www.twilio.com/docs/messaging/api/message-resource

export interface TwilioStandIn extends AsyncDisposable {
  readonly url: string;
  /** Messages that were taken. */
  readonly sent: { to: string; from: string; text: string }[];
  /** Requests so far, refused ones too. */
  readonly requests: number;
  /** Answers the next requests with these statuses instead. */
  fail(...statuses: number[]): void;
}

export function startTwilio(account: string, token: string): TwilioStandIn {
  const sent: TwilioStandIn["sent"] = [];
  const failures: number[] = [];
  let requests = 0;
  const json = (status: number, body: unknown) => Response.json(body, { status });
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    requests++;
    const form = new URLSearchParams(await request.text());
    const failure = failures.shift();
    if (failure) return json(failure, { code: failure === 400 ? 21211 : 20500, message: `about ${form.get("To")}` });
    const path = new URL(request.url).pathname;
    if (request.method !== "POST" || path !== `/2010-04-01/Accounts/${account}/Messages.json`) {
      return json(404, { code: 20404 });
    }
    if (request.headers.get("authorization") !== `Basic ${btoa(`${account}:${token}`)}`) {
      return json(401, { code: 20003 });
    }
    if (!request.headers.get("content-type")?.startsWith("application/x-www-form-urlencoded")) {
      return json(400, { code: 21602 });
    }
    sent.push({ to: form.get("To")!, from: form.get("From")!, text: form.get("Body")! });
    return json(201, { sid: `SM${crypto.randomUUID().replaceAll("-", "")}`, status: "queued" });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    sent,
    get requests() {
      return requests;
    },
    fail: (...statuses) => void failures.push(...statuses),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
