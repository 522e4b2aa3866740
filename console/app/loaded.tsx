// A part of the console that is loaded when it is first drawn. Until then something stands in its place; what could not be
// loaded says so, and can be asked for again.
import type { ComponentChild, ComponentChildren, ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Failure } from "../components/states.tsx";
import { ApiError } from "../lib/api.ts";
import { mendBuild } from "./new_build.ts";
import { loadPart, type Part, readyPart } from "./parts.ts";

/** The part once it is there; until then, when it could not be loaded, what says so. */
function usePart<Props>(part: Part<Props>): { Component?: ComponentType<Props>; failure?: ComponentChild } {
  const [, redraw] = useState(0);
  const [failed, setFailed] = useState(false);
  const asked = useRef(false);
  const Component = readyPart(part);
  useEffect(() => {
    if (Component || failed) return;
    let left = false;
    loadPart(part).then(
      () => !left && redraw((n) => n + 1),
      async () => !left && !(await mendBuild(asked.current)) && setFailed(true),
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
  const retry = () => {
    asked.current = true;
    setFailed(false);
  };
  return {
    Component,
    failure: failed ? <Failure error={new ApiError("network", 0, "not loaded")} onRetry={retry} /> : undefined,
  };
}

export function Loaded({ part, waiting }: { part: Part; waiting: ComponentChildren }) {
  const { Component, failure } = usePart(part);
  if (Component) return <Component />;
  return <>{failure ?? waiting}</>;
}

/** What stands where a part will be: `failure` when it could not be loaded, else something that is waited with. */
export type Meanwhile<Props> = (props: Props, failure: ComponentChild) => ComponentChildren;

export interface Later<Props> {
  (props: Props): ComponentChildren;
  /** Loads it before it is drawn; that this fails is told when it is. */
  soon: () => void;
}

/**
 * A part that is loaded when it is first drawn or before, used as any other component.
 * @param load see `Load` of a manifest; the texts and styles are those of the part that draws it
 */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  meanwhile: Meanwhile<NoInfer<Props>>,
): Later<Props> {
  const part: Part<Props> = { load, ground: {} };
  const drawn = (props: Props) => {
    const { Component, failure } = usePart(part);
    if (Component) return <Component {...props} />;
    return meanwhile(props, failure);
  };
  return Object.assign(drawn, { soon: () => void loadPart(part).catch(() => {}) });
}

/**
 * Calls when so many milliseconds have passed and the browser has nothing else to do: what is on the screen comes first.
 * @returns what calls it off
 */
export function whenIdle(work: () => void, afterMs: number): () => void {
  let asked: number | undefined;
  const timer = setTimeout(() => {
    if ("requestIdleCallback" in globalThis) asked = requestIdleCallback(work, { timeout: 2_000 });
    else work(); // Safari
  }, afterMs);
  return () => {
    clearTimeout(timer);
    if (asked !== undefined) cancelIdleCallback(asked);
  };
}
