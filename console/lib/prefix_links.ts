// Puts the path that the server stands under in front of every link and picture that is drawn, in one place for all of them.
import { options, type VNode } from "preact";
import { BASE_PATH } from "./base.ts";

/** To be called before the first drawing; does nothing at the root. */
export function prefixLinks(base = BASE_PATH): void {
  if (!base) return;
  const before = options.vnode;
  options.vnode = (vnode: VNode) => {
    if (typeof vnode.type === "string") {
      const props = vnode.props as Record<string, unknown>;
      for (const name of ["href", "src", "poster"]) {
        const value = props[name];
        // "//host" is another site's.
        if (typeof value === "string" && /^\/(?!\/)/.test(value)) props[name] = base + value;
      }
    }
    before?.(vnode);
  };
}
