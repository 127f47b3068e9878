// tacit-runtime as it is published: each entry alone, in a folder of its own that goes when the process ends.
import { mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundle } from "../../runtime/js/build.mjs";

/** The built module of an entry, by its path. */
export async function built(entry) {
  const folder = mkdtempSync(fileURLToPath(new URL("node_modules/.built-", import.meta.url)));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  await bundle([entry], folder);
  return `${folder}/${entry}.js`;
}
