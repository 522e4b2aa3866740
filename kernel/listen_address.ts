// Where a listener listens, as a setting says it: a port, host:port, [address]:port, or the path of a Unix socket.

export type ListenAddress = { hostname: string; port: number } | { path: string };

/** @param host for a port alone @returns undefined when the text is none of these */
export function parseListenAddress(text: string, host: string): ListenAddress | undefined {
  const path = text.replace(/^unix:(?=\/)/, "");
  if (path.startsWith("/")) return path.includes("\0") || path.endsWith("/") ? undefined : { path };
  const match = /^(?:(?:\[([0-9a-f:.]+)\]|([^\s:[\]/]+)):)?(\d{1,5})$/i.exec(text);
  if (!match || Number(match[3]) > 65_535) return undefined;
  return { hostname: match[1] ?? match[2] ?? host, port: Number(match[3]) };
}
