// The person's own account, and how the server is.
import type { Area } from "../../app/area.ts";

export const account: Area = {
  name: "account",
  label: "area.account",
  icon: "user",
  rail: "self",
  texts: { en: () => import("./texts.ts?en"), es: () => import("./texts.ts?es") },
  pages: [
    {
      path: "/profile",
      load: () => import("./profile.tsx").then((m) => m.ProfilePage),
      label: "nav.profile",
      icon: "user",
      key: "p",
    },
    {
      path: "/tokens",
      load: () => import("./tokens.tsx").then((m) => m.TokensPage),
      label: "nav.tokens",
      icon: "key",
      permission: "tokens.manage",
      key: "t",
    },
    {
      path: "/about",
      load: () => import("./about.tsx").then((m) => m.AboutPage),
      label: "nav.about",
      icon: "activity",
      key: "h",
    },
  ],
};
