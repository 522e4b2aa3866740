import type { ChannelName } from "../../protocol/wire/channels.ts";

/** A channel of no kind, for tests of what does not know channels. */
export const anyChannel = (name: string) =>
  name as ChannelName<Record<"*", { data: unknown; extra: { id?: string; message?: string }; kept: "durable" }>>;
