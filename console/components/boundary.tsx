// A part of the console that cannot be drawn takes nothing else with it: in its place stands what happened, with ways out.
// Every page, panel, dialog and overlay stands within one of these (tests/console/boundary_test.ts).
import { Component, type ComponentChildren } from "preact";
import { Broken } from "./broken.tsx";

interface BoundaryProps {
  children: ComponentChildren;
  /** A panel has its own way out. */
  onClose?: () => void;
  /** What stands in the place of the part instead of the usual words. */
  fallback?: (retry: () => void) => ComponentChildren;
}

export class Boundary extends Component<BoundaryProps, { broken: boolean }> {
  override state = { broken: false };

  static override getDerivedStateFromError() {
    return { broken: true };
  }

  override componentDidCatch(error: unknown) {
    console.error("A part of the console could not be drawn.", error);
  }

  retry = () => this.setState({ broken: false });

  override render({ children, fallback, onClose }: BoundaryProps) {
    if (!this.state.broken) return children;
    return fallback ? fallback(this.retry) : <Broken onRetry={this.retry} onClose={onClose} />;
  }
}
