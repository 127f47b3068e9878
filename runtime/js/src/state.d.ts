import type { Decision, DecideOptions as PlainDecideOptions, Decisions, Json, Options as PlainOptions, Signals } from "./index.js";
import { Bundle as Plain } from "./index.js";

export { BundleError, CallError, Decision, Decisions, Observed, type Json, type Reason, type Signals } from "./index.js";

/** What the device remembers; none: decided as on a device without. */
interface WithState {
  state?: DeviceState | null;
}
export type Options = Omit<PlainOptions, "state"> & WithState;
export type DecideOptions = Omit<PlainDecideOptions, "state"> & WithState;

/** A loaded bundle, which may remember. */
export class Bundle extends Plain {
  protected constructor();
  static load(bytes: Uint8Array | ArrayBuffer): Bundle;
  decide(surface: string, signals: Signals, options?: DecideOptions | null): Decision;
  decideAll(signals: Signals, options?: Options | null): Decisions;
}

/** Why bytes are no state of this device: S101 to S107. The device starts with a fresh one. */
export class StateWarning extends Error {
  constructor(code: string);
  readonly code: string;
}

export interface StateOptions extends Pick<Options, "now" | "consent"> {
  /** 0 to 7, tells apart tabs that share a device; none: 0. */
  writer?: number;
}

export interface At {
  /** Epoch milliseconds; none: the clock of this machine. */
  now?: number | null;
}

export interface RecordOptions extends At {
  /** A record whose nonce was seen before does nothing. */
  nonce?: string | null;
  /** The host's id of a session. */
  session?: string | null;
}

export interface EventOptions extends RecordOptions {
  /** When it happened; none: now. */
  at?: number | null;
}

/** A variant of a surface, a topic, or all of a surface but its default. */
export type Named =
  | { surface: string; variant?: string | null; topic?: null }
  | { topic: string; surface?: null; variant?: null };

export interface Control {
  readonly kind: "variant" | "topic" | "surface";
  readonly strength: "not_interested" | "less_of";
  /** The topic or the surface. */
  readonly target: string;
  /** Empty unless `kind` is variant. */
  readonly variant: string;
  readonly time: number;
}

/** A decision, as far as a record needs it. */
export type Shown = Pick<Decision, "surface" | "variant" | "rule" | "reason" | "arm" | "forced">;

/**
 * What one device remembers. It changes by what is recorded; deciding never changes it. Records give
 * whether they were taken.
 */
export class DeviceState {
  /** A fresh state. */
  constructor(bundle: Plain, options?: StateOptions | null);
  /** The state in some bytes. Whatever they hold, there is a state: a fresh one with a `warning`. */
  static load(bundle: Plain, bytes: Uint8Array | ArrayBuffer, options?: StateOptions | null): DeviceState;
  /** Canonical: equal states, equal bytes. */
  readonly bytes: Uint8Array;
  readonly bundle: Plain;
  readonly warning: StateWarning | null;
  readonly isOff: boolean;
  /** What the person said of variants, topics and surfaces, in order of time. */
  readonly controls: readonly Control[];
  /** Another version of the bundle: what it defines as before keeps its history. Throws R215 for another project. */
  use(bundle: Plain, options?: At | null): void;
  /** Exactly these purposes are granted from now on; what is bound to others is erased. */
  grant(purposes: Iterable<string>, options?: At | null): void;
  recordEvent(name: string, fields?: { readonly [field: string]: unknown } | null, options?: EventOptions | null): boolean;
  /** For a host that decides before it records anything else; every record that names a session begins it too. */
  recordSession(id: string, options?: At | null): boolean;
  recordShown(decision: Shown, variant?: null, options?: RecordOptions | null): boolean;
  recordShown(surface: string, variant: string, options?: RecordOptions | null): boolean;
  /** Without a variant: what shows on the surface. */
  recordClicked(given: Shown | string, variant?: string | null, options?: RecordOptions | null): boolean;
  /** Without a variant: what shows on the surface. */
  recordDismissed(given: Shown | string, variant?: string | null, options?: RecordOptions | null): boolean;
  /** Evaluates the stored segments that are due; gives those, by name, or by number in a bundle without names. */
  refresh(signals: Signals, options?: At | null): (string | number)[];
  /** null takes back. False: no value of a declared signal, or its purpose is not granted. */
  declare(signal: string, value: unknown, options?: At | null): boolean;
  /** Never again. False: there is no room. */
  notInterested(what: Named & At): boolean;
  /** For as long as the bundle says. False: there is no room. */
  lessOf(what: Named & At): boolean;
  /** False: it is not among `controls`. */
  undo(control: Control, options?: At | null): boolean;
  /** Every surface shows its default, nothing is recorded, and what was is erased. */
  turnOff(options?: At | null): void;
  turnOn(options?: At | null): void;
  /** Forgets everything but that it is off. */
  erase(options?: At | null): void;
  /** Puts this device into an arm, to try it out; decisions say so. null: no longer. */
  force(experiment: string, arm: string | null): void;
  /** The host vouches for this time. */
  trust(now: number): void;
  /** Takes in what another state of this device knows; each has a writer of its own. */
  merge(other: DeviceState): void;
  /** Everything that is kept, as plain JSON, for the person. */
  export(): { [field: string]: Json };
}
