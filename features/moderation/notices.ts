// Tells people what concerns them, in their language: what was done about them and why, and what became of their report.
// It goes to the inbox, and by mail for whoever wants that. Reads the event log, at least once: dedupe keys make it once.
import { sql } from "../../db/sql.ts";
import { channels } from "../../protocol/wire/channels.ts";
import type { ModerationAction, Report } from "../../protocol/chat/moderation.ts";
import type { ModerationEvents } from "../../protocol/pushes/moderation.ts";
import { sendAsSystem } from "../notifications/mod.ts";
import type { App } from "../context.ts";
import type { Consumer } from "../define.ts";

type Language = "en" | "es";

export const noticeConsumer: Consumer = {
  name: "moderation.notices",
  async handle(app, events) {
    for (const { channel, type, organizationId, push } of events) {
      if (channel !== channels.moderation()) continue;
      if (type === "action_created" || type === "action_lifted") {
        const { action } = push.data as ModerationEvents["action_created"];
        await aboutAction(app, organizationId, action, type === "action_lifted");
      } else if (type === "report_updated") {
        const { report, changed } = push.data as ModerationEvents["report_updated"];
        if (changed.includes("status")) await aboutReport(app, organizationId, report);
      }
    }
  },
};

/** undefined: the account is gone or switched off. */
async function languageOf(app: App, organizationId: string, userId: string): Promise<Language | undefined> {
  const row = await app.db.maybe<{ locale: string }>(sql`
    select locale from users where id = ${userId} and organization_id = ${organizationId} and is_active`);
  return row && languageIn(row.locale);
}

const languageIn = (locale: string): Language => locale.toLowerCase().startsWith("es") ? "es" : "en";

async function aboutAction(app: App, organizationId: string, action: ModerationAction, lifted: boolean) {
  if (!action.user.id) return;
  const language = await languageOf(app, organizationId, action.user.id);
  if (!language) return;
  await sendAsSystem(app, organizationId, "moderation", {
    type: lifted ? "moderation_lifted" : `moderation_${action.action_type}`,
    message: (lifted ? liftedText : actionText)(action, language),
    data: {
      action_id: action.id,
      action_type: action.action_type,
      channel_id: action.channel_id,
      reason: action.reason,
      expires_at: action.expires_at,
    },
    user_ids: [action.user.id],
    persist: true,
    dedupe_key: `moderation:${action.id}:${lifted ? "lifted" : "created"}`,
  });
}

const utc = (time: string) => `${time.slice(0, 16).replace("T", " ")} UTC`;

function actionText(action: ModerationAction, language: Language): string {
  const { action_type, channel_name, channel_id, expires_at, reason } = action;
  if (language === "es") {
    const where = channel_id ? ` en ${channel_name ? `#${channel_name}` : "un canal"}` : "";
    const until = expires_at ? ` hasta ${utc(expires_at)}` : "";
    const what = {
      warning: `Un moderador te ha advertido${where}`,
      mute: `Un moderador te ha silenciado${where}${until}`,
      ban: channel_id ? `Un moderador te ha expulsado${where}${until}` : `Un moderador ha bloqueado tu cuenta${until}`,
    }[action_type];
    return `${what}. Motivo: ${reason}`;
  }
  const where = channel_id ? ` in ${channel_name ? `#${channel_name}` : "a channel"}` : "";
  const until = expires_at ? ` until ${utc(expires_at)}` : "";
  const what = {
    warning: `A moderator has warned you${where}`,
    mute: `A moderator has muted you${where}${until}`,
    ban: channel_id
      ? `A moderator has banned you from ${channel_name ? `#${channel_name}` : "a channel"}${until}`
      : `A moderator has banned your account${until}`,
  }[action_type];
  return `${what}. Reason: ${reason}`;
}

function liftedText({ action_type, revoke_reason }: ModerationAction, language: Language): string {
  const why = revoke_reason ? (language === "es" ? ` Motivo: ${revoke_reason}` : ` Reason: ${revoke_reason}`) : "";
  if (language === "es") {
    const what = {
      warning: "Se ha retirado tu advertencia",
      mute: "Ya no estás silenciado",
      ban: "Ya no estás expulsado",
    };
    return `${what[action_type]}.${why}`;
  }
  const what = { warning: "Your warning was taken back", mute: "You are no longer muted", ban: "Your ban was lifted" };
  return `${what[action_type]}.${why}`;
}

const REPORTED = {
  en: {
    resolved: "A moderator has looked at your report and acted on it. Thank you.",
    dismissed: "A moderator has looked at your report and found nothing against the rules. Thank you.",
  },
  es: {
    resolved: "Un moderador ha revisado tu reporte y ha actuado. Gracias.",
    dismissed: "Un moderador ha revisado tu reporte y no ha visto nada contra las normas. Gracias.",
  },
};
/** People in one notification. */
const TOGETHER = 200;

/** Everybody who has reported the message, although the event may leave them out. */
async function aboutReport(app: App, organizationId: string, report: Report): Promise<void> {
  const { status } = report;
  if (status === "pending") return;
  const reporters = await app.db.rows<{ id: string; locale: string }>(sql`
    select u.id, u.locale from moderation_reports r join users u on u.id = r.reporter_id and u.is_active
    where r.case_id = ${report.id} and r.organization_id = ${organizationId} and u.organization_id = ${organizationId}
    order by u.id`);
  for (const [language, people] of Map.groupBy(reporters, (row) => languageIn(row.locale))) {
    for (let at = 0; at < people.length; at += TOGETHER) {
      await sendAsSystem(app, organizationId, "moderation", {
        type: "report_reviewed",
        message: REPORTED[language][status],
        data: { report_id: report.id, message_id: report.message.id, channel_id: report.channel.id, status },
        user_ids: people.slice(at, at + TOGETHER).map((row) => row.id),
        persist: true,
        dedupe_key: `report:${report.id}:${report.reviewed_at}:${language}:${at}`,
      });
    }
  }
}
