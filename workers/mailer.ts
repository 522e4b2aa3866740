// Mail over SMTP with nodemailer. One pooled transport per server; every wait is bounded at 20 s, so a mail server that
// hangs costs a job attempt and nothing else. Credentials come from PULPO_SMTP_URL and never reach a log.
import type { Config } from "../kernel/config.ts";
import { AppError } from "../kernel/errors.ts";
import type { Mail, Mailer } from "../kernel/ports.ts";

type Transport = ReturnType<typeof import("nodemailer").createTransport>;

const TIMEOUT_MS = 20_000;

export interface SmtpMailer extends Mailer {
  /** Connects and signs in, without sending. @throws when the server does not let us in. */
  verify(): Promise<void>;
  close(): void;
}

/** Without PULPO_SMTP_URL the mailer is off: `enabled` is false and `send` throws. */
export function createMailer(config: Pick<Config, "smtpUrl" | "mailFrom">): SmtpMailer {
  if (!config.smtpUrl) {
    return {
      enabled: false,
      send: () => Promise.reject(new AppError("unavailable", "No mail server is set (PULPO_SMTP_URL).")),
      verify: () => Promise.reject(new AppError("unavailable", "No mail server is set (PULPO_SMTP_URL).")),
      close() {},
    };
  }
  const url = new URL(config.smtpUrl);
  const secure = url.protocol === "smtps:";
  const options = {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port ? Number(url.port) : secure ? 465 : 587,
    secure,
    auth: url.username ? { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } : undefined,
    pool: true,
    maxConnections: 3,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    dnsTimeout: TIMEOUT_MS,
    // Nothing in a mail may make this server read a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  // Loaded with the first mail: most installations start without one.
  let opened: Promise<Transport> | undefined;
  const transport = () => opened ??= import("nodemailer").then(({ default: mail }) => mail.createTransport(options));
  return {
    enabled: true,
    async send(mail: Mail) {
      await withinTime((await transport()).sendMail({
        from: config.mailFrom,
        to: mail.to,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        messageId: mail.messageId,
        // No out-of-office answers, please (RFC 3834).
        headers: {
          "Auto-Submitted": "auto-generated",
          ...(mail.unsubscribeUrl ? { "List-Unsubscribe": `<${mail.unsubscribeUrl}>` } : {}),
        },
      }));
    },
    verify: async () => await withinTime((await transport()).verify()),
    close: () => void opened?.then((transport) => transport.close()),
  };
}

async function withinTime(sending: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("The mail server did not answer within 20 seconds.")), TIMEOUT_MS);
  });
  try {
    await Promise.race([sending, late]);
  } finally {
    clearTimeout(timer);
    sending.catch(() => {});
  }
}
