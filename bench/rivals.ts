// The same fan-out beside it, on what is installed: nginx with the nchan module, Node's `ws`, and Centrifugo. One process each, as
// Pulpo is one, the same readers, the same number of bytes a message.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Publish } from "./fanout.ts";
import { HttpConnection, httpRequest } from "./http_load.ts";
import { freePort, type Running, startProgram } from "./processes.ts";
import { stamp } from "./wire.ts";
import { findProgram } from "../tools/requirements.ts";

export interface Rival extends Running {
  name: "nchan" | "node_ws" | "centrifugo";
  transports: ("ws" | "sse")[];
  path: string;
  /** It says something to each reader that has connected. */
  greets?: boolean;
  publisher: () => Promise<{ publish: Publish; close: () => void }>;
}

/** Text of exactly `bytes` bytes with a stamp in it. */
function message(bytes: number): string {
  return `{"type":"bench","message":"${stamp()}","pad":"`.padEnd(bytes - 2, "x") + `"}`;
}

const NCHAN_MODULE = "/usr/lib/nginx/modules/ngx_nchan_module.so";

/** nginx with nchan, or undefined when it is not installed. */
export async function startNchan(folder: string, bytes: number): Promise<Rival | undefined> {
  const nginx = findProgram("nginx");
  if (!nginx || !existsSync(NCHAN_MODULE)) return undefined;
  const port = freePort();
  await Deno.writeTextFile(
    `${folder}/nginx.conf`,
    `load_module ${NCHAN_MODULE};
daemon off; master_process off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
worker_rlimit_nofile 20000;
events { worker_connections 12000; multi_accept on; }
http {
  access_log off; keepalive_requests 1000000000; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /up { return 200; }
    location = /pub { nchan_publisher; nchan_channel_id bench; nchan_message_buffer_length 5000; nchan_message_timeout 60s; }
    location = /sub { nchan_subscriber websocket eventsource; nchan_channel_id bench; nchan_subscriber_first_message newest; }
  }
}
`,
  );
  const running = await startProgram({
    command: nginx,
    args: ["-p", folder, "-c", `${folder}/nginx.conf`],
    port,
    path: "/up",
  });
  const publisher = async () => {
    const connection = await HttpConnection.open(port);
    const publish = async (n: number) => {
      for (let i = 0; i < n; i++) {
        const reply = await connection.send(httpRequest("POST", "/pub", { Accept: "text/json" }, message(bytes)));
        if (reply.status >= 300) throw new Error(`nchan answered ${reply.status}: ${reply.body}`);
      }
    };
    return { publish, close: () => connection.close() };
  };
  return { ...running, name: "nchan", transports: ["ws", "sse"], path: "/sub", publisher };
}

/** Node with `ws`, or undefined when Node is not installed. */
export async function startNodeWs(bytes: number): Promise<Rival | undefined> {
  const node = findProgram("node");
  if (!node || Deno.build.standalone) return undefined;
  const port = freePort();
  const script = fileURLToPath(new URL("./rival_ws.mjs", import.meta.url));
  await import("ws"); // brings it into the cache, where resolve finds it
  const wrapper = fileURLToPath(import.meta.resolve("ws"));
  const running = await startProgram({ command: node, args: [script, wrapper, String(port)], port, path: "/" });
  const publisher = async () => {
    const connection = await HttpConnection.open(port);
    const publish = async (n: number) => {
      const body = JSON.stringify(Array.from({ length: n }, () => message(bytes)));
      const reply = await connection.send(httpRequest("POST", "/", {}, body));
      if (reply.status !== 200) throw new Error(`ws answered ${reply.status}`);
    };
    return { publish, close: () => connection.close() };
  };
  return { ...running, name: "node_ws", transports: ["ws"], path: "/", publisher };
}

/** What Centrifugo puts around the data of a message: {"channel":"bench","pub":{"data":…}}. */
const CENTRIFUGO_WRAPPING = 35;

/**
 * Centrifugo with its plain one-way WebSocket, or undefined when it is not installed
 * (`go install github.com/centrifugal/centrifugo/v6@latest`, its folder on the PATH).
 */
export async function startCentrifugo(folder: string, bytes: number): Promise<Rival | undefined> {
  const centrifugo = findProgram("centrifugo");
  if (!centrifugo) return undefined;
  const port = freePort();
  const config = {
    http_server: { address: "127.0.0.1", port },
    log: { level: "warn" },
    client: { insecure: true, allowed_origins: ["*"] },
    http_api: { insecure: true },
    uni_websocket: { enabled: true },
    health: { enabled: true },
    usage_stats: { disabled: true },
  };
  const path = `${folder}/centrifugo.json`;
  await Deno.writeTextFile(path, JSON.stringify(config));
  const running = await startProgram({ command: centrifugo, args: ["--config", path], port, path: "/health" });
  const publisher = async () => {
    const connection = await HttpConnection.open(port);
    const publish = async (n: number) => {
      const commands = Array.from({ length: n }, () => ({
        publish: { channel: "bench", data: JSON.parse(message(bytes - CENTRIFUGO_WRAPPING)) },
      }));
      const reply = await connection.send(httpRequest("POST", "/api/batch", {}, JSON.stringify({ commands })));
      if (reply.status !== 200) throw new Error(`Centrifugo answered ${reply.status}: ${reply.body.slice(0, 300)}`);
    };
    return { publish, close: () => connection.close() };
  };
  const connect = encodeURIComponent(JSON.stringify({ subs: { bench: {} } }));
  const subscribe = `/connection/uni_websocket?cf_connect=${connect}`;
  return { ...running, name: "centrifugo", transports: ["ws"], path: subscribe, greets: true, publisher };
}
