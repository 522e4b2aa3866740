// What reading a picture file begins with, whatever its format: its bytes by place, and what is found out about it.

export interface Picture {
  /** Pixels as they are stored, before turning. */
  width: number;
  height: number;
  /** EXIF orientation, 1 to 8. */
  orientation: number;
  animated: boolean;
  /** Of a kind that the decoders here do not read, though it is well-formed (CMYK). */
  unusual?: boolean;
  /** Without metadata; the input itself when there was nothing to take out. */
  cleaned: Uint8Array<ArrayBuffer>;
  /** Segments with the colour profile, of a JPEG. */
  icc?: Uint8Array[];
}

/** The picture is to blame; the text is for people. */
export class Refused extends Error {}

export const damaged = () => new Refused("The picture is damaged and cannot be read.");

export const textAt = (bytes: Uint8Array, at: number, length: number) =>
  String.fromCharCode(...bytes.subarray(at, at + length));

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function join(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Orientation out of the TIFF structure of EXIF; 1 when there is none or it makes no sense. */
export function orientationOf(tiff: Uint8Array): number {
  try {
    const view = viewOf(tiff);
    const order = textAt(tiff, 0, 2);
    if (order !== "II" && order !== "MM") return 1;
    const little = order === "II";
    const start = view.getUint32(4, little);
    const count = Math.min(view.getUint16(start, little), 200);
    for (let i = 0; i < count; i++) {
      const entry = start + 2 + i * 12;
      if (view.getUint16(entry, little) !== 0x0112) continue;
      const value = view.getUint16(entry + 8, little);
      return value >= 1 && value <= 8 ? value : 1;
    }
  } catch { /* past the end */ }
  return 1;
}
