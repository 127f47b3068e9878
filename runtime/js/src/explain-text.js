// An explanation as text.
import { moment, quoted, span, valueText } from "./explain-notation.js";

/** Of the column that says true, false, unknown, open, closed, in or out. */
const WIDTH = 10;
/** Reasons before which nothing that is remembered counts. */
const EARLY = ["FORBIDDEN", "OPTED_OUT", "EXPIRED"];
const SURFACE_STEPS = {
  FORBIDDEN: "it is never personalized",
  OPTED_OUT: "the person switched personalization off",
  EXPIRED: "the bundle has expired",
  HOLDOUT: "this unit is held out",
  HOLDOUT_NO_UNIT: "there is a holdout, and no unit to tell who belongs to it",
  DEFAULT: "no rule fired",
  NO_SURFACE: "the bundle has no such surface",
};

/** In lines of any width. */
export function render(whole) {
  const asked = whole.rules.filter(({ outcome }) => outcome !== "NOT_REACHED");
  const rest = whole.rules.filter(({ outcome }) => outcome === "NOT_REACHED");
  const blocks = [
    headLines(whole),
    ...asked.map(ruleLines),
    rest.map((rule) => `${ruleName(rule)}: not reached, its condition is ${rule.truth}`),
    ...lookedAt(whole, asked).map((segment) => segmentLines(segment, whole.now)),
    missingLines(whole),
  ];
  return blocks.filter((block) => block.length).map((block) => block.join("\n")).join("\n\n") + "\n";
}

function headLines(whole) {
  const { reason, expires, holdout } = whole;
  const lines = [`${whole.surface} shows ${whole.variant ?? "nothing"}: ${reason}${by(whole)}`];
  const add = (line) => lines.push("  " + line);
  add(`at ${moment(whole.now)}`);
  if (whole.consent) add(`consent: ${whole.consent.join(", ") || "none"}`);
  if (whole.explanation !== undefined) add(`the person reads: ${quoted(whole.explanation)}`);
  if (whole.forbidden) add(`because: ${whole.forbidden}`);
  // Steps behind the one that decided would only mislead.
  if (expires !== undefined && reason !== "FORBIDDEN") {
    add(`the bundle ${whole.now >= expires ? "expired" : "expires"} ${moment(expires)}`);
  }
  if (holdout && reason !== "FORBIDDEN" && reason !== "EXPIRED") add(`holdout: ${bucket(holdout)}`);
  if (EARLY.includes(reason)) return lines;
  if (whole.surface_holdout) add(`holdout of the surface: ${bucket(whole.surface_holdout)}`);
  if (whole.without_state) add("without state: nothing is remembered of this device");
  if (whole.remembered && !whole.remembered.off) {
    const { session, first_seen, shows } = whole.remembered;
    add(`session ${session}, first seen ${moment(first_seen)}`);
    if (shows) add(held(shows, reason === "KEPT"));
  }
  return lines;
}

function by({ rule, reason }) {
  if (rule === null) return `, ${SURFACE_STEPS[reason]}`;
  return ` by rule ${typeof rule === "string" ? rule : `number ${rule}`}`;
}

function held(view, kept) {
  const since = `${view.variant} since ${moment(view.since)}`;
  const used = `${view.changes} of ${view.budget} changes in this session`;
  const changes = view.budget === undefined ? "" : used;
  if (!view.held) return `showed ${since}, not held${changes && "; " + changes}`;
  const why = [];
  if (view.why.includes("stable_for") && view.until !== undefined) {
    why.push(`stable until ${moment(view.until)}`);
  }
  if (view.why.includes("changes")) why.push(`no change is left: ${changes}`);
  return `${kept ? "holds" : "would hold"} ${since}${kept ? "" : ", but it may not show"}: ${why.join(", ")}`;
}

// ---------------------------------------------------------------- rules

function ruleLines(rule) {
  const told = {
    FIRED: `fired, shows ${rule.variant}`,
    KEPT: `kept, goes on showing ${rule.variant}`,
    ARM_BLOCKED: `fired, but its arm ${rule.variant} is blocked, ${rule.blocked}`,
  };
  const lines = [
    `${ruleName(rule)}: ${told[rule.outcome] || `passed over, ${rule.outcome}`}`,
    ...whenLines(rule),
    ...treeLines(rule.condition),
  ];
  const { schedule: times, traffic, split } = rule;
  if (times) lines.push(line(times.open ? "open" : "closed", 0, schedule(times)));
  if (traffic) lines.push(line(traffic.inside ? "in" : "out", 0, `traffic: ${bucket(traffic)}`));
  if (split) lines.push(...splitLines(split));
  // Of a rule that is not for this person, nobody wants to know what guards it.
  return rule.truth === "true" ? lines.concat(guardLines(rule)) : lines;
}

function guardLines(rule) {
  const lines = [], { stopped, variant } = rule;
  const add = (blocks, text) => lines.push(line(blocks ? "blocked" : "open", 0, text));
  if (stopped !== undefined) {
    lines.push(line(stopped ? "stopped" : "open", 0, `stop_when is ${stopped ? "true" : "not true"}`));
  }
  if (rule.suppressed) add(true, `a condition suppresses ${variant}`);
  for (const one of rule.guardrails || []) add(one.blocks, guardrail(one));
  if (isUnwanted(rule)) add(true, `the person wants no ${variant}`);
  if (rule.theme !== undefined) add(true, `a surface before it in its group has the theme ${rule.theme}`);
  if (isBy(rule, "NO_STATE")) add(true, `${variant} is not shown without state`);
  return lines;
}

const isBy = (rule, outcome) => rule.outcome === outcome || rule.blocked === outcome;

/** Whether nothing but a control of the person can be what suppresses the variant. */
function isUnwanted(rule) {
  if (!isBy(rule, "SUPPRESSED") || rule.suppressed || !rule.unwanted) return false;
  return !(rule.guardrails || []).some(
    ({ blocks, kind }) => blocks && (kind === "dismissed" || kind === "unclicked"),
  );
}

/** A guardrail and how much of it is used. */
function guardrail({ kind, variants, limit, used, left, window, opens }) {
  const of = `${used} of ${limit}`, names = ` (${variants.join(", ")})`;
  if (kind === "changes") return `changes in this session ${of}`;
  if (kind === "dismissed") return `dismissed ${of}${names}`;
  if (kind === "unclicked") return `shown without a click ${of}${names}`;
  const time = opens === undefined ? "" : moment(opens);
  if (kind === "cooldown") {
    return `cooldown of ${span(window || 0)}: ${time ? `until ${time}` : "over"}${names}`;
  }
  const within = window === undefined ? "" : ` in ${span(window)}`;
  return `cap: shown ${of}${within}, ${left} left${time && `, opens ${time}`}${names}`;
}

const ruleName = ({ number, id }) => `${number + 1}. ${id ?? "rule"}`;

// ---------------------------------------------------------------- segments

/** The segments behind the rules that were asked, in declared order. */
function lookedAt({ segments }, asked) {
  const waiting = asked.flatMap((rule) => segmentsIn(rule.condition)), found = new Set();
  const byNumber = new Map(segments.map((segment) => [segment.number, segment]));
  while (waiting.length) {
    const number = waiting.pop();
    if (found.has(number)) continue;
    found.add(number);
    waiting.push(...segmentsIn(byNumber.get(number).condition));
  }
  return segments.filter(({ number }) => found.has(number));
}

function segmentsIn(condition) {
  if (condition.terms) return condition.terms.flatMap(segmentsIn);
  return condition.segment === undefined ? [] : [condition.segment];
}

function segmentLines(segment, now) {
  const owner = segment.owner ? ` (${segment.owner})` : "";
  return [
    `segment ${segment.name || segment.number}${owner}: ${segment.truth}${stored(segment.stored, now)}`,
    ...whenLines(segment),
    ...treeLines(segment.condition),
  ];
}

function stored(view, now) {
  if (!view) return "";
  const { cadence, value, since, due, too_old: isOld } = view;
  if (since === undefined) return `, nothing stored yet (${cadence})`;
  const next = due > now ? "next refresh" : "refresh is due since";
  const when = due === undefined ? "" : `, ${next} ${moment(due)}`;
  const old = isOld ? "; too old, decided live" : "";
  return `, ${value ? "member" : "no member"} since ${moment(since)} (${cadence}${when}${old})`;
}

// ---------------------------------------------------------------- conditions

/** The expression as written, where it says more than the tests below it. */
function whenLines({ expression, condition }) {
  if (!expression || condition.text === expression) return [];
  const lines = expression.split(LINE_ENDS).map((one) => one.trim()).filter((one) => one);
  return lines.map((one, i) => (i ? `       ${one}` : `  when ${one}`));
}

const LINE_ENDS = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

function treeLines(condition, depth = 0) {
  const { truth, of, terms, text, signal } = condition;
  if (terms) {
    return [line(truth, depth, `${of} of`), ...terms.flatMap((term) => treeLines(term, depth + 1))];
  }
  return [line(truth, depth, text + (signal ? `   (${operand(condition)})` : ""))];
}

const line = (mark, depth, text) => `  ${mark.padEnd(WIDTH)}${"  ".repeat(depth)}${text}`;

function operand({ signal, element }) {
  return value(signal) + (element === undefined ? "" : `, ${quoted(element)} does`);
}

function value({ type, value: found, missing, given, hidden, so_far }) {
  if (missing !== undefined && so_far !== undefined) return `at least ${valueText(so_far, type)} so far`;
  if (missing !== undefined) {
    return `missing: ${missing}${given === undefined ? "" : `, ${given}`}${hidden ? ", hidden" : ""}`;
  }
  if (hidden) return "hidden";
  return `is ${type === "duration" ? span(found) : valueText(found, type)}`;
}

// ---------------------------------------------------------------- schedules and buckets

function schedule({ at, start, end, local }) {
  const zone = local ? "" : "Z", time = (ms) => moment(ms, zone);
  const from = start === undefined ? "" : ` from ${time(start)}`;
  const bounds = from + (end === undefined ? "" : ` until ${time(end)}`);
  if (at === undefined) return `schedule${bounds} local   (the offset from UTC is missing)`;
  const where = local ? " local" : "";
  return `schedule${bounds}${where}   (it is ${time(at)}${where})`;
}

function bucket({ unit, bucket: at, ranges: own, inside }) {
  if (at === undefined) return `${unit.name} ${value(unit)}`;
  return `${named(unit)} has bucket ${at}, ${inside ? "in" : "not in"} ${ranges(own)}`;
}

function splitLines({ unit, bucket: at, experiment, arms, stored: kept, forced }) {
  const name = experiment === undefined ? "split" : `experiment ${experiment}`;
  if (at === undefined) return [line("out", 0, `${name}: ${unit.name} ${value(unit)}`)];
  const inside = kept !== undefined || arms.some((arm) => arm.holds);
  const head = line(inside ? "in" : "out", 0, `${name}: ${named(unit)} has bucket ${at}`);
  if (kept !== undefined) {
    return [head, line("in", 1, `the device ${forced ? "is forced into" : "keeps"} the arm ${kept}`)];
  }
  const armLine = (arm) => line(arm.holds ? "in" : "out", 1, `${arm.variant}: ${ranges(arm.ranges)}`);
  return [head, ...arms.map(armLine)];
}

const named = ({ name, type, value: found, hidden }) => (hidden ? name : `${name} ${valueText(found, type)}`);

/** Buckets, both ends included. */
const ranges = (own) => own.map(([start, end]) => `${start}-${end - 1}`).join(", ");

function missingLines({ signals }) {
  const missing = signals.filter((one) => one.missing !== undefined);
  const told = missing.map((one) => `${one.name} (${one.so_far === undefined ? one.missing : value(one)})`);
  return told.length ? [`not known: ${told.join(", ")}`] : [];
}
