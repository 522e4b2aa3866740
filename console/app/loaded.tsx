// A part of the console that is loaded when it is first drawn. Until then something stands in its place; what could not be
// loaded says so, and can be asked for again.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failure } from "../components/states.tsx";
import { ApiError } from "../lib/api.ts";
import { mendBuild } from "./new_build.ts";
import { loadPart, type Part, readyPart } from "./parts.ts";

export function Loaded({ part, waiting }: { part: Part; waiting: ComponentChildren }) {
  const [, redraw] = useState(0);
  const [failed, setFailed] = useState(false);
  const Component = readyPart(part);
  useEffect(() => {
    if (Component || failed) return;
    let left = false;
    loadPart(part).then(
      () => !left && redraw((n) => n + 1),
      async () => !left && !(await mendBuild()) && setFailed(true),
    );
    return () => {
      left = true;
    };
  }, [part, failed]);
  useEffect(() => {
    if (!failed) return;
    const again = () => setFailed(false);
    addEventListener("online", again);
    return () => removeEventListener("online", again);
  }, [failed]);
  if (Component) return <Component />;
  if (!failed) return <>{waiting}</>;
  return <Failure error={new ApiError("network", 0, "not loaded")} onRetry={() => setFailed(false)} />;
}
