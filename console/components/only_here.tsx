// Said beside every address that is passed on, when it leads nowhere from other devices.
import { t } from "../lib/i18n.ts";
import { isLoopback } from "../lib/reach.ts";
import { Notice } from "./states.tsx";

export function OnlyHere({ address }: { address: string }) {
  return isLoopback(address) ? <Notice tone="warn">{t("link.only_here")}</Notice> : null;
}
