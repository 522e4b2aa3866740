// The engine's program and files, packed, in the compiled file: an executable keeps every byte that it carries in memory
// for as long as it runs (15 MB against 5). tools/pack_engine.ts writes them. From the sources the package has its own.
import { gunzipSync } from "node:zlib";

export interface EngineFiles {
  pgliteWasmModule?: WebAssembly.Module;
  fsBundle?: Blob;
}

/** Where they lie in the executable, by the name that they have in the package. */
export const packedFile = (name: "pglite.wasm" | "pglite.data"): URL =>
  new URL(`${name}.gz`, new URL("./engine/", import.meta.url));

/** Options for the engine. @returns nothing from the sources. @throws when the executable does not hold them. */
export function engineFiles(): EngineFiles {
  if (!Deno.build.standalone) return {};
  const files = unpacked("pglite.data").buffer;
  return {
    pgliteWasmModule: new WebAssembly.Module(unpacked("pglite.wasm")),
    // All that the engine wants of a Blob: a real one would be a second copy, which stays.
    fsBundle: { arrayBuffer: () => Promise.resolve(files) } as Blob,
  };
}

/** In one piece: small ones would stay with the process when they are free again. */
function unpacked(name: Parameters<typeof packedFile>[0]): Uint8Array<ArrayBuffer> {
  const packed = Deno.readFileSync(packedFile(name));
  // gzip ends with the size of what it holds (RFC 1952).
  const size = new DataView(packed.buffer).getUint32(packed.length - 4, true);
  const { buffer, byteOffset } = gunzipSync(packed, { chunkSize: size });
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, size);
}
