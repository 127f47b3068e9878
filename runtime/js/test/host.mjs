// This runtime as the runner takes it.
import { Bundle, BundleError, Observed } from "../src/index.js";
import { noUnit, position, seedOf, setUnit } from "../src/murmur3.js";

/** Every JavaScript engine has texts of UTF-16 units, whole or not. */
export const host = {
  features: ["memory", "buckets", "observed", ...(typeof BigInt === "function" ? ["big-ints"] : []), "lone-surrogates", "nested"],
  Bundle,
  BundleError,
  observe: (value, at) => new Observed(value, at),
  position(salt, unit) {
    const { hash, size } = seedOf(salt);
    return position(hash, size, setUnit(noUnit(), unit));
  },
};
