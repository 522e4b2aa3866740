// The pages before anybody is signed in, loaded together: who sees one of them often goes on to the next.
export { ConfirmPage } from "./confirm.tsx";
export { LoginPage } from "./login.tsx";
export { RegisterPage } from "./register.tsx";
export { ResetPage } from "./reset.tsx";
export { SecondFactorRequiredPage } from "./second_factor_required.tsx";
export { SetupPage } from "./setup.tsx";
