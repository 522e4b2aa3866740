// A part of the console that is loaded when it is first drawn. Until then something stands in its place; what could not be
// loaded says so, and can be asked for again.
import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Load } from "../app/area.ts";
import { ApiError } from "../lib/api.ts";
import { Failure } from "./states.tsx";

/** What is there already is drawn at once, without a moment of waiting. */
const ready = new Map<Load, ComponentType>();

/** Loads ahead of use. @throws what the browser says when the part is not to be had */
async function loadPart(load: Load): Promise<ComponentType> {
  const known = ready.get(load);
  if (known) return known;
  const part = await load();
  ready.set(load, part);
  return part;
}

export function Loaded({ load, waiting }: { load: Load; waiting: ComponentChildren }) {
  const [, redraw] = useState(0);
  const [failed, setFailed] = useState(false);
  const Part = ready.get(load);
  useEffect(() => {
    if (Part || failed) return;
    let left = false;
    loadPart(load).then(
      () => !left && redraw((n) => n + 1),
      () => !left && setFailed(true),
    );
    return () => {
      left = true;
    };
  }, [load, failed]);
  if (Part) return <Part />;
  if (failed) return <Failure error={new ApiError("network", 0, "not loaded")} onRetry={() => setFailed(false)} />;
  return <>{waiting}</>;
}
