import type { Bundle, Decision, Decisions, Reason } from "./index.js";
import type { DeviceState } from "./state.js";

/** What an edge puts into a page: no content, no signal, no explanation. */
export interface Given {
  readonly tacit: 1;
  /** When the decisions were made, in epoch milliseconds. */
  readonly at: number;
  readonly surfaces: {
    readonly [surface: string]: {
      readonly variant: string;
      readonly reason: Reason;
      readonly rule?: string | number;
      readonly experiment?: string;
      readonly arm?: string;
      readonly forced?: true;
    };
  };
}

export interface TakeOptions {
  /** The state of this device. */
  state?: DeviceState | null;
  /** Epoch milliseconds; none: the clock of this machine. */
  now?: number | null;
  /** How far apart `now` and the time of the decisions may be, in milliseconds; none: five minutes. */
  maxAge?: number | null;
}

/** For an edge: what it decided, for the page. */
export function give(
  decisions: Decisions | Iterable<readonly [string, Decision]>,
  options?: { now?: number | null },
): Given;

/**
 * For a page: those decisions that this device may take over, by surface, as decisions of its own
 * bundle. Never throws for what `json` holds (a value, or its text); throws CallError for the rest.
 */
export function take(bundle: Bundle, json: unknown, options?: TakeOptions): Map<string, Decision>;

/** What an edge asks of a bundle besides deciding. */
export interface About {
  readonly project: string;
  /** The surfaces that may be decided at an edge, in declared order: not those of place `device`. */
  readonly surfaces: string[];
  /** For how many milliseconds a device is to remember (0: for ever), in how many bytes; null: nothing. */
  readonly memory: { readonly longest: number; readonly bytes: number } | null;
}
export function about(bundle: Bundle): About;
