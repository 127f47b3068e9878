// tacit-runtime: decides what a bundle says, where the person's data is.
export { Bundle } from "./bundle.js";
export { Decision, Decisions } from "./decision.js";
export { BundleError, CallError } from "./errors.js";
export { Observed } from "./signals.js";
