/** The engine alone: connection, sign-in, resuming. For programs that bring a platform of their own. */
export { Engine } from "./engine.ts";
export type * from "./engine_options.ts";
export { type Link, type Platform, standardPlatform, type Timers } from "./platform.ts";
export { byTicket, byToken, type SignIn, type Talk } from "./sign_in.ts";
export type * from "./status.ts";
export { GiveUp } from "../errors.ts";
