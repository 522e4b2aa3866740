// Large frames are parsed one after the other over all sockets, each in a turn of the event loop of its own, so that
// whoever sends many of them waits and nobody else does.

/** A frame of more characters is worth a turn: parsing less takes well under a millisecond. */
export const LARGE_FRAME = 32 * 1024;

let last: Promise<void> = Promise.resolve();

/** Resolves when it is this caller's turn. The work must follow without further waiting. */
export function turn(): Promise<void> {
  return last = last.then(() => new Promise((resolve) => setTimeout(resolve, 0)));
}
