// Why a surface shows what it shows: every step, every rule, every test, with what it looked at.
//
// An import of its own, and slow: nothing that decides calls it. It asks the evaluator what is true,
// so it tells what was decided. docs/EXPLAIN.md has the fields.
import { factsOf, judged, notes, ofSegment, segmentsOf, signalsOf, surfaceOf } from "./explain-access.js";
import { bucketView, ruleViews, surfaceHoldout } from "./explain-rules.js";
import { TRUTHS, conditionView } from "./explain-scene.js";
import { plain, signalView } from "./explain-signals.js";
import { remembered, storedOf } from "./explain-state.js";
import { render } from "./explain-text.js";

/** Reasons that say that the rules were asked. */
const ASKED = ["RULE_MATCH", "SPLIT", "KEPT", "ARM_BLOCKED", "DEFAULT"];

/** The working behind a decision: its fields are JSON. */
export class Explanation {
  constructor(fields) {
    Object.assign(this, fields);
  }

  /** For people, in lines of any width. */
  get text() {
    return render(this);
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
  const { language = null, reveal = false, state = null } = options || {};
  const now = (options && options.now) ?? Date.now(), consent = listOf(options && options.consent);
  const decision = bundle.decide(surface, signals, { now, consent, state });
  const { variant, reason, rule, unknown, explanations } = decision;
  const explanation = Object.keys(explanations).includes(language) ? explanations[language] : decision.explanation;
  const p = bundle._p, number = p.numbers.get(surface), head = { variant, rule, project: p.project, surface, reason };
  if (number === undefined) {
    return new Explanation({ ...head, unknown, now, rules: [], segments: [], signals: [] });
  }
  const { expires, debug, audit } = notes(p), { holdout, memory } = p;
  const facts = factsOf(bundle, number, signals, now, consent, state), at = surfaceOf(p, number);
  const scene = {
    p, facts, surface: at, decision, debug, audit, reveal, consent: consent || [],
    state: memory ? state : null,
  };
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
      remembered: remembered(scene),
    }),
  });
}

function segmentView(scene, number) {
  const { debug, audit, facts } = scene, live = judged(facts, ofSegment(facts.p, number));
  const stored = storedOf(scene, number);
  return plain({
    number,
    name: debug && debug.segments[number],
    expression: debug && debug.segmentTexts[number],
    owner: (audit && audit.segmentOwners[number]) || null,
    truth: stored && "value" in stored ? String(stored.value) : TRUTHS[live.truth],
    condition: conditionView(scene, live),
    stored,
  });
}

/** An iterable can be read once only, and it is asked twice. */
function listOf(consent) {
  const isIterable = consent != null && typeof consent === "object" && Symbol.iterator in consent;
  return isIterable && !Array.isArray(consent) ? [...consent] : consent;
}
