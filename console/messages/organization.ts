// The page of the organisation: its name, and what it decides for its people. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const organizationMessages = {
  "organization.text": {
    en: "Its name, and what holds for everybody in it.",
    es: "Su nombre y lo que vale para todas sus personas.",
  },
  "organization.name": { en: "Name", es: "Nombre" },
  "organization.people": { en: "{n} person|{n} people", es: "{n} persona|{n} personas" },
  "organization.begun": { en: "begun", es: "empezó" },
} satisfies Texts;
