// The list of first steps on an administrator's dashboard.
import { defineFeature } from "../define.ts";

export { BACKUP_KEY, getFirstSteps, hideFirstSteps } from "./steps.ts";

export const firstStepsFeature = defineFeature({ name: "first_steps", permissions: {} });
