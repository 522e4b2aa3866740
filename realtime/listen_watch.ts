// A listener of node:net stops taking connections for ever, and tells nobody, when one accept has failed for want of descriptors
// (seen on Deno 2.9.6). So the server looks: when nobody has come for a while it connects to itself, and listens anew when that
// does not arrive. While there are no descriptors it cannot even connect, and looks again later. When listening anew fails, it is
// tried again at every look.
import type { Server } from "node:http";
import type { ListenAddress } from "../kernel/listen_address.ts";
import type { Logger } from "../kernel/log.ts";

const WATCH_MS = 5000;
/** How long a connection to oneself may take. */
const ARRIVAL_MS = 2000;

const THIS_MACHINE: Record<string, string> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** Opens and closes a connection. @returns false when none can be opened now */
async function knock(address: ListenAddress, arrived: () => boolean): Promise<boolean> {
  try {
    using _connection =
      await ("path" in address ? Deno.connect({ transport: "unix", path: address.path }) : Deno.connect({
        hostname: THIS_MACHINE[address.hostname] ?? address.hostname,
        port: address.port,
      }));
    const end = performance.now() + ARRIVAL_MS;
    while (!arrived() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    return true;
  } catch {
    return false;
  }
}

/**
 * Watches until it is stopped.
 * @param address where the server listens, with the port that it has got
 * @param listen listens there anew; the server has let go of the address
 * @returns stops it
 */
export function watchListener(
  server: Server,
  address: ListenAddress,
  listen: () => Promise<void>,
  log: Logger,
  everyMs = WATCH_MS,
): () => void {
  let came = 0, seen = 0, looking = false, stopped = false;
  server.on("connection", () => came++);
  const listenAnew = async () => {
    await listen();
    if (stopped) server.close(); // meanwhile
  };
  const look = async () => {
    if (!server.listening) return await listenAnew();
    const before = came;
    if (before !== seen) return void (seen = before); // somebody came meanwhile
    if (!await knock(address, () => came !== before) || came !== before || stopped) return;
    log.warn("the listener for WebSockets took no more connections; it listens anew");
    server.close();
    await listenAnew();
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look().catch((error) => log.error("the listener for WebSockets could not listen anew", { error }))
      .finally(() => looking = false);
  }, everyMs);
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}
