// Codes are those of every tacit runtime; runtime/js/README.md says what each means.

/** A class of errors with a `code`, which is also their message. */
export const errors = (Base, name) =>
  class extends Base {
    constructor(code) {
      super(code);
      this.name = name;
      this.code = code;
    }
  };

/** The bytes are no bundle that this runtime can use (R1xx). */
export const BundleError = /* @__PURE__ */ errors(Error, "BundleError");

/** The caller passed something that is no valid argument (R2xx). */
export const CallError = /* @__PURE__ */ errors(TypeError, "CallError");

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
