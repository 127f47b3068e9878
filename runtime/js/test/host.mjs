// This runtime as the runner takes it.
import { Bundle as Plain, BundleError, Observed } from "../src/index.js";
import { noUnit, position, seedOf, setUnit } from "../src/murmur3.js";
import { Bundle, DeviceState } from "../src/state.js";

/** Every JavaScript engine has texts of UTF-16 units, whole or not. */
export const host = {
  features: [
    "memory", "state", "buckets", "observed", "lone-surrogates", "nested",
    ...(typeof BigInt === "function" ? ["big-ints"] : []),
  ],
  Bundle,
  Plain,
  BundleError,
  DeviceState,
  observe: (value, at) => new Observed(value, at),
  position(salt, unit) {
    const { hash, size } = seedOf(salt);
    return position(hash, size, setUnit(noUnit(), unit));
  },
};
