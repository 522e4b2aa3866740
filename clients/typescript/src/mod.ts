/**
 * Client for Pulpo: live notifications over WebSocket (`PulpoConnection`) and REST (`PulpoClient`). No dependencies;
 * runs in browsers, Node 22+ (Node 20 with a WebSocket given in the options) and Deno. React hooks: `@pulpo/client/react`.
 * What not every program needs is apart: `@pulpo/client/binary`, `/relay`, `/lines`, `/fallback`; the engine below all of
 * it is `@pulpo/client/engine`.
 */
export { PulpoClient, type PulpoClientOptions } from "./client.ts";
export { PulpoConnection } from "./connection.ts";
export type * from "./connection_types.ts";
export { backoffDelay, type BackoffOptions } from "./engine/backoff.ts";
export { PulpoError } from "./errors.ts";
export type * from "./types.ts";
