// Colours for the code in messages: asked of a Worker that is loaded when the first block in a known language is on the
// page, and put into it as elements, never as HTML. Bounded: long blocks stay plain, a text that takes too long is given
// up together with its Worker, results are remembered so that scrolling back asks nothing. The text itself never changes,
// so that nothing moves when the colours come.
import { outer } from "../../../lib/base.ts";
import { grammarOf, type HighlightJob, type Run } from "./highlight_names.ts";

/** The address of the Worker's script, put in by the build. */
declare const HIGHLIGHT_WORKER: string;

const MAX_TEXT = 20_000;
const MAX_RUNS = 4_000;
const MAX_KNOWN = 200;
const MAX_WAITING = 50;
const GIVE_UP_MS = 2_000;
/** After so many texts that were given up no more are tried. */
const MAX_GIVEN_UP = 5;

/** Null: it stays plain. */
const known = new Map<string, Run[] | null>();
let worker: Worker | undefined;
let givenUp = 0;

interface Waiting extends HighlightJob {
  elements: Set<HTMLElement>;
}
const waiting = new Map<string, Waiting>();
let busy = false;

/** Colours the blocks of code below an element, now or when the Worker has answered. */
export function colourCode(root: HTMLElement): void {
  for (const element of root.querySelectorAll<HTMLElement>("code[data-lang]")) {
    const grammar = grammarOf(element.dataset.lang!), text = element.textContent ?? "";
    if (!grammar || !text || text.length > MAX_TEXT || element.firstElementChild) continue;
    const key = `${grammar}\n${text}`;
    const runs = known.get(key);
    if (runs) paint(element, text, runs);
    if (runs !== undefined || typeof HIGHLIGHT_WORKER === "undefined" || givenUp >= MAX_GIVEN_UP) continue;
    const job = waiting.get(key);
    if (job) job.elements.add(element);
    else if (waiting.size < MAX_WAITING) waiting.set(key, { grammar, text, elements: new Set([element]) });
  }
  next();
}

/** One at a time, so that what is given up is known. */
function next(): void {
  const [entry] = waiting;
  if (busy || !entry) return;
  busy = true;
  const [key, { grammar, text }] = entry;
  worker ??= new Worker(outer(HIGHLIGHT_WORKER), { type: "module", name: "highlight" });
  const timer = setTimeout(() => {
    givenUp++;
    worker!.terminate();
    worker = undefined;
    done(key, null);
  }, GIVE_UP_MS);
  const answer = (runs: Run[] | null) => {
    clearTimeout(timer);
    done(key, runs);
  };
  worker.onmessage = ({ data }: MessageEvent<Run[] | null>) => answer(data);
  worker.onerror = () => {
    givenUp = MAX_GIVEN_UP;
    answer(null);
  };
  worker.postMessage({ grammar, text } satisfies HighlightJob);
}

function done(key: string, runs: Run[] | null): void {
  const job = waiting.get(key)!;
  waiting.delete(key);
  const kept = runs && runs.length <= MAX_RUNS ? runs : null;
  known.set(key, kept);
  if (known.size > MAX_KNOWN) known.delete(known.keys().next().value!);
  if (kept) { for (const element of job.elements) if (element.isConnected) paint(element, job.text, kept); }
  busy = false;
  next();
}

function paint(element: HTMLElement, text: string, runs: readonly Run[]): void {
  if (element.textContent !== text) return;
  let at = 0;
  element.replaceChildren(...runs.map(([length, kind]) => {
    const part = text.slice(at, at += length);
    if (!kind) return part;
    const span = document.createElement("span");
    span.className = `code-${kind}`;
    span.textContent = part;
    return span;
  }));
}
