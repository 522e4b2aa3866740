// A part could not be loaded. Either the server cannot be reached, or it has been upgraded: then the files of this build are
// gone, and so is what the browser remembers of them. Loading the page anew brings the new build; that is done once.
import { outer } from "../lib/base.ts";

const KEY = "pulpo_reloaded_at";
/** A second failure within this time is none that loading anew would mend. */
const ONCE_MS = 60_000;

/**
 * @param asked somebody pressed a button for it: that is no loop, and browsers may keep in mind that a script failed
 * @returns true: the page is being loaded anew; false: there is nothing to be done but to ask again later
 */
export async function mendBuild(asked = false): Promise<boolean> {
  const before = Number(sessionStorage.getItem(KEY) ?? 0);
  if (!asked && Date.now() - before < ONCE_MS) return false;
  try {
    const answer = await fetch(outer("/"), { headers: { accept: "text/html" }, cache: "no-store" });
    if (!answer.ok) return false;
  } catch {
    return false;
  }
  sessionStorage.setItem(KEY, String(Date.now()));
  location.reload();
  return true;
}
