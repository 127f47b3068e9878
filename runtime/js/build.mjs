// Bundles for pages and workers: node build.mjs writes dist/, minified; prints sizes as JSON.
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL(".", import.meta.url));

/** Entries, beside `index`, as far as they are there. */
const OTHERS = ["state", "explain", "given"];

/**
 * Names of properties that never leave the runtime, besides those that begin with "_": the build makes
 * them short, the same in all files of one build. None of them is a name that an engine, a caller or
 * plain data that goes out knows.
 */
const INSIDE = `
  skip u8 int half signed f64 raw texts bits packed stepped json chars sorted place odd ended room move many
  features project expires holdout purposes reader bytes ops tested shapes shape segments bodies rules wheres
  first from shapeOf literals args ids surfaceFlags defaults variantAt ruleAt variants surfaceOf offset outcomes
  gates local traffic split unit seed arms ranges share hash salted words count contents language ruleIds
  segmentNames experimentIds memory numbers groupOf themes none idle reads needs host derivedAt without
  names clauses told exact node any terms least most age map type purpose
  classes elements units missing declared machine
  starts sizes width base uses asked codes isList used found hit offsets shares hashes
  themeOf standing written derived guards holds groups topics topicsOf lessOf retention largest countsOfWritten
  sticky entries stable changes allow role cadence slots
`.trim().split(/\s+/);
const KNOWN = new Set(["from", "split", "bytes", "lessOf", "entries", "raw", "sticky", "count", "units", "local", "type", "any", "map"]);
const mangleProps = new RegExp(`^(_.*|${INSIDE.filter((name) => !KNOWN.has(name)).join("|")})$`);

/** Bytes of a file as it is and by gzip -9. */
export const sizeOf = (path) => ({ bytes: statSync(path).size, gzip: gzipSync(readFileSync(path), { level: 9 }).length });

/** Minified modules of the entries in `folder`; code that entries share stands in a file of its own. */
export async function bundle(entries, folder) {
  await build({
    entryPoints: entries.map((name) => `${ROOT}src/${name}.js`),
    outdir: folder, bundle: true, minify: true, splitting: entries.length > 1, format: "esm", target: "es2020",
    mangleProps, chunkNames: "shared-[hash]", logLevel: "warning",
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const there = new Set(readdirSync(`${ROOT}src`)), folder = `${ROOT}dist`;
  rmSync(folder, { recursive: true, force: true });
  await bundle(["index", ...OTHERS.filter((name) => there.has(`${name}.js`))], folder);
  console.log(JSON.stringify(Object.fromEntries(readdirSync(folder).map((file) => [file, sizeOf(`${folder}/${file}`)]))));
}
