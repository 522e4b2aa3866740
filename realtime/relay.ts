// Channels of the class relay: binary frames from one source to viewers that acknowledge them (`frame_ack`). Invariants:
//  - a viewer never has more than a window of frames on its way, whatever its send queue could hold;
//  - while a window is full only the newest frame is kept for that viewer, and goes out with the next acknowledgement;
//  - a frame is passed on as the bytes that came.
import { AppError } from "../kernel/errors.ts";
import { type BinaryFrame, type Bytes, decodeBinary, seqUpTo } from "../protocol/wire/binary.ts";
import type { FeedHost, LiveFeed, Reader, Start } from "./live_feed.ts";

/** Frames, and their bytes, that a viewer has not acknowledged. The last one may go over the bytes. */
const WINDOW_FRAMES = 8;
const WINDOW_BYTES = 1024 * 1024;

/** Why an event stream gets no relay. */
export function needsWebSocket(): AppError {
  return new AppError("needs_websocket", "This channel carries binary frames, which only a WebSocket brings.");
}

interface Viewer {
  onTheWay: { seq: number; bytes: number }[];
  bytes: number;
  /** The newest frame has not been sent. */
  waits: boolean;
}

export class RelayFeed implements LiveFeed {
  readonly epoch = "live";
  readonly offset = 0;
  references = 0;
  ready: Promise<void> = Promise.resolve();
  readonly readers = new Map<Reader, Viewer>();
  private newest: BinaryFrame | undefined;
  private acked: number | undefined;
  /** The instance of the source. */
  private from = "";

  /**
   * @param onAck the newest frame that any viewer here has acknowledged, and the instance of its source
   * @param onViewer one more viewer is there: what the source sends from now on reaches it
   */
  constructor(
    readonly organizationId: string,
    readonly channel: string,
    private readonly host: FeedHost,
    private readonly onAck: (seq: number, from: string) => void,
    private readonly onViewer: () => void,
  ) {}

  take(bytes: Bytes, from: string): void {
    const frame = decodeBinary(bytes);
    if (frame?.channel !== this.channel) return;
    if (this.newest && seqUpTo(frame.seq, this.newest.seq)) this.startAnew();
    this.newest = frame;
    this.from = from;
    for (const [reader, viewer] of this.readers) {
      if (viewer.waits) this.host.skipped++;
      this.hand(reader, viewer, frame);
    }
  }

  /** The source has started again, with other numbers: nobody acknowledges frames of the old ones. */
  private startAnew(): void {
    this.acked = undefined;
    for (const viewer of this.readers.values()) {
      viewer.onTheWay = [];
      viewer.bytes = 0;
    }
  }

  private hand(reader: Reader, viewer: Viewer, { seq, bytes }: BinaryFrame): void {
    viewer.waits = !open(viewer) || !reader.fits(bytes.length);
    if (viewer.waits) return open(viewer) ? this.host.behind(this) : undefined;
    viewer.onTheWay.push({ seq, bytes: bytes.length });
    viewer.bytes += bytes.length;
    this.host.delivered++;
    reader.pushBinary(bytes);
  }

  /** A viewer has everything up to this frame. */
  acknowledge(reader: Reader, seq: number): void {
    const viewer = this.readers.get(reader);
    if (!viewer) return;
    const { onTheWay } = viewer;
    let last: number | undefined;
    while (onTheWay.length && seqUpTo(onTheWay[0]!.seq, seq)) {
      const { seq, bytes } = onTheWay.shift()!;
      viewer.bytes -= bytes;
      last = seq;
    }
    if (last === undefined) return;
    if (this.acked === undefined || !seqUpTo(last, this.acked)) this.onAck(this.acked = last, this.from);
    if (viewer.waits && this.newest) this.hand(reader, viewer, this.newest);
  }

  start(): Start {
    return { answer: { epoch: this.epoch, offset: 0, recovered: false }, from: 0 };
  }

  /** A new viewer gets the newest frame, if there is one. */
  join(reader: Reader): void {
    const viewer: Viewer = { onTheWay: [], bytes: 0, waits: false };
    this.readers.set(reader, viewer);
    if (this.newest) this.hand(reader, viewer, this.newest);
    this.onViewer();
  }

  leave(reader: Reader): void {
    this.readers.delete(reader);
  }

  pump(): boolean {
    let behind = false;
    for (const [reader, viewer] of this.readers) {
      if (!viewer.waits || !open(viewer)) continue;
      this.hand(reader, viewer, this.newest!);
      behind ||= viewer.waits;
    }
    return behind;
  }
}

function open({ onTheWay, bytes }: Viewer): boolean {
  return onTheWay.length < WINDOW_FRAMES && bytes < WINDOW_BYTES;
}
