// A device in the person's language: "Chrome on Android", "Chrome en Android".
import { deviceOf } from "../../protocol/accounts/device_name.ts";
import { t } from "./i18n.ts";

export function deviceText(userAgent: string | null): string {
  const { program, system } = deviceOf(userAgent);
  return namedDevice(program, system);
}

export function namedDevice(program: string, system: string): string {
  if (!program) return t("profile.devices.unknown");
  return system ? t("devices.on", { program, system }) : program;
}
