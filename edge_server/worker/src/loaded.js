// A bundle, and what a worker asks of it besides deciding. Never changes: a request takes the
// current one once, so that no reply mixes two bundles.
import { Bundle } from "tacit-runtime";

const DEVICE = 0;

/**
 * Throws BundleError for bytes that are no good bundle.
 * @param {Uint8Array | ArrayBuffer} bytes
 */
export function load(bytes) {
  const bundle = Bundle.load(bytes), { project, memory, surfaceFlags } = bundle._p;
  return {
    bundle,
    bytes,
    project,
    /** The surfaces decided here, in declared order: those of place `device` are not. */
    surfaces: bundle.surfaces.filter((_, number) => (surfaceFlags[number] & 3) !== DEVICE),
    all: new Set(bundle.surfaces),
    /** What it wants a device to remember: how long (ms, 0: for ever), how much; null: nothing. */
    memory: memory ? { retention: memory.retention, largest: memory.largest } : null,
    _digest: null,
  };
}

/** The SHA-256 of its bytes, in hex. */
export async function digest(loaded) {
  if (loaded._digest === null) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", loaded.bytes));
    loaded._digest = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  return loaded._digest;
}
