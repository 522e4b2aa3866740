// What is shown to people who are not signed in: pages that anybody may open by a link that was sent to them.
import type { Area } from "../../app/area.ts";

export const signIn: Area = {
  name: "sign_in",
  label: "action.sign_in",
  icon: "log-in",
  rail: "hidden",
  pages: [
    {
      path: "/register",
      load: () => import("./pages.ts").then((m) => m.RegisterPage),
      label: "action.sign_in",
      icon: "user-plus",
      door: true,
    },
    {
      path: "/reset",
      load: () => import("./pages.ts").then((m) => m.ResetPage),
      label: "action.sign_in",
      icon: "key",
      door: true,
    },
    {
      path: "/confirm",
      load: () => import("./pages.ts").then((m) => m.ConfirmPage),
      label: "action.sign_in",
      icon: "mail",
      door: true,
    },
  ],
};
