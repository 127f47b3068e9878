// What a page loads: the evaluator of each engine as one module, by esbuild alone and alike, gzip -9.
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { sizeOf as sizeOfFile } from "../../runtime/js/build.mjs";
import { built } from "./built.mjs";
import { PEERS } from "./peers.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));

async function sizeOf(contents) {
  const made = await build({
    stdin: { contents, resolveDir: HERE }, bundle: true, minify: true, format: "esm", target: "es2020", platform: "browser",
    write: false, logLevel: "error",
  });
  const [{ contents: code }] = made.outputFiles;
  return { bytes: code.length, gzip: gzipSync(code, { level: 9 }).length };
}

/** By name of the engine; what is `built` is what `npm run build` makes of an entry alone. */
export async function sizes() {
  const found = { "tacit-runtime": await sizeOf('export * from "../../runtime/js/src/index.js";') };
  for (const [entry, name] of [["index", "tacit-runtime"], ["state", "tacit-runtime/state"]]) {
    found[`${name}, built`] = sizeOfFile(await built(entry));
  }
  for (const peer of PEERS) found[peer.package ?? peer.name] = await sizeOf(peer.entry);
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await sizes(), null, 2));
