// Conformance vectors as this runtime takes them; tests/conformance/README.md is the contract.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Observed } from "../src/index.js";

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
export const bytesOf = (base64) => new Uint8Array(Buffer.from(base64, "base64"));

/** A value as a host would pass it; `Timed`: the class of an observed one. */
export function decoded(value, Timed = Observed) {
  if (Array.isArray(value)) return value.map((item) => decoded(item, Timed));
  if (value === null || typeof value !== "object") return value;
  const [key] = Object.keys(value);
  if (Object.keys(value).length === 1) {
    const inner = value[key];
    if (key === "$float") return Number(inner);
    if (key === "$int") return BigInt(inner);
    if (key === "$units") return String.fromCharCode(...inner);
    if (key === "$observed") return new Timed(decoded(inner.value), inner.at);
    if (key.startsWith("$")) throw new Error(`unknown encoding ${key}`);
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, decoded(item, Timed)]));
}

const FIELDS = [
  "surface", "variant", "content", "reason", "rule", "explanation", "explanations", "unknown",
  "experiment", "arm", "forced",
];

/** All that a decision says, as a plain object. */
export const told = (decision) => Object.fromEntries(FIELDS.map((field) => [field, decision[field]]));
