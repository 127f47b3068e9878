// The one script that every engine runs.
import { fileURLToPath } from "node:url";
import { kit } from "../test/kit.mjs";
import { brought } from "./missing.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** The kit as a module. Files stay texts: engines parse them. */
const withKit = (data) => ({
  name: "kit",
  setup(build) {
    build.onResolve({ filter: /^kit$/ }, () => ({ path: "kit", namespace: "kit" }));
    build.onLoad({ filter: /.*/, namespace: "kit" }, () => ({ contents: JSON.stringify(data), loader: "json" }));
  },
});

/**
 * A script without modules that makes `conformance`, with its function `report`; and how many cases
 * it has. It is of the year of the sources: nothing in it is lowered.
 */
export async function script() {
  const { build } = await brought("esbuild"), data = kit();
  const { outputFiles } = await build({
    entryPoints: [here("suite.js")],
    bundle: true,
    format: "iife",
    globalName: "conformance",
    target: "es2020",
    write: false,
    plugins: [withKit(data)],
  });
  return { text: outputFiles[0].text, cases: data.index.cases, version: data.index.version };
}
