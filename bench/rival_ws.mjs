// The same fan-out on Node's `ws`, the usual way: every text of a POST goes to every socket. Run by Node:
//   node rival_ws.mjs <file of the ws package> <port>
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const { WebSocketServer } = await import(pathToFileURL(process.argv[2]).href);
const server = createServer((request, response) => {
  if (request.method !== "POST") return response.end("ok");
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    for (const text of JSON.parse(Buffer.concat(chunks).toString())) {
      const bytes = Buffer.from(text);
      for (const socket of sockets.clients) socket.send(bytes, { binary: false });
    }
    response.setHeader("Content-Length", 0);
    response.end();
  });
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
server.listen(Number(process.argv[3]), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
