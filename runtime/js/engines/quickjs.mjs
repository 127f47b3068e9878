// QuickJS, compiled to WebAssembly.
import { createRequire } from "node:module";
import { brought } from "./missing.mjs";

export const name = "quickjs";

export async function run(text) {
  const { getQuickJS } = await brought("quickjs-emscripten");
  const { version } = createRequire(import.meta.url)("quickjs-emscripten/package.json");
  const context = (await getQuickJS()).newContext();
  try {
    const found = context.evalCode(`${text}\nconformance.report();`, "suite.js");
    if (found.error) {
      const { name: kind, message, stack } = found.error.consume(context.dump);
      throw new Error(`${kind}: ${message}\n${stack}`);
    }
    return { version: `of quickjs-emscripten ${version}`, report: found.value.consume(context.getString) };
  } finally {
    context.dispose();
  }
}
