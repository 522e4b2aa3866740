// The Host header, of which a request's address is put together. With one of the characters that end or shift an authority
// (RFC 3986, 3.2) in it, the path of that address would be another than the one of the request line, which proxies decide by.

// deno-lint-ignore no-control-regex -- those are meant
const SHIFTS = /[/?#@\\\x00-\x20\x7f]/;

/** @param host the value of the header; null: there is none (HTTP/1.0, HTTP/2) */
export function isHost(host: string | null | undefined): boolean {
  return !host || !SHIFTS.test(host);
}
