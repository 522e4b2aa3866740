// The state of the connection, for people to see and for whoever waits for it.
import { signal } from "@preact/signals";
import type { LinkStatus } from "../../../clients/typescript/src/engine/status.ts";

export const link = signal<LinkStatus>({
  state: "closed",
  transport: "socket",
  attempt: 0,
  retryAt: null,
  closeCode: 0,
});
