// The conformance kit as Node reads it; tests/conformance/README.md is the contract.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Observed } from "../src/index.js";
import * as values from "./values.mjs";

export { told } from "./runner.mjs";
export { bytesOf } from "./values.mjs";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
export const VECTORS = join(ROOT, "tests/conformance/vectors");

/** Every file below a folder. */
export function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : path.endsWith(".json") ? [path] : [];
  });
}

export const read = (path) => JSON.parse(readFileSync(path, "utf8"));

/** The index, and by name the text of every file in it. */
export function kit() {
  const index = read(join(VECTORS, "index.json"));
  const texts = index.files.map(({ file }) => [file, readFileSync(join(VECTORS, file), "utf8")]);
  return { index, texts: Object.fromEntries(texts) };
}

/** A value as a host would pass it; `Timed`: the class of one with its time of observation. */
export const decoded = (value, Timed = Observed) => values.decoded(value, (inner, at) => new Timed(inner, at));
