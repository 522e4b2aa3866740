// A TCP connection by hand, for clients that do not keep to the rules.
export interface RawSocket {
  /** What came so far, as Latin-1. */
  text(): string;
  /** The connection has ended. */
  over(): boolean;
  /** @returns false when the server has ended the connection */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
  /** Waits until the server ends the connection, at most a minute and a bit. */
  ended(): Promise<boolean>;
  close(): void;
}

const encoder = new TextEncoder();
/** The contract's minute, and time for a machine that is busy. */
const END_MS = 75_000;

/** Connects. @param path of a WebSocket, which is upgraded first @param text to send otherwise */
export async function rawSocket(url: string, path?: string, text = ""): Promise<RawSocket> {
  const { hostname, port } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  let received = "", over = false;
  const reading = (async () => {
    const buffer = new Uint8Array(16 * 1024);
    try {
      for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
        received += String.fromCharCode(...buffer.subarray(0, count));
      }
    } catch { /* reset */ }
    over = true;
    try {
      connection.close();
    } catch { /* closed */ }
  })();
  const socket: RawSocket = {
    text: () => received,
    over: () => over,
    async write(bytes) {
      try {
        for (let at = 0; at < bytes.length && !over;) at += await connection.write(bytes.subarray(at));
      } catch {
        return false;
      }
      return !over;
    },
    async ended() {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => timer = setTimeout(resolve, END_MS));
      await Promise.race([reading, late]).finally(() => clearTimeout(timer));
      const was = over;
      socket.close();
      return was;
    },
    close() {
      if (over) return;
      over = true;
      connection.close();
    },
  };
  if (path !== undefined) {
    text = `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${btoa("0123456789abcdef")}\r\nSec-WebSocket-Version: 13\r\n\r\n`;
  }
  await socket.write(encoder.encode(text));
  while (path !== undefined && !over && !received.includes("\r\n\r\n")) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return socket;
}

/** A frame of a client, masked with zeros. @param opcode 0 goes on, 1 text; @param last false: more of the message follows */
export function webSocketFrame(opcode: number, payload: string | Uint8Array, last = true): Uint8Array<ArrayBuffer> {
  const bytes = typeof payload === "string" ? encoder.encode(payload) : payload;
  const frame = new Uint8Array(14 + bytes.length);
  frame[0] = (last ? 0x80 : 0) | opcode;
  frame[1] = 0x80 | 127;
  new DataView(frame.buffer).setBigUint64(2, BigInt(bytes.length));
  frame.set(bytes, 14);
  return frame;
}

/** Sends so many megabytes of a message that does not end, or until the server ends the connection. */
export async function unfinished(socket: RawSocket, megabytes: number): Promise<void> {
  const part = encoder.encode("x".repeat(256 * 1024));
  for (let i = 0; i < megabytes * 4; i++) if (!await socket.write(webSocketFrame(i ? 0 : 1, part, false))) return;
}
