// Sets of scopes for what tokens are made for most.
export const TOKEN_PRESETS = {
  notify: ["notify"],
  listen: ["channels.subscribe", "notifications.read"],
  bot: ["channels.subscribe", "chat.read", "chat.send", "media.read", "media.upload", "users.read"],
  /** Whatever there is to read. */
  read: [] as string[],
  metrics: ["dashboard.read", "metrics.read"],
  people: ["users.manage", "users.read"],
  /** A provider of identities. */
  scim: ["scim"],
} as const;
export type TokenPreset = keyof typeof TOKEN_PRESETS;

/** The scopes of a preset, sorted, out of those that the person may give; null: not all of them may be given. */
export function presetScopes(preset: TokenPreset, available: readonly string[]): string[] | null {
  if (preset === "read") {
    return available.filter((scope) => scope.endsWith(".read") || scope === "channels.subscribe").sort();
  }
  const scopes = [...TOKEN_PRESETS[preset]];
  return scopes.every((scope) => available.includes(scope)) ? scopes.sort() : null;
}
