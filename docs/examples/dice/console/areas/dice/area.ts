// Dice.
import type { Area } from "../../app/area.ts";

export const dice: Area = {
  name: "dice",
  label: { en: "Dice", es: "Dados" },
  icon: "compass",
  rail: "top",
  pages: [{
    path: "/dice",
    load: () => import("./dice.tsx").then((m) => m.DicePage),
    label: { en: "Dice", es: "Dados" },
    icon: "compass",
    permission: "dice.roll",
  }],
};
