// The settings as their owner may see them: every one, its value and where that came from, without secrets.
import {
  type Config,
  flagOf,
  originOfSetting,
  type Setting,
  type SettingName,
  type SettingOrigin,
  SETTINGS,
  snake,
} from "./config.ts";

export interface ShownSetting {
  /** As in pulpo.toml. */
  name: string;
  flag: string;
  env: string;
  help: string;
  /** As a person would write it; null: not set, or a secret. */
  value: string | null;
  origin: SettingOrigin;
  secret: boolean;
  is_set: boolean;
}

/** Every setting, its value and where that comes from. The values of secrets are in no field of it. */
export function shownSettings(config: Config): ShownSetting[] {
  return (Object.entries(SETTINGS) as [SettingName, Setting][]).map(([name, { env, help, secret = false }]) => {
    const value = config[name];
    return {
      name: snake(name),
      flag: flagOf(name),
      env,
      help,
      value: secret || value === undefined ? null : shownValue(value),
      origin: originOfSetting(config, name),
      secret,
      is_set: value !== undefined,
    };
  });
}

function shownValue(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value).map(([key, one]) => `${key}=${one}`).join(", ");
}
