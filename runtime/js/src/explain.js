// Why a surface shows what it shows: every step, every rule, every test, with what it looked at.
//
// An import of its own, and slow: nothing that decides calls it. It asks the evaluator what is true,
// so it tells what was decided. docs/EXPLAIN.md has the fields.
import { dataOf, programOf } from "./arguments.js";
import { factsOf, judged, notes, ofSegment, segmentsOf, signalsOf, surfaceOf } from "./explain-access.js";
import { reject } from "./errors.js";
import { bucketView, ruleViews, surfaceHoldout } from "./explain-rules.js";
import { TRUTHS, conditionView } from "./explain-scene.js";
import { plain, signalView } from "./explain-signals.js";
import { rememberedView, storedSegment } from "./explain-state.js";
import { render } from "./explain-text.js";
import { healthOf, inspected, lookAt } from "./explain-views.js";
import { standing } from "./state-standing.js";

/** Reasons that say that the rules were asked. */
const ASKED = ["RULE_MATCH", "SPLIT", "KEPT", "ARM_BLOCKED", "DEFAULT"];

/** Names that a build makes short (build.mjs), as they are told. */
const NAMES = {
  arms: "arms", cadence: "cadence", changes: "changes", expires: "expires", guards: "guards",
  holdout: "holdout", holds: "holds", local: "local", missing: "missing", project: "project",
  ranges: "ranges", rules: "rules", segments: "segments", signals: "signals", split: "split", terms: "terms",
  traffic: "traffic", type: "type", unit: "unit", used: "used", variants: "variants",
};

/** Plain data as it leaves the runtime. */
function told(view) {
  if (Array.isArray(view)) return view.map(told);
  if (view === null || typeof view !== "object") return view;
  return Object.fromEntries(Object.keys(view).map((name) => [NAMES[name] || name, told(view[name])]));
}

/** The working behind a decision: its fields are JSON; `text` is for people, in lines of any width. */
export class Explanation {
  constructor(views) {
    Object.assign(this, told(views));
    Object.defineProperty(this, "text", { get: () => render(views) });
  }

  toString() {
    return this.text;
  }
}

/**
 * The working behind `bundle.decide(surface, signals, options)`, and with the same errors. A surface
 * that the bundle lacks is explained too (`NO_SURFACE`).
 *
 * Values of signals marked `sensitive` are hidden unless `options.reveal`, and so is every value when
 * the bundle's audit section was dropped: then nothing says which signals are sensitive. What is true
 * is always told. So treat an explanation as personal data all the same. A value without the consent
 * it needs is never looked at, nor shown.
 */
export function explain(bundle, surface, signals, options) {
  const p = programOf(bundle), { reveal = false, state = null, ...given } = options || {};
  const now = given.now ?? Date.now(), consent = listOf(given.consent), language = given["language"];
  const decision = bundle.decide(surface, signals, { now, consent, state });
  const { variant, reason, rule, unknown, explanations } = decision;
  const inLanguage = Object.keys(explanations).includes(language);
  const explanation = inLanguage ? explanations[language] : decision.explanation;
  const number = p.numbers.get(surface);
  const head = { variant, rule, project: p.project, surface, reason };
  if (number === undefined) {
    return new Explanation({ ...head, unknown, now, rules: [], segments: [], signals: [] });
  }
  const { expires, debug, audit } = notes(p), { holdout, memory } = p;
  const facts = factsOf(bundle, number, signals, { now, consent, state: state && exact(state) });
  const at = surfaceOf(p, number), look = memory && state ? lookAt(p, state._data, now) : null;
  const scene = { p, facts, surface: at, decision, debug, audit, reveal, consent: facts.consent, look };
  const ofHost = (signal) => !memory || signal < memory.host || !p.signals[signal].name.includes(".");
  return new Explanation({
    ...head,
    ...plain({
      explanation,
      unknown,
      now,
      consent: p.purposes.length ? p.purposes.filter((purpose) => scene.consent.includes(purpose)) : null,
      forbidden: at.forbidden ? (audit ? audit.reasons[number] : "") : null,
      expires,
      holdout: holdout && bucketView(scene, holdout, holdout.ranges),
      rules: ruleViews(scene, ASKED.includes(reason)),
      segments: segmentsOf(p, at).map((segment) => segmentView(scene, segment)),
      signals: signalsOf(p, number).filter(ofHost).map((signal) => signalView(scene, signal)),
      surface_holdout: surfaceHoldout(scene),
      without_state: memory && !state ? true : null,
      remembered: rememberedView(scene),
    }),
  });
}

function segmentView(scene, number) {
  const { debug, audit, facts } = scene, live = judged(facts, ofSegment(facts.p, number));
  const stored = storedSegment(scene, number);
  const counts = stored && stored.value !== undefined && !stored.too_old;
  return plain({
    number,
    name: debug && debug.segments[number],
    expression: debug && debug.segmentTexts[number],
    owner: (audit && audit.segmentOwners[number]) || null,
    truth: counts ? String(stored.value) : TRUTHS[live.truth],
    condition: conditionView(scene, live),
    stored,
  });
}

/** The state, saying what it says at the very time: for deciding, one that gives the same will do. */
const exact = ({ _data }) => ({ _standing: (p, now) => standing(p, _data, now) });

/** An iterable can be read once only, and it is asked twice. */
function listOf(consent) {
  const isIterable = consent != null && typeof consent === "object" && Symbol.iterator in consent;
  return isIterable && !Array.isArray(consent) ? [...consent] : consent;
}

/** What a state says at a time, for engineers: windows, caps, holds, segments. */
export function inspect(state, options) {
  const now = (options && options.now) ?? Date.now(), data = dataOf(state);
  if (!Number.isSafeInteger(now)) reject(202);
  return told(inspected(state.bundle._p, data, now));
}

/** Surface -> how often it repeats, tires and changes, where the bundle keeps that. Nothing is sent. */
export function health(state) {
  const data = dataOf(state), found = healthOf(state.bundle._p, data);
  return Object.fromEntries(found.map(([surface, view]) => [surface, told(view)]));
}
