// What build.mjs makes of some entries, in a folder that is gone after the tests of a file.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { pathToFileURL } from "node:url";
import { ROOT } from "./kit.mjs";

/** `skip`: false, or why there is none; `load` imports an entry, `sizeOf` gives its {bytes, gzip}. */
export async function built(entries) {
  const made = await import("../build.mjs").catch((error) => error);
  if (made instanceof Error) return { skip: `the development dependencies are not installed: ${made.message}` };
  const dist = join(ROOT, "runtime/js/dist");
  mkdirSync(dist, { recursive: true });
  const folder = mkdtempSync(join(dist, "test-"));
  after(() => rmSync(folder, { recursive: true }));
  await made.bundle(entries, folder);
  return {
    skip: false,
    load: (name) => import(pathToFileURL(`${folder}/${name}.js`)),
    sizeOf: (name) => made.sizeOf(`${folder}/${name}.js`),
  };
}
