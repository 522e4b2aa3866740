// The executable: picks a command. See cli/main.ts.
import { setFlagsFromString } from "node:v8";
import { main } from "./cli/main.ts";

// The embedded database is WebAssembly: V8 would compile hundreds of its functions a second time in the first seconds. Only
// the really hot ones are worth the memory (saves some 25 MB after start).
setFlagsFromString("--wasm-tiering-budget=200000000");

if (import.meta.main) Deno.exit(await main(Deno.args));
