// Codes are those of every tacit runtime; runtime/js/README.md says what each means.

/** The bytes are no bundle that this runtime can use (R1xx). */
export class BundleError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.name = "BundleError";
    this.code = code;
  }
}

/** The caller passed something that is no valid argument (R2xx). */
export class CallError extends TypeError {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.name = "CallError";
    this.code = code;
  }
}

/**
 * Refuses a bundle.
 * @param {number} code
 * @returns {never}
 */
export function fail(code) {
  throw new BundleError("R" + code);
}

/**
 * Refuses an argument.
 * @param {number} code
 * @returns {never}
 */
export function reject(code) {
  throw new CallError("R" + code);
}
