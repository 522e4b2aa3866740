// Scenarios of WebSockets run on both transports: the same tests, the same answers.
import { SOCKET_KINDS, type SocketKind } from "./test_app.ts";

/** Registers a test for each transport; `transport` is for `createTestApp`. */
export function onEachTransport(name: string, body: (transport: SocketKind) => Promise<void>): void {
  for (const transport of SOCKET_KINDS) Deno.test(`${name} (${transport})`, () => body(transport));
}
