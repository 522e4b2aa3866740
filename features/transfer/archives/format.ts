// Name and version of our export format (docs/export_format.md). A change that an older reader would not understand is a new
// version.
export const EXPORT_FORMAT = "pulpo-export";
export const EXPORT_VERSION = 1;
