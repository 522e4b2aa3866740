// The second listener, for WebSockets alone, where the settings want one (docs/decisions/0041). Its code and npm `ws` are loaded only then.
import type { Config } from "../kernel/config.ts";
import { parseListenAddress } from "../kernel/listen_address.ts";
import type { Logger } from "../kernel/log.ts";
import type { WsServer, WsServerOptions } from "../realtime/ws_server.ts";
import { readPath } from "../routes/base_path.ts";
import { isSocketPath } from "../routes/realtime.ts";

/** Listens. @returns undefined when there is to be none @throws the error of an address that cannot be listened on */
export async function listenForSockets(
  config: Config,
  log: Logger,
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
    compressFrom: config.wsCompressBytes || undefined,
    log,
  });
}
