// The small pieces that all pages are made of.
import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { dateTime, relative, utc } from "../lib/format.ts";
import { language, locale, t } from "../lib/i18n.ts";
import { now } from "../lib/clock.ts";
import { setTitle } from "../lib/title.ts";
import { toast } from "../lib/toasts.ts";
import { Icon } from "./icon.tsx";

type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "icon"> & {
  kind?: "primary" | "plain" | "quiet" | "danger";
  icon?: string;
  /** Shows only the icon; `label` is then its name. */
  label?: string;
  busy?: boolean;
  small?: boolean;
  type?: "button" | "submit";
  disabled?: boolean;
  children?: ComponentChildren;
};

export function Button(
  { kind = "plain", icon, label, busy, small, type = "button", disabled, children, ...rest }: ButtonProps,
) {
  return (
    <button
      {...rest}
      type={type}
      class={`btn btn-${kind}${small ? " btn-small" : ""}${children ? "" : " btn-icon"} ${rest.class ?? ""}`}
      aria-label={label}
      title={children ? undefined : label}
      aria-busy={busy || undefined}
      disabled={disabled || busy}
    >
      {busy ? <span class="spinner" aria-hidden="true" /> : icon ? <Icon name={icon} size={small ? 16 : 18} /> : null}
      {children ? <span class="btn-text">{children}</span> : null}
    </button>
  );
}

export function LinkButton(
  { href, kind = "plain", icon, small, children, download }: {
    href: string;
    kind?: ButtonProps["kind"];
    icon?: string;
    small?: boolean;
    children: ComponentChildren;
    download?: string;
  },
) {
  return (
    <a class={`btn btn-${kind}${small ? " btn-small" : ""}`} href={href} download={download}>
      {icon ? <Icon name={icon} size={18} /> : null}
      <span class="btn-text">{children}</span>
    </a>
  );
}

/** A label, its control and what is wrong with it. `children` gets the ids to wire up. */
export function Field(
  { label, hint, error, live, children, optional }: {
    label: string;
    hint?: ComponentChildren;
    error?: string | null;
    /** The error is found while typing, not by sending. */
    live?: boolean;
    optional?: boolean;
    children: (props: { id: string; "aria-describedby"?: string; "aria-invalid"?: "true" }) => ComponentChildren;
  },
) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  // An error is about what was sent: it goes while the field is being corrected, and may come back with the next sending.
  const [touched, setTouched] = useState(false);
  useEffect(() => {
    const form = box.current?.closest("form");
    const reset = () => setTouched(false);
    form?.addEventListener("submit", reset, true);
    return () => form?.removeEventListener("submit", reset, true);
  }, []);
  const problem = touched && !live ? null : error;
  const describedBy = problem || hint ? `${id}-hint` : undefined;
  return (
    <div class={`field${problem ? " field-bad" : ""}`} ref={box} onInput={() => setTouched(true)}>
      <label for={id}>
        {label}
        {optional ? <span class="field-optional">{t("form.optional")}</span> : null}
      </label>
      {children({ id, "aria-describedby": describedBy, "aria-invalid": problem ? "true" : undefined })}
      {describedBy
        ? (
          <p class="field-hint" id={describedBy} role={problem ? "alert" : undefined}>
            {problem ? <Icon name="alert" size={16} /> : null}
            <span>{problem || hint}</span>
          </p>
        )
        : null}
    </div>
  );
}

export function Checkbox(
  { checked, onChange, children, disabled, kind = "check" }: {
    checked: boolean;
    onChange: (checked: boolean) => void;
    children: ComponentChildren;
    disabled?: boolean;
    kind?: "check" | "switch";
  },
) {
  return (
    <label class={kind === "switch" ? "switch" : "check"}>
      <input
        type="checkbox"
        role={kind === "switch" ? "switch" : undefined}
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {kind === "switch" ? <span class="switch-track" aria-hidden="true" /> : null}
      <span>{children}</span>
    </label>
  );
}

/** A point in time: relative or absolute in the local zone, the exact UTC time as its title. */
export function Time(
  { value, mode = "relative" }: { value: string | number | null | undefined; mode?: "relative" | "absolute" },
) {
  if (value === null || value === undefined) return <span class="muted">{t("time.never")}</span>;
  const at = typeof value === "number" ? value : Date.parse(value);
  if (!Number.isFinite(at)) return <span class="muted">–</span>;
  const text = mode === "relative" ? relative(at, language.value, now.value) : dateTime(at, locale(), now.value);
  return <time dateTime={new Date(at).toISOString()} title={`${dateTime(at, locale(), 0)} · ${utc(at)}`}>{text}</time>;
}

export function Badge(
  { tone = "plain", children }: { tone?: "good" | "bad" | "change" | "plain" | "warn"; children: ComponentChildren },
) {
  return <span class={`badge badge-${tone}`}>{children}</span>;
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain http in the local network has no clipboard API.
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "offscreen";
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

export function CopyButton(
  { text, label, kind = "plain", small }: { text: string; label?: string; kind?: ButtonProps["kind"]; small?: boolean },
) {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <Button
      kind={kind}
      small={small}
      icon={copied ? "check" : "copy"}
      onClick={async () => {
        if (!(await copyText(text))) {
          return void toast({
            kind: "error",
            title: t("copy.failed"),
            text: t("copy.by_hand"),
          });
        }
        setCopied(true);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setCopied(false), 2000);
      }}
    >
      <span aria-live="polite">{copied ? t("copy.done") : label ?? t("copy.copy")}</span>
    </Button>
  );
}

/** Text to be taken away as a whole: a token, a command. */
export function Code({ text, copy = true }: { text: string; copy?: boolean }) {
  return (
    <div class="code">
      <pre tabIndex={0}>{text}</pre>
      {copy ? <CopyButton text={text} small /> : null}
    </div>
  );
}

export function PageHead(
  { title, text, children }: { title: string; text?: ComponentChildren; children?: ComponentChildren },
) {
  useEffect(() => {
    setTitle(title);
  }, [title]);
  return (
    <div class="page-head">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {text ? <p class="page-lead">{text}</p> : null}
      </div>
      {children ? <div class="page-actions">{children}</div> : null}
    </div>
  );
}

export function Card(
  { title, actions, children, class: name = "" }: {
    title?: ComponentChildren;
    actions?: ComponentChildren;
    children: ComponentChildren;
    class?: string;
  },
) {
  return (
    <section class={`card ${name}`}>
      {title
        ? (
          <header class="card-head">
            <h2>{title}</h2>
            {actions}
          </header>
        )
        : null}
      {children}
    </section>
  );
}

export interface Tab {
  id: string;
  label: string;
}

/** Links, because each tab has an address. */
export function Tabs({ tabs, current, href }: { tabs: Tab[]; current: string; href: (id: string) => string }) {
  const bar = useRef<HTMLElement>(null);
  // Where not all fit, the one that is shown is among them.
  useLayoutEffect(() => {
    const box = bar.current!, tab = box.querySelector<HTMLElement>("[aria-current]");
    if (tab) box.scrollLeft = tab.offsetLeft - box.offsetLeft - (box.clientWidth - tab.offsetWidth) / 2;
  }, [current]);
  return (
    <nav class="tabs" ref={bar}>
      {tabs.map((tab) => (
        <a key={tab.id} href={href(tab.id)} aria-current={tab.id === current ? "page" : undefined}>{tab.label}</a>
      ))}
    </nav>
  );
}
