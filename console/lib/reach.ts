// Whether an address that somebody passes on leads anywhere from other devices.

/** Does the address name the machine that asks for it (RFC 6761, RFC 1122, RFC 4291)? */
export function isLoopback(address: string): boolean {
  const host = URL.parse(address)?.hostname ?? "";
  return /^(?:(?:.+\.)?localhost\.?|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:7f[\da-f]{2}:[\da-f]+\])$/.test(host);
}
