// The scripts that every engine runs.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { kit } from "../test/kit.mjs";
import { brought } from "./missing.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** The kit as a module. Files stay texts: engines parse them. */
const withKit = (data) => ({
  name: "kit",
  setup(build) {
    build.onResolve({ filter: /^kit$/ }, () => ({ path: "kit", namespace: "kit" }));
    const loaded = { contents: JSON.stringify(data), loader: "json" };
    build.onLoad({ filter: /.*/, namespace: "kit" }, () => loaded);
  },
});

/** What the runner imports of the runtime comes from a folder instead. */
const from = (folder) => ({
  name: "runtime",
  setup(build) {
    build.onResolve({ filter: /src\/(index|state)\.js$/ }, ({ path, importer }) =>
      importer === here("../test/host.mjs") ? { path: join(folder, path.split("/").pop()) } : null);
  },
});

async function bundled(data, plugins) {
  const { build } = await brought("esbuild");
  const { outputFiles } = await build({
    entryPoints: [here("suite.js")],
    bundle: true,
    format: "iife",
    globalName: "conformance",
    target: "es2020",
    write: false,
    plugins: [withKit(data), ...plugins],
  });
  return outputFiles[0].text;
}

/**
 * Scripts without modules that make `conformance`, with its function `report`, by what of the runtime
 * is in them: its sources, and what build.mjs makes of these. Nothing in them is lowered. And how many
 * cases they have.
 */
export async function scripts() {
  await brought("esbuild");
  const data = kit(), folder = mkdtempSync(join(tmpdir(), "tacit-built-"));
  try {
    const { bundle } = await import("../build.mjs");
    await bundle(["index", "state"], folder);
    const texts = { sources: await bundled(data, []), built: await bundled(data, [from(folder)]) };
    return { texts, cases: data.index.cases };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
