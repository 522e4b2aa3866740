// The address of an area itself: on a phone its list is the screen, elsewhere the list stands beside a page, the first one.
import { useEffect } from "preact/hooks";
import { t } from "../lib/i18n.ts";
import { areaHref } from "../lib/navigation.ts";
import { navigate } from "../lib/router.ts";
import { setTitle } from "../lib/title.ts";
import type { Area } from "./area.ts";
import { onPhone } from "./list_state.ts";

export function AreaHome({ area }: { area: Area }) {
  const phone = onPhone.value;
  useEffect(() => {
    if (phone) setTitle(t(area.label));
    else navigate(areaHref(area), { replace: true });
  }, [area, phone]);
  return <h1 class="offscreen" tabIndex={-1}>{t(area.label)}</h1>;
}
