// Choosing a person's picture: a file, its part (dragged, with the keys, with two fingers' worth of a slider), and up it goes.
// What leaves the browser is the square that is shown, drawn anew: nothing else of the file.
import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../lib/api.ts";
import { t } from "../lib/i18n.ts";
import { toast } from "../lib/toasts.ts";
import type { User } from "../lib/types.ts";
import { Button } from "./basic.tsx";
import { Dialog } from "./dialog.tsx";
import { useForm } from "./form.ts";
import { guarded } from "./guarded.tsx";
import { Failure } from "./states.tsx";

/** Pixels that are sent, and the side of the frame on a screen of one pixel per pixel. */
const SIDE = 512;
const MAX_ZOOM = 5;
const STEP = 16;

interface Part {
  /** 1: the shorter side fills the frame. */
  zoom: number;
  /** Middle of the frame within the picture, 0 to 1. */
  x: number;
  y: number;
}

/** The square of the picture that the frame shows, in its pixels; moved inside when it would stand out. */
function squareOf(picture: ImageBitmap, part: Part): { left: number; top: number; side: number } {
  const side = Math.min(picture.width, picture.height) / part.zoom;
  const within = (middle: number, length: number) => Math.min(Math.max(middle * length - side / 2, 0), length - side);
  return { left: within(part.x, picture.width), top: within(part.y, picture.height), side };
}

export const PictureDialog = guarded(function PictureDialog({ person, onClose, onDone }: {
  person: User;
  onClose: () => void;
  onDone: (person: User) => void;
}) {
  const [picture, setPicture] = useState<ImageBitmap | null>(null);
  const [bad, setBad] = useState(false);
  const [part, setPart] = useState<Part>({ zoom: 1, x: 0.5, y: 0.5 });
  const canvas = useRef<HTMLCanvasElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const drag = useRef<{ x: number; y: number } | null>(null);
  const form = useForm([]);

  useEffect(() => {
    const pen = canvas.current?.getContext("2d");
    if (!pen || !picture) return;
    const { left, top, side } = squareOf(picture, part);
    pen.imageSmoothingQuality = "high";
    // What is transparent stands on white: the file is kept for light and dark.
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, SIDE, SIDE);
    pen.drawImage(picture, left, top, side, side, 0, 0, SIDE, SIDE);
  }, [picture, part]);
  useEffect(() => () => picture?.close(), [picture]);

  const choose = async (file: File | undefined) => {
    if (!file) return;
    setBad(false);
    try {
      setPicture(await createImageBitmap(file, { imageOrientation: "from-image" }));
      setPart({ zoom: 1, x: 0.5, y: 0.5 });
    } catch {
      setBad(true);
    }
  };
  /** Moves the picture by pixels of the canvas. */
  const move = (dx: number, dy: number) =>
    setPart((before) => {
      const { left, top, side } = squareOf(picture!, before);
      const scale = side / SIDE;
      const moved = {
        ...before,
        x: (left + side / 2 - dx * scale) / picture!.width,
        y: (top + side / 2 - dy * scale) / picture!.height,
      };
      // Kept inside now, so that the way back begins at once.
      const kept = squareOf(picture!, moved);
      return { ...moved, x: (kept.left + side / 2) / picture!.width, y: (kept.top + side / 2) / picture!.height };
    });
  const zoom = (factor: number) =>
    setPart((before) => ({ ...before, zoom: Math.min(MAX_ZOOM, Math.max(1, before.zoom * factor)) }));
  const keys: Record<string, () => void> = {
    ArrowLeft: () => move(-STEP, 0),
    ArrowRight: () => move(STEP, 0),
    ArrowUp: () => move(0, -STEP),
    ArrowDown: () => move(0, STEP),
    "+": () => zoom(1.15),
    "-": () => zoom(1 / 1.15),
  };
  const send = async () => {
    const done = await form.submit(async () => {
      const blob = await new Promise<Blob | null>((resolve) => canvas.current!.toBlob(resolve, "image/png"));
      if (!blob) throw new Error("the browser gave no picture");
      onDone(await call<User>("PUT", `/users/${person.id}/avatar`, { body: blob, timeoutMs: 60_000 }));
    });
    if (!done) return;
    toast({ kind: "success", title: t("picture.saved") });
    onClose();
  };
  return (
    <Dialog
      title={t("picture.title")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" busy={form.busy} disabled={!picture} onClick={send}>{t("action.save")}</Button>
        </>
      }
    >
      <div class="picture-form">
        {form.error ? <Failure error={form.error} /> : null}
        {picture
          ? (
            <>
              <canvas
                ref={canvas}
                class="picture-frame"
                width={SIDE}
                height={SIDE}
                tabIndex={0}
                role="img"
                aria-label={t("picture.frame")}
                onKeyDown={(event) => {
                  const run = keys[event.key];
                  if (!run) return;
                  event.preventDefault();
                  run();
                }}
                onWheel={(event) => {
                  event.preventDefault();
                  zoom(event.deltaY < 0 ? 1.08 : 1 / 1.08);
                }}
                onPointerDown={(event) => {
                  event.currentTarget.setPointerCapture(event.pointerId);
                  drag.current = { x: event.clientX, y: event.clientY };
                }}
                onPointerMove={(event) => {
                  if (!drag.current) return;
                  const scale = SIDE / event.currentTarget.clientWidth;
                  move((event.clientX - drag.current.x) * scale, (event.clientY - drag.current.y) * scale);
                  drag.current = { x: event.clientX, y: event.clientY };
                }}
                onPointerUp={() => drag.current = null}
                onPointerCancel={() => drag.current = null}
              />
              <label class="picture-zoom">
                <span>{t("picture.zoom")}</span>
                <input
                  type="range"
                  min={1}
                  max={MAX_ZOOM}
                  step={0.01}
                  value={part.zoom}
                  onInput={(event) => setPart({ ...part, zoom: Number(event.currentTarget.value) })}
                />
              </label>
            </>
          )
          : null}
        {bad ? <p class="field-hint picture-bad" role="alert">{t("picture.bad")}</p> : null}
        <input
          ref={input}
          class="offscreen"
          type="file"
          accept="image/jpeg,image/png,image/webp"
          tabIndex={-1}
          aria-label={t("picture.file")}
          onChange={(event) => {
            void choose(event.currentTarget.files?.[0]);
            event.currentTarget.value = "";
          }}
        />
        <Button icon="user" onClick={() => input.current!.click()}>
          {t(picture ? "picture.another" : "picture.file")}
        </Button>
        <p class="muted small">{t("picture.hint")}</p>
      </div>
    </Dialog>
  );
});
