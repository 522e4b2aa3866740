// The second listener alone, as a process of its own with few descriptors (ws_descriptors_test.ts). Prints where it listens.
import { silentLogger } from "../../kernel/log.ts";
import { serveWebSockets } from "../../realtime/ws_server.ts";

const { url } = await serveWebSockets({
  address: { hostname: "127.0.0.1", port: 0 },
  handler: () => Promise.resolve(new Response(null, { status: 418 })),
  accepts: () => true,
  binaryBytes: 0,
  compressFrom: undefined,
  log: silentLogger,
  watchMs: 100,
});
console.log(url);
