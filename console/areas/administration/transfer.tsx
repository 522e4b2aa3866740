// Moving in and out: imports and exports, for owners.
import { PageHead, Tabs } from "../../components/basic.tsx";
import { t } from "../../lib/i18n.ts";
import { route } from "../../lib/router.ts";
import { Exports } from "./transfer_export.tsx";
import { Imports } from "./transfer_import.tsx";

export function TransferPage() {
  const tab = route.value.query.get("tab") === "export" ? "export" : "import";
  return (
    <div class="transfer-page">
      <PageHead title={t("transfer.title")} text={t("transfer.lead")} />
      <Tabs
        tabs={[{ id: "import", label: t("transfer.tab.import") }, { id: "export", label: t("transfer.tab.export") }]}
        current={tab}
        href={(id) => id === "import" ? "/transfer" : `/transfer?tab=${id}`}
      />
      {tab === "import" ? <Imports key="import" /> : <Exports key="export" />}
    </div>
  );
}
