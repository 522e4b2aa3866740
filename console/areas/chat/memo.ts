// A component that is drawn anew only when one of its properties changed (or a signal that it reads).
import { Component, type ComponentType, h, type VNode } from "preact";

export function memo<P extends object>(Inner: ComponentType<P>): ComponentType<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const now = this.props as Record<string, unknown>;
      const then = next as Record<string, unknown>;
      for (const name of Object.keys(then)) if (then[name] !== now[name]) return true;
      for (const name of Object.keys(now)) if (!(name in then)) return true;
      return false;
    }
    override render(): VNode {
      return h(Inner as ComponentType<object>, this.props);
    }
  };
}
