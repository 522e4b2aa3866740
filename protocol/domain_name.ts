// Names of domains as people type them.
import { z } from "zod";

/** A host name such as example.org (RFC 1123), in lower case. */
export const domainName = z.string().trim().toLowerCase().max(253).regex(
  /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
  "a domain such as example.org",
);
