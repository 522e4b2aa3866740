// A real SMTP server on a socket that takes mails, or refuses them when told to.
import { SMTPServer } from "smtp-server";

export interface ReceivedMail {
  from: string;
  to: string[];
  /** Headers and body as they came, quoted-printable and base64 parts decoded by `mailText`. */
  raw: string;
}

export interface SmtpStandIn extends AsyncDisposable {
  url: string;
  mails: ReceivedMail[];
  /** How many of the next mails are refused with 451. */
  refuse: number;
  attempts: number;
}

// deno-lint-ignore no-explicit-any
type Any = any;

export async function startSmtp(): Promise<SmtpStandIn> {
  const state: Pick<SmtpStandIn, "mails" | "refuse" | "attempts"> = { mails: [], refuse: 0, attempts: 0 };
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    onAuth: (auth: Any, _session: Any, done: Any) =>
      auth.username === "mail@box" && auth.password === "p/w"
        ? done(null, { user: auth.username })
        : done(new Error("no")),
    onData(stream: Any, session: Any, done: Any) {
      let raw = "";
      stream.on("data", (part: Uint8Array) => raw += new TextDecoder().decode(part));
      stream.on("end", () => {
        state.attempts++;
        if (state.refuse > 0) {
          state.refuse--;
          return done(Object.assign(new Error("try again later"), { responseCode: 451 }));
        }
        const { mailFrom, rcptTo } = session.envelope;
        state.mails.push({ from: mailFrom.address, to: rcptTo.map((r: Any) => r.address), raw });
        done();
      });
    },
  });
  server.on("error", () => {});
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.server.address() as { port: number };
  return Object.assign(state, {
    url: `smtp://mail%40box:p%2Fw@127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((done) => server.close(() => done())),
  });
}

/** All of a mail as readable text: header words and parts decoded. */
export function mailText(mail: ReceivedMail): string {
  const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
  const quoted = (text: string) =>
    new TextDecoder().decode(
      bytes(text.replace(/=\r?\n/g, "").replace(/=([0-9A-F]{2})/g, (_, h) => String.fromCharCode(parseInt(h, 16)))),
    );
  const unfolded = mail.raw.replace(/\?=\r?\n =\?/g, "?= =?").replace(/\r\n[ \t]/g, " ");
  return unfolded.replace(
    /=\?utf-8\?(q|b)\?([^?]*)\?= ?/gi,
    (_, how: string, text: string) =>
      how.toLowerCase() === "b"
        ? new TextDecoder().decode(Uint8Array.fromBase64(text))
        : quoted(text.replaceAll("_", " ")),
  ).split(/(?=--[-_\w]+)/).map((part) => {
    if (/content-transfer-encoding: quoted-printable/i.test(part)) return quoted(part);
    const base64 = part.match(/content-transfer-encoding: base64\r\n(?:.+\r\n)*\r\n([A-Za-z0-9+/=\r\n]+)/i);
    return base64 ? part + new TextDecoder().decode(Uint8Array.fromBase64(base64[1]!)) : part;
  }).join("");
}
