import type { Bundle, Json, Reason, Signals } from "./index.js";
import type { DecideOptions, DeviceState } from "./state.js";

// Fields that are not there do not apply; docs/EXPLAIN.md says what each means. Times are epoch ms.

export type Truth = "true" | "false" | "unknown";

export type Outcome =
  | "FIRED"
  | "KEPT"
  | "ARM_BLOCKED"
  | "FALSE"
  | "UNKNOWN"
  | "OUT_OF_SCHEDULE"
  | "STOPPED"
  | "NOT_ENROLLED"
  | "SUPPRESSED"
  | "CAPPED"
  | "COOLING_DOWN"
  | "OTHER_THEME"
  | "NO_STATE"
  | "NOT_REACHED";

export interface SignalView {
  name: string;
  type: string;
  value?: Json;
  missing?: string;
  given?: string;
  hidden: boolean;
  so_far?: number;
}

export interface TestView {
  truth: Truth;
  text: string;
  signal?: SignalView;
  segment?: number;
  element?: string;
}

export interface GroupView {
  truth: Truth;
  of: "all" | "any";
  terms: ConditionView[];
}

export type ConditionView = TestView | GroupView;

export interface BucketView {
  unit: SignalView;
  bucket?: number;
  ranges: [number, number][];
  inside: boolean;
}

export interface SplitView {
  unit: SignalView;
  bucket?: number;
  experiment?: string;
  arms: { variant: string; ranges: [number, number][]; holds: boolean }[];
  stored?: string;
  forced?: true;
}

export interface ScheduleView {
  open: boolean;
  at?: number;
  start?: number;
  end?: number;
  local: boolean;
}

export type GuardKind = "cap" | "cooldown" | "dismissed" | "unclicked" | "changes";

export interface GuardrailView {
  kind: GuardKind;
  variants: string[];
  limit: number;
  used: number;
  left: number;
  blocks: boolean;
  window?: number;
  opens?: number;
}

export interface RuleView {
  number: number;
  id?: string;
  owner?: string;
  outcome: Outcome;
  truth: Truth;
  expression?: string;
  condition: ConditionView;
  schedule?: ScheduleView;
  traffic?: BucketView;
  split?: SplitView;
  variant?: string;
  blocked?: Outcome;
  stopped?: boolean;
  suppressed?: boolean;
  unwanted?: true;
  theme?: string;
  guardrails?: GuardrailView[];
}

export type Cadence = "hourly" | "daily" | "campaign" | "events";

export interface StoredView {
  cadence: Cadence;
  value?: boolean;
  since?: number;
  due?: number;
  too_old?: boolean;
}

export interface SegmentView {
  number: number;
  name?: string;
  expression?: string;
  owner?: string;
  truth: Truth;
  condition: ConditionView;
  stored?: StoredView;
}

export interface RememberedView {
  first_seen: number;
  session: number;
  off: boolean;
  shows?: {
    variant: string;
    since: number;
    held: boolean;
    why: ("stable_for" | "changes")[];
    until?: number;
    changes: number;
    budget?: number;
  };
}

/** Why a surface shows what it shows. Its fields are JSON. */
export class Explanation {
  private constructor();
  readonly variant: string | null;
  readonly rule: string | number | null;
  readonly project: string;
  readonly surface: string;
  readonly reason: Reason;
  readonly explanation?: string;
  readonly unknown: string[];
  readonly now: number;
  readonly consent?: string[];
  readonly forbidden?: string;
  readonly expires?: number;
  readonly holdout?: BucketView;
  readonly rules: RuleView[];
  readonly segments: SegmentView[];
  readonly signals: SignalView[];
  readonly surface_holdout?: BucketView;
  readonly without_state?: true;
  readonly remembered?: RememberedView;
  /** For people, in lines of any width. */
  readonly text: string;
  toString(): string;
}

export interface ExplainOptions extends Pick<DecideOptions, "now" | "consent"> {
  state?: DeviceState | null;
  /** Of the text that the person reads, where there is one in it; else the bundle's own. */
  language?: string | null;
  /** Show the values of sensitive signals. */
  reveal?: boolean;
}

/**
 * The working behind `bundle.decide` for one surface, with the same errors. Personal data: the truth of
 * each test is always told. Without `reveal`, values of sensitive signals are hidden, and all values
 * where the bundle's audit section was dropped.
 */
export function explain(
  bundle: Bundle,
  surface: string,
  signals: Signals,
  options?: ExplainOptions | null,
): Explanation;

/** A surface and a variant. */
export type VariantName = [surface: string, variant: string];

/** What a state says at a time, for engineers. */
export interface StateView {
  now: number;
  off: boolean;
  first_seen: number;
  floor: number;
  session: number;
  windows: { name: string; value?: Json; so_far?: number; observed_from?: number }[];
  guards: (Omit<GuardrailView, "variants" | "window"> & { variants: VariantName[] })[];
  blocked: [VariantName, "SUPPRESSED" | "CAPPED" | "COOLING_DOWN" | "CHANGES"][];
  holds: { surface: string; variant: string; since: number; held: boolean; until?: number; changes: number }[];
  segments: (StoredView & { segment: string | number })[];
  arms: { experiment: string | number; arm: string; forced: boolean }[];
  controls: {
    kind: "variant" | "topic" | "surface";
    strength: "not_interested" | "less_of";
    target: string;
    variant: string;
    time: number;
  }[];
  refused: [future: number, far_past: number, none: number];
}

/** `now`: epoch ms; none: the clock of this machine. */
export function inspect(state: DeviceState, options?: { now?: number | null } | null): StateView;

/** How a surface does on this device: shares of the shows, and shows since the last click. */
export interface Health {
  shows: number;
  clicks: number;
  dismissals: number;
  changes: number;
  repetition: number;
  fatigue: number;
  change_rate: number;
}

/** By surface, of those that the bundle keeps. Nothing is sent. */
export function health(state: DeviceState): { [surface: string]: Health };
