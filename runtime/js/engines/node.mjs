// Node, a process of its own.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { outputOf } from "./children.mjs";

export const name = "node";

export async function run(text, folder) {
  const file = join(folder, "node.js");
  writeFileSync(file, `${text}\nconsole.log(conformance.report());\n`);
  const report = await outputOf(process.execPath, ["--disallow-code-generation-from-strings", file]);
  return { version: process.version.slice(1), report };
}
