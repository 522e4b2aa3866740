// One die, and what was rolled last, by whomever.
import { useEffect, useState } from "preact/hooks";
import { Button, PageHead } from "../../components/basic.tsx";
import { toastError } from "../../components/states.tsx";
import { post } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { listen } from "../../lib/live/readers.ts";
import { diceChannel } from "../../../protocol/dice/channel.ts";
import type { Roll } from "../../../protocol/dice/dice.ts";
import type { Texts } from "../../messages/texts.ts";

const TEXTS = {
  title: { en: "Dice", es: "Dados" },
  roll: { en: "Roll", es: "Tirar" },
  rolled: { en: "{by} has rolled {value} of {sides}.", es: "{by} ha sacado {value} de {sides}." },
  none: { en: "Nobody has rolled yet.", es: "Nadie ha tirado todavía." },
} satisfies Texts;

export function DicePage() {
  const [last, setLast] = useState<Roll | null>(null);
  useEffect(() => listen(diceChannel(), { onPush: ({ data }) => setLast(data as Roll), onLost: () => {} }), []);
  return (
    <>
      <PageHead title={t(TEXTS.title)} />
      <section class="card">
        <p aria-live="polite">{last ? t(TEXTS.rolled, { ...last }) : t(TEXTS.none)}</p>
        <Button kind="primary" onClick={() => void post("/dice/rolls", {}).catch(toastError)}>{t(TEXTS.roll)}</Button>
      </section>
    </>
  );
}
