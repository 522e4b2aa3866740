// Text messages (PULPO_SMS): into the log, or through Twilio's Messages API. One message is one request, bounded at 10 s;
// trying again, with jittered back-off, is the job queue's. Credentials and texts never reach a log, but for `log`, whose
// purpose it is.
import type { Config } from "../kernel/config.ts";
import type { Logger } from "../kernel/log.ts";
import { SmsRefused, type SmsSender } from "../kernel/ports.ts";

const TIMEOUT_MS = 10_000;
const MAX_ANSWER = 64 * 1024;

type SmsConfig = Pick<Config, "sms" | "twilioUrl" | "twilioAccountSid" | "twilioAuthToken" | "twilioFrom">;

/** The sender that the settings name; without PULPO_SMS it is off: `enabled` is false and `send` throws. */
export function createSms(config: SmsConfig, log: Logger): SmsSender {
  switch (config.sms) {
    case "log":
      return {
        enabled: true,
        send({ to, text }) {
          log.info(`text message to ${to}: ${text.replaceAll("\n", " ")}`);
          return Promise.resolve();
        },
      };
    case "twilio":
      return { enabled: true, send: (message) => sendByTwilio(config, message) };
    default:
      return {
        enabled: false,
        send: () => Promise.reject(new SmsRefused("No way to send text messages is set (PULPO_SMS).")),
      };
  }
}

/** https://www.twilio.com/docs/messaging/api/message-resource: a form, signed in with account and token. */
async function sendByTwilio(config: SmsConfig, { to, text }: { to: string; text: string }): Promise<void> {
  const account = config.twilioAccountSid ?? "", from = config.twilioFrom ?? "";
  const form = new URLSearchParams({ To: to, Body: text });
  // A sender of its own, or a pool of them ("messaging service").
  form.set(/^MG[0-9a-f]{32}$/i.test(from) ? "MessagingServiceSid" : "From", from);
  const response = await fetch(`${config.twilioUrl}/2010-04-01/Accounts/${encodeURIComponent(account)}/Messages.json`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${account}:${config.twilioAuthToken}`)}`, accept: "application/json" },
    body: form,
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.ok) return void await response.body?.cancel();
  const reason = `Twilio answered ${response.status}${await errorNumber(response)}.`;
  // What is wrong with the request stays wrong; being too fast, or the service's own trouble, does not.
  if (response.status < 500 && response.status !== 429 && response.status !== 408) throw new SmsRefused(reason);
  throw new Error(reason);
}

/** Twilio's own number of the error, which its documentation explains; never its text, which names the person. */
async function errorNumber(response: Response): Promise<string> {
  try {
    const reader = response.body!.getReader();
    let text = "";
    const decoder = new TextDecoder();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += decoder.decode(part.value, { stream: true });
      if (text.length > MAX_ANSWER) break;
    }
    await reader.cancel();
    const { code } = JSON.parse(text) as { code?: unknown };
    return typeof code === "number" ? ` (error ${code})` : "";
  } catch {
    return "";
  }
}
