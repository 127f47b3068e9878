// A bundle, and what a worker asks of it besides deciding. Never changes: a request takes the
// current one once, so that no reply mixes two bundles.
import { Bundle } from "tacit-runtime/state";
import { about } from "tacit-runtime/given";

/**
 * Throws BundleError for bytes that are no good bundle.
 * @param {Uint8Array | ArrayBuffer} bytes
 */
export function load(bytes) {
  const bundle = Bundle.load(bytes);
  return { bundle, bytes, all: new Set(bundle.surfaces), ...about(bundle), _digest: null };
}

/** The SHA-256 of its bytes, in hex. */
export async function digest(loaded) {
  if (loaded._digest === null) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", loaded.bytes));
    loaded._digest = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  return loaded._digest;
}
