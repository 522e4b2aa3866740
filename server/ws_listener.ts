// The second listener, for WebSockets alone, where the settings want one (docs/decisions/0041). Its code and npm `ws` are loaded only then.
import type { App } from "../features/context.ts";
import { parseListenAddress } from "../kernel/listen_address.ts";
import type { WsServer, WsServerOptions } from "../realtime/ws_server.ts";
import { readPath } from "../routes/http/base_path.ts";
import { isSocketPath } from "../routes/operation/realtime.ts";

/** Listens. @returns undefined when there is to be none @throws the error of an address that cannot be listened on */
export async function listenForSockets(
  { config, log, features }: Pick<App, "config" | "log" | "features">,
  handler: WsServerOptions["handler"],
): Promise<WsServer | undefined> {
  const address = config.wsPort && parseListenAddress(config.wsPort, config.host);
  if (!address) return undefined;
  const { serveWebSockets } = await import("../realtime/ws_server.ts");
  const pathOf = readPath(config.publicUrl);
  return await serveWebSockets({
    address,
    handler,
    accepts: (request) => isSocketPath(pathOf(request)),
    binaryBytes: Math.max(0, ...features.flatMap((feature) => feature.binary ?? []).map((rule) => rule.maxBytes)),
    compressFrom: config.wsCompressBytes || undefined,
    log,
  });
}
