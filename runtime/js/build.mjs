// What is published: node build.mjs writes dist/, minified modules and their types; prints sizes as JSON.
import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";

const ROOT = fileURLToPath(new URL(".", import.meta.url));

/** Entries, beside `index`, as far as they are there. */
const OTHERS = ["state", "explain", "given"];

/**
 * Names of properties that never leave the runtime, besides those that begin with "_": the build makes
 * them short, the same in all files of one build. None of them is a name that an engine, a caller or
 * plain data that goes out knows.
 */
const INSIDE = `
  skip u8 beyond signed f64 raw texts bits packed stepped chars sorted place ended room move many
  reader not isSpecial begins tested varint json flags deals waiting places order shape bodies wheres
  first shapeOf literals args ids surfaceFlags defaults counts variantAt ruleAt surfaceOf offset outcomes
  gates seed share hash salted words count contents ruleIds
  segmentNames experimentIds numbers groupOf themes idle reads needs ahead sourceOf splits host derivedAt
  clauses exact node least most age
  classes elements units machine
  starts stop width base uses asked codes isList found hit offsets alone calls
  themeOf standing written topics topicsOf retention largest countsOfWritten
  plans cuts few told used features rows table names purposes signals segments rules type missing
  variants project expires holdout traffic unit local arms ranges terms
  sticky stable allow memory derived declared experiments guards cadence slot slots where role groups holds
`.trim().split(/\s+/);
const mangleProps = new RegExp(`^(_.*|${INSIDE.join("|")})$`);

/**
 * Throws if a name of INSIDE is one that engines or callers know, or stands in quotes somewhere; but for names that
 * an entry gives back itself, by keys in quotes, or as explain.js by a table.
 */
function checkNames() {
  const engines = ["", [], {}, () => {}, new Map(), new Set(), new Uint8Array(), new DataView(new ArrayBuffer(1)), Object, Array, Math, Number, JSON];
  const common = INSIDE.filter((name) => engines.some((one) => name in Object(one)));
  if (common.length) throw new Error(`engines know the names ${common.join(", ")}`);
  for (const file of readdirSync(`${ROOT}src`)) {
    const sourceOf = (name) => readFileSync(`${ROOT}src/${name}`, "utf8").replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
    const isTypes = file.endsWith(".d.ts"), teller = file.replace(/^explain-.*/, "explain.js").replace(".d.ts", ".js");
    const own = sourceOf(teller).match(/(?<=")\w+(?=":)|\b(\w+)(?=: "\1")/g) || [];
    // Of types what stands in parentheses are parameters.
    const text = isTypes ? sourceOf(file).replace(/\([^()]*\)/g, "(") : sourceOf(file);
    const found = text.match(isTypes ? /\w+(?=[?(:<])/g : /(?<=")\w+(?=")/g) || [];
    const told = found.filter((name) => INSIDE.includes(name) && !own.includes(name));
    if (told.length) throw new Error(`${file} tells the names ${[...new Set(told)].join(", ")}`);
  }
}

/** Bytes of a file as it is and by gzip -9. */
export const sizeOf = (path) => ({ bytes: statSync(path).size, gzip: gzipSync(readFileSync(path), { level: 9 }).length });

/** Minified modules of the entries in `folder`; code that entries share stands in a file of its own. */
export async function bundle(entries, folder) {
  checkNames();
  await build({
    entryPoints: entries.map((name) => `${ROOT}src/${name}.js`),
    outdir: folder, bundle: true, minify: true, splitting: entries.length > 1, format: "esm", target: "es2020",
    mangleProps, chunkNames: "shared-[hash]", logLevel: "warning",
  });
  // Terser names variables so that they compress better: a tenth less.
  // Without `switches`: the equal cases of call.js are there to be different places.
  for (const file of readdirSync(folder)) {
    const { code } = await minify(readFileSync(`${folder}/${file}`, "utf8"), {
      module: true, ecma: 2020, compress: {
        passes: 3, switches: false, reduce_funcs: false, unsafe_arrows: true, unsafe_math: true, keep_fargs: false, pure_getters: true,
      },
    });
    writeFileSync(`${folder}/${file}`, code);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const there = new Set(readdirSync(`${ROOT}src`)), folder = `${ROOT}dist`;
  rmSync(folder, { recursive: true, force: true });
  await bundle(["index", ...OTHERS.filter((name) => there.has(`${name}.js`))], folder);
  console.log(JSON.stringify(Object.fromEntries(readdirSync(folder).map((file) => [file, sizeOf(`${folder}/${file}`)]))));
  for (const file of there) if (file.endsWith(".d.ts")) copyFileSync(`${ROOT}src/${file}`, `${folder}/${file}`);
}
