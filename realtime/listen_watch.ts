// A listener of node:net stops taking connections for ever, and tells nobody, when one accept has failed for want of descriptors
// (seen on Deno 2.9.6). So the server looks: when nobody has come for a while it asks itself something, and listens anew when
// no answer comes. While there are no descriptors it cannot even connect, and looks again later. When listening anew fails, it is
// tried again at every look.
import type { Server } from "node:http";
import type { ListenAddress } from "../kernel/listen_address.ts";
import type { Logger } from "../kernel/log.ts";

const WATCH_MS = 5000;
/** How long the answer to oneself may take. */
const ANSWER_MS = 2000;

const THIS_MACHINE: Record<string, string> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

const ASK = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

function connect(address: ListenAddress): Promise<Deno.Conn> {
  if ("path" in address) return Deno.connect({ transport: "unix", path: address.path });
  return Deno.connect({ hostname: THIS_MACHINE[address.hostname] ?? address.hostname, port: address.port });
}

/**
 * Asks the listener for anything.
 * @returns whether it answered (closing is an answer) or was silent; `impossible`: no connection can be opened now
 */
async function knock(address: ListenAddress): Promise<"answered" | "silent" | "impossible"> {
  let connection: Deno.Conn | undefined, timer: ReturnType<typeof setTimeout> | undefined, over = false;
  const close = () => {
    try {
      connection?.close();
    } catch { /* closed already */ }
  };
  const asked = (async () => {
    connection = await connect(address);
    if (over) return close();
    await connection.write(ASK);
    await connection.read(new Uint8Array(64));
  })().then(() => "answered" as const, () => connection ? "silent" as const : "impossible" as const);
  const late = new Promise<"silent">((resolve) => timer = setTimeout(() => resolve("silent"), ANSWER_MS));
  const result = await Promise.race([asked, late]);
  over = true;
  clearTimeout(timer);
  close();
  return result;
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
    if (await knock(address) !== "silent" || came !== before || stopped) return;
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
