// The frame of everything that opens at the right: title, a way to close it (Esc as well), and what it holds.
import type { ComponentChildren } from "preact";
import { Button } from "../../components/basic.tsx";
import { focusComposer } from "./lib/focus.ts";
import { closePanel } from "./lib/view.ts";
import { t } from "../../lib/i18n.ts";
import { AwayLine } from "./away_line.tsx";

export function Panel(
  { title, sub, actions, children, class: name = "" }: {
    title: string;
    sub?: string;
    actions?: ComponentChildren;
    children: ComponentChildren;
    class?: string;
  },
) {
  return (
    <aside
      class={`chat-panel ${name}`}
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.stopPropagation();
        closePanel();
        focusComposer();
      }}
    >
      <header class="panel-head">
        <Button kind="quiet" icon="arrow-left" class="only-phone" label={t("chat.back")} onClick={closePanel} />
        <div class="panel-title">
          <h2>{title}</h2>
          <AwayLine />
          {sub ? <span class="muted">{sub}</span> : null}
        </div>
        {actions}
        <Button kind="quiet" icon="close" class="only-wide" label={t("action.close")} onClick={closePanel} />
      </header>
      {children}
    </aside>
  );
}
