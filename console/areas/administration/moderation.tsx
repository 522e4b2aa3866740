// Moderation: the queue of reports, what was done about people, and the automatic filter.
import { useState } from "preact/hooks";
import { Button, PageHead, Tabs } from "../../components/basic.tsx";
import { t } from "../../lib/i18n.ts";
import { route } from "../../lib/router.ts";
import { ActionForm } from "./moderation_action_form.tsx";
import { ActionsTab } from "./moderation_actions.tsx";
import { FilterTab } from "./moderation_filter.tsx";
import { ReportsTab } from "./moderation_reports.tsx";

export function ModerationPage() {
  const wanted = route.value.query.get("tab");
  const tab = wanted === "actions" || wanted === "filter" ? wanted : "reports";
  const [acting, setActing] = useState(false);
  return (
    <>
      <PageHead title={t("nav.moderation")} text={t("mod.text")}>
        {tab === "actions"
          ? <Button kind="primary" icon="plus" data-new onClick={() => setActing(true)}>{t("mod.new_action")}</Button>
          : null}
      </PageHead>
      <Tabs
        tabs={[
          { id: "reports", label: t("mod.reports") },
          { id: "actions", label: t("mod.actions") },
          { id: "filter", label: t("mod.filters") },
        ]}
        current={tab}
        href={(id) => id === "reports" ? "/moderation" : `/moderation?tab=${id}`}
      />
      {tab === "reports" ? <ReportsTab /> : tab === "actions" ? <ActionsTab /> : <FilterTab />}
      {acting ? <ActionForm onClose={() => setActing(false)} /> : null}
    </>
  );
}
