// Everything that is declared on the wire: the channels and frames of protocol/wire and those that a feature declares in a folder
// of its own. From here come the document at /asyncapi.json, the words that POST /notify refuses, and what tests hold pushes against.
import { CLIENT_FRAMES, type FrameEntry } from "../protocol/wire/frame_list.ts";
import { DECLARED, type DeclaredPushes } from "../protocol/wire/pushes.ts";
import type { Feature } from "./define.ts";

export interface Declared {
  channels: readonly DeclaredPushes[];
  /** Those of clients, by type. */
  frames: Readonly<Record<string, FrameEntry>>;
}

export function declared(features: readonly Feature[]): Declared {
  const channels = features.flatMap((feature) => feature.channels ?? []);
  const frames = features.flatMap((feature) => Object.entries(feature.frames ?? {}));
  return {
    channels: [...DECLARED, ...channels.flatMap(({ channel, pushes }) => pushes ? [{ channel, pushes }] : [])],
    frames: {
      ...CLIENT_FRAMES,
      ...Object.fromEntries(
        frames.flatMap(([type, rules]) =>
          [rules].flat().flatMap(({ schema, shown }) => shown ? [[type, { schema, ...shown }]] : [])
        ),
      ),
    },
  };
}
