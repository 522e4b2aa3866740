// An example organisation for newcomers, pictures and tests: `pulpo demo`, and `fillDemo` for tests.
export { DEMO, type DemoOptions, type DemoProgress, type DemoResult, fillDemo, SMALL_DEMO } from "./fill.ts";
