// The frame of the pages before signing in.
import type { ComponentChildren } from "preact";
import { Button } from "../../components/basic.tsx";
import { Logo } from "../../components/icon.tsx";
import { toastError } from "../../components/states.tsx";
import { type Language, language, setLanguage, t } from "../../lib/i18n.ts";
import { LANGUAGE_NAMES, LANGUAGES } from "../../messages/texts.ts";
import { dark, setTheme } from "../../lib/theme.ts";

export function Outside(
  { title, text, children }: { title: string; text?: ComponentChildren; children: ComponentChildren },
) {
  document.title = `${title} · Pulpo`;
  return (
    <div class="outside">
      <main class="outside-box" id="main">
        <div class="outside-head">
          <Logo size={48} />
          <h1>{title}</h1>
          {text ? <p class="muted">{text}</p> : null}
        </div>
        {children}
      </main>
      <footer class="outside-foot">
        <select
          class="input input-small"
          aria-label={t("language.label")}
          value={language.value}
          onChange={(event) => setLanguage(event.currentTarget.value as Language).catch(toastError)}
        >
          {LANGUAGES.map((code) => <option key={code} value={code}>{LANGUAGE_NAMES[code]}</option>)}
        </select>
        <Button
          kind="quiet"
          small
          icon={dark.value ? "sun" : "moon"}
          label={t(dark.value ? "theme.to_light" : "theme.to_dark")}
          onClick={() => setTheme(dark.value ? "light" : "dark")}
        />
        <a href="/docs">{t("about.docs")}</a>
      </footer>
    </div>
  );
}
