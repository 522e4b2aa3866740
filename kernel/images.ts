// Work on pictures as features see it; workers/images.ts runs it off the event loop.

export interface ImageJob {
  /** Where the picture is. */
  path: string;
  /** What its first bytes say: image/jpeg, image/png, image/webp, image/gif, image/avif. */
  type: string;
  /** Where to write the cleaned picture and the small one; other files are not touched. */
  output: string;
  thumb: string;
  /** Only the square in the middle, with sides of this many pixels, as WebP in `output`; no small one. */
  square?: number;
}

export interface ImageResult {
  /** As it is shown, after turning. */
  width: number;
  height: number;
  /** Written to `output`; absent: the picture needed no change. */
  cleaned?: { size: number; sha256: string };
  /** Written to `thumb`; absent: the picture is small already, or of a kind that gets none. */
  thumb?: { size: number; sha256: string; type: string };
}

export interface ImageTool {
  /**
   * Takes everything out of a picture that is not the picture (EXIF with the place, comments, what is attached behind
   * its end), turns it upright and makes the small picture, longest side 480.
   * @throws AppError `unsupported_file` (broken, or too many pixels; seen before it is decoded), `rate_limited` (too
   * many are waiting), `timeout`.
   */
  process(job: ImageJob): Promise<ImageResult>;
  close(): void;
}
