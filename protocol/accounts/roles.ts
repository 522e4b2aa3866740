// The roles of an organisation, the highest first.
import { z } from "zod";

export const role = z.enum(["owner", "admin", "moderator", "member", "viewer", "guest"]);
