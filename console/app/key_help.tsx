// The list behind `?`: every key there is, as far as it is of use to this person.
import { Dialog } from "../components/dialog.tsx";
import { guarded } from "../components/guarded.tsx";
import { t } from "../lib/i18n.ts";
import { navItems } from "../lib/navigation.ts";
import { can } from "../lib/session.ts";
import { helpOpen, keyNames, shortcutList } from "../lib/shortcuts.ts";

export const KeyHelp = guarded(function KeyHelp() {
  const lists = shortcutList(navItems()).filter(({ permission }) => !permission || can(permission));
  return (
    <Dialog title={t("keys.title")} onClose={() => helpOpen.value = false} wide>
      <div class="keys-groups" tabIndex={0} role="group" aria-label={t("keys.title")}>
        {lists.map(({ title, entries }) => (
          <section key={title}>
            <h3>{t(title)}</h3>
            <dl class="keys">
              {entries.map(({ combos, label }) => (
                <div key={combos[0]}>
                  <dt>{keyNames(combos[0]!).map((name) => <kbd key={name}>{name}</kbd>)}</dt>
                  <dd>{t(label)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}, () => helpOpen.value = false);
