// Errors of SCIM (RFC 7644, 3.12): an AppError that also names the `scimType`, for programs that look at it.
import { AppError, type AppErrorOptions } from "../../../kernel/errors.ts";
import type { ErrorCode } from "../../../protocol/errors.ts";

export type ScimType = "invalidFilter" | "invalidPath" | "invalidValue" | "mutability" | "noTarget" | "uniqueness";

export class ScimError extends AppError {
  constructor(code: ErrorCode, readonly scimType: ScimType, detail: string, options: AppErrorOptions = {}) {
    super(code, detail, options);
  }
}

export const badFilter = (detail: string) => new ScimError("bad_request", "invalidFilter", detail);
export const badPath = (detail: string) => new ScimError("bad_request", "invalidPath", detail);
export const badValue = (detail: string) => new ScimError("bad_request", "invalidValue", detail);
