/** What JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type Reason =
  | "RULE_MATCH"
  | "SPLIT"
  | "KEPT"
  | "DEFAULT"
  | "HOLDOUT"
  | "HOLDOUT_NO_UNIT"
  | "ARM_BLOCKED"
  | "FORBIDDEN"
  | "OPTED_OUT"
  | "EXPIRED"
  | "NO_SURFACE";

/** Names to values; a value may be `Observed`. What is no value of its signal is missing. */
export type Signals = { readonly [name: string]: unknown };

export interface Options {
  /** Epoch milliseconds; none: the clock of this machine. */
  now?: number | null;
  /** The granted purposes; none: none is. */
  consent?: Iterable<string> | null;
  /** `tacit-runtime/state` has a `Bundle` that takes one. */
  state?: null;
}

export interface DecideOptions extends Options {
  /** The content for a surface that the bundle does not have. */
  default?: unknown;
  /** Throw R207 for a surface that the bundle does not have. */
  strict?: boolean;
}

/** A signal's value with the time it was observed, in epoch milliseconds. */
export class Observed {
  constructor(value: unknown, at: number);
  readonly value: unknown;
  readonly at: number;
}

/** What a surface shows and why. A `Bundle` makes these. */
export class Decision {
  private constructor();
  readonly surface: string;
  /** null: there is no such surface. */
  readonly variant: string | null;
  /** The variant's content, a copy of its own each time; without a surface the caller's default. */
  readonly content: any;
  readonly reason: Reason;
  /** The id of the rule; its number on the surface where the bundle leaves ids out. */
  readonly rule: string | number | null;
  /** The experiment that the rule belongs to; null where the bundle leaves ids out. */
  readonly experiment: string | null;
  /** The variant of the arm that the unit is in, also when a guardrail blocks it. */
  readonly arm: string | null;
  /** Whether the arm is one that was forced, to try it out. */
  readonly forced: boolean;
  /** For the person, in the bundle's language. */
  readonly explanation: string | null;
  /** Language to explanation. */
  readonly explanations: { [language: string]: string };
  /** The signals that the surface reads and that were missing, in declared order. */
  readonly unknown: string[];
  toJSON(): { [field: string]: Json };
}

/** The decisions of all surfaces, in declared order. Made when looked at. */
export class Decisions implements Iterable<[string, Decision]> {
  private constructor();
  readonly size: number;
  keys(): string[];
  get(surface: string): Decision | undefined;
  /** By the surface's number in declared order. */
  at(number: number): Decision | undefined;
  [Symbol.iterator](): Iterator<[string, Decision]>;
}

/** A loaded bundle. One that remembers is loaded by the `Bundle` of `tacit-runtime/state`. */
export class Bundle {
  protected constructor();
  /**
   * Checks everything; throws BundleError for what is no bundle of this format, with R104 for one that
   * remembers. Keeps the bytes: do not change them. Does not authenticate.
   */
  static load(bytes: Uint8Array | ArrayBuffer): Bundle;
  readonly surfaces: string[];
  /** What one surface shows and why. */
  decide(surface: string, signals: Signals, options?: DecideOptions | null): Decision;
  /** What every surface shows and why. */
  decideAll(signals: Signals, options?: Options | null): Decisions;
}

/** The bytes are no bundle that this runtime can use: R101 to R120. */
export class BundleError extends Error {
  readonly code: string;
}

/** The caller passed something that is no valid argument: R201 to R215. */
export class CallError extends TypeError {
  readonly code: string;
}
