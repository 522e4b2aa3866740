// The executable: picks a command. See cli/main.ts.
import { main } from "./cli/main.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));
