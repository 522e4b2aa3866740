// Filters and paths of SCIM (RFC 7644, 3.4.2.2 and 3.5.2), as far as providers of identities use them: `attribute eq value`
// joined by `and`, and paths with one such condition in brackets. Linear in the length of the text, which is bounded.
import { badFilter, badPath } from "./errors.ts";

export interface Condition {
  /** In lower case, without the URN of a schema: `emails.value`. */
  attribute: string;
  value: string;
}

const VALUE = String.raw`"(?:[^"\\]|\\.)*"|true|false|null|-?\d+(?:\.\d+)?`;
const CONDITION = new RegExp(String.raw`\s*([A-Za-z$][\w$:.-]*(?:\[[^\]]*\](?:\.\w+)?)?)\s+(\w+)\s+(${VALUE})\s*`, "y");
const JOINT = /and\s/iy;

/** The conditions of a filter, all of which must hold. @throws ScimError invalidFilter */
export function parseFilter(text: string): Condition[] {
  const out: Condition[] = [];
  let at = 0;
  for (;;) {
    CONDITION.lastIndex = at;
    const found = CONDITION.exec(text);
    if (!found) throw badFilter('Only `attribute eq "value"`, joined by `and`, is understood.');
    const [whole, attribute, operator, value] = found;
    if (operator!.toLowerCase() !== "eq") throw badFilter(`The operator "${operator}" is not supported; use eq.`);
    out.push({ attribute: plainName(attribute!.replace(/\[[^\]]*\]/, "")), value: valueOf(value!) });
    at += whole.length;
    if (at >= text.length) return out;
    JOINT.lastIndex = at;
    const joint = JOINT.exec(text);
    if (!joint) throw badFilter("Only `and` joins conditions.");
    at += joint[0].length;
  }
}

function valueOf(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw badFilter("A value is not a valid JSON string.");
  }
}

/** Without the URN that may stand in front: `urn:ietf:params:scim:schemas:core:2.0:User:userName`. */
export function plainName(name: string): string {
  return name.replace(/^urn:.*:(?=[^:]+$)/i, "").toLowerCase();
}

export interface Path {
  /** In lower case; `name.givenname`. */
  attribute: string;
  /** What stood in the brackets. */
  condition?: Condition;
}

const PATH = /^((?:urn:[\w.:-]+:)?[A-Za-z$][\w$-]*)(?:\[([^\]]*)\])?(?:\.([A-Za-z$][\w$-]*))?$/;

/** @throws ScimError invalidPath, invalidFilter */
export function parsePath(text: string): Path {
  const found = PATH.exec(text.trim());
  if (!found) throw badPath(`The path "${text.slice(0, 100)}" is not understood.`);
  const [, name, condition, sub] = found;
  const attribute = plainName(name!) + (sub ? `.${sub.toLowerCase()}` : "");
  if (condition === undefined) return { attribute };
  const [one, ...more] = parseFilter(condition);
  if (more.length > 0) throw badPath("Only one condition may stand in the brackets of a path.");
  return { attribute, condition: one };
}
