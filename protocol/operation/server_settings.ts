// The settings of the server as its owner sees them. `GET /admin/settings`.
import { z } from "zod";

export const serverSetting = z.object({
  name: z.string().meta({ description: "As in pulpo.toml" }),
  flag: z.string(),
  env: z.string(),
  help: z.string(),
  value: z.string().nullable().meta({ description: "null: not set, or a secret" }),
  origin: z.enum(["flag", "environment", "file", "default"]).meta({ description: "What the value comes from" }),
  secret: z.boolean().meta({ description: "Its value is never told" }),
  is_set: z.boolean(),
}).meta({ id: "ServerSetting" });
export type ServerSetting = z.infer<typeof serverSetting>;
export const serverSettingList = z.object({ items: z.array(serverSetting) });
