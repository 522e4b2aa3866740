// A real nginx in front of a test server, with everything it writes in one folder.
import { findProgram } from "../../tools/requirements.ts";
import { freePort } from "./child_server.ts";
import { until } from "./wait.ts";

export const nginx = findProgram("nginx");

/** @param site server blocks */
export async function runNginx(folder: string, site: string, args: string[]): Promise<Deno.ChildProcess> {
  await Deno.writeTextFile(`${folder}/site.conf`, site);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");
  await Deno.writeTextFile(
    `${folder}/nginx.conf`,
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; events {} ` +
      `http { access_log off; ${temporary} include ${folder}/site.conf; }`,
  );
  return new Deno.Command(nginx!, { args: ["-p", folder, "-c", `${folder}/nginx.conf`, ...args], stderr: "null" })
    .spawn();
}

export interface Proxy {
  /** Without a slash at the end. */
  url: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A proxy on a free port. @param locations what stands in its server block; it has answered at `path` when this resolves */
export async function startProxy(locations: string, { http = "", path = "/", port = freePort() } = {}): Promise<Proxy> {
  const folder = await Deno.makeTempDir();
  const process = await runNginx(
    folder,
    `${http} server { listen 127.0.0.1:${port}; proxy_set_header Host $http_host; ${locations} }`,
    [],
  );
  const url = `http://127.0.0.1:${port}`;
  await until(() => fetch(url + path).then((r) => r.body?.cancel().then(() => true)).catch(() => false));
  return {
    url,
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await process.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}
