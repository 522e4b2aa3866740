// What kind of network address something is, for requests that the server makes on behalf of people (webhooks). Lists from
// the IANA special-purpose address registries (RFC 6890 and its updates).
//   public     the internet
//   private    this machine and its networks: allowed only where the settings say so
//   forbidden  never a place to send to: link-local (cloud metadata), multicast, broadcast, reserved
// IPv6 forms that carry an IPv4 address (mapped, compatible, NAT64, 6to4) count as that address.

export type AddressKind = "public" | "private" | "forbidden";

const V4: [network: string, bits: number, kind: AddressKind][] = [
  ["0.0.0.0", 8, "private"], // "this host": reaches loopback on some systems
  ["10.0.0.0", 8, "private"],
  ["100.100.100.200", 32, "forbidden"], // metadata service of one large provider
  ["100.64.0.0", 10, "private"],
  ["127.0.0.0", 8, "private"],
  ["169.254.0.0", 16, "forbidden"],
  ["168.63.129.16", 32, "forbidden"], // host agent of another one
  ["172.16.0.0", 12, "private"],
  ["192.0.0.0", 24, "private"],
  ["192.0.2.0", 24, "private"],
  ["192.88.99.0", 24, "private"],
  ["192.168.0.0", 16, "private"],
  ["198.18.0.0", 15, "private"],
  ["198.51.100.0", 24, "private"],
  ["203.0.113.0", 24, "private"],
  ["224.0.0.0", 4, "forbidden"],
  ["240.0.0.0", 4, "forbidden"],
];

const V6: [prefix: string, bits: number, kind: AddressKind][] = [
  ["::", 128, "private"],
  ["::1", 128, "private"],
  ["fd00:ec2::254", 128, "forbidden"], // metadata service
  ["fe80::", 10, "forbidden"],
  ["fec0::", 10, "forbidden"],
  ["ff00::", 8, "forbidden"],
  ["fc00::", 7, "private"],
  ["100::", 64, "private"],
  ["2001::", 23, "private"], // protocol assignments, Teredo among them
  ["2001:db8::", 32, "private"],
  ["3fff::", 20, "private"],
  ["5f00::", 16, "private"],
];

/** Where in an IPv6 form the IPv4 address begins, in bits. */
const EMBEDDED: [prefix: string, bits: number, at: number][] = [
  ["::ffff:0:0", 96, 96],
  ["::ffff:0:0:0", 96, 96],
  ["64:ff9b::", 96, 96],
  ["64:ff9b:1::", 48, 96],
  ["2002::", 16, 16],
  ["::", 96, 96],
];

/** @param address an IPv4 or IPv6 address as text; anything else is `forbidden`. */
export function addressKind(address: string): AddressKind {
  const v4 = parseV4(address);
  if (v4 !== null) return kindV4(v4);
  const v6 = parseV6(address.replace(/^\[|\]$/g, "").replace(/%.*$/, ""));
  return v6 === null ? "forbidden" : kindV6(v6);
}

/** True when the text is an address and not a name. */
export function isAddress(host: string): boolean {
  return parseV4(host) !== null || parseV6(host.replace(/^\[|\]$/g, "")) !== null;
}

function kindV4(value: bigint): AddressKind {
  for (const [network, bits, kind] of V4) {
    if (samePrefix(value, parseV4(network)!, bits, 32)) return kind;
  }
  return "public";
}

function kindV6(value: bigint): AddressKind {
  for (const [prefix, bits, kind] of V6) {
    if (samePrefix(value, parseV6(prefix)!, bits, 128)) return kind;
  }
  for (const [prefix, bits, at] of EMBEDDED) {
    if (samePrefix(value, parseV6(prefix)!, bits, 128)) return kindV4((value >> BigInt(96 - at)) & 0xffffffffn);
  }
  // Only 2000::/3 is given out for the internet.
  return samePrefix(value, parseV6("2000::")!, 3, 128) ? "public" : "forbidden";
}

const samePrefix = (a: bigint, b: bigint, bits: number, length: number) =>
  a >> BigInt(length - bits) === b >> BigInt(length - bits);

function parseV4(text: string): bigint | null {
  const match = text.match(/^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/);
  if (!match) return null;
  let value = 0n;
  for (const part of match.slice(1)) {
    if (Number(part) > 255) return null;
    value = value << 8n | BigInt(part);
  }
  return value;
}

function parseV6(text: string): bigint | null {
  if (!/^[0-9a-f:.]{2,45}$/i.test(text)) return null;
  const tail = text.match(/^(.*:)(\d+\.\d+\.\d+\.\d+)$/);
  if (tail) {
    const v4 = parseV4(tail[2]!);
    if (v4 === null) return null;
    text = `${tail[1]}${(v4 >> 16n).toString(16)}:${(v4 & 0xffffn).toString(16)}`;
  }
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head, rest] = halves.map((half) => half === "" ? [] : half.split(":"));
  const given = head!.length + (rest?.length ?? 0);
  if (rest ? given > 7 : given !== 8) return null;
  const groups = rest ? [...head!, ...Array(8 - given).fill("0"), ...rest] : head!;
  let value = 0n;
  for (const group of groups) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return null;
    value = value << 16n | BigInt(`0x${group}`);
  }
  return value;
}
