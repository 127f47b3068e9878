// Runs the conformance kit in any JavaScript engine: tests/conformance/README.md is the contract.
// Pure: it takes parsed files and a runtime, gives what came of every case, and imports nothing
// that an engine may lack.
import { Device } from "./history.mjs";
import { bytesOf, decoded, murmur3, packed, same } from "./values.mjs";

export const CONFORMANCE = 1;
export const PASSED = "passed", FAILED = "failed", SKIPPED = "skipped";

const KEYS = [
  "conformance", "about", "note", "source", "expressions", "lock", "sections", "bundle", "next_source",
  "next_bundle", "cases", "buckets", "refused", "accepted", "of", "now",
];
const OF_CASE = [
  "name", "signals", "now", "consent", "default", "expect", "first_seen", "granted", "history", "state",
];

/** What a host may lack. Its `features` are those that it has. */
export const FEATURES = ["memory", "state", "buckets", "observed", "big-ints", "lone-surrogates", "nested"];

const FIELDS = [
  "surface", "variant", "content", "reason", "rule", "explanation", "explanations", "unknown",
  "experiment", "arm", "forced",
];

/** All that a decision says, as a plain object. */
export const told = (decision) => Object.fromEntries(FIELDS.map((field) => [field, decision[field]]));

/**
 * What came of every case: {file, name, outcome, why}, in order of the index.
 * @param index the parsed index.json
 * @param files by the name that the index has: the parsed file
 * @param host {features, Bundle, BundleError, observe(value, at)}, and by its features `position(salt, unit)`
 *   and `DeviceState`; `Plain`, if it has one: bundles of a runtime that lacks the feature STATE
 */
export function outcomes(index, files, host) {
  const { conformance } = index;
  if (conformance !== CONFORMANCE) throw new Error(`a kit of format ${conformance}, not ${CONFORMANCE}`);
  const found = [];
  for (const { file } of index.files) {
    const data = files[file];
    rowsOf(data, files).forEach(({ row, kind, needs, setting }, number) => {
      const name = `${number} ${row.name || row.about || ""}`.trim();
      const lacks = needs.filter((feature) => !host.features.includes(feature));
      const wrong = lacks.length ? [] : [...judged(kind, row, setting, host), ...plainly(kind, row, setting, needs, host)];
      found.push({
        file,
        name,
        outcome: lacks.length ? SKIPPED : wrong.length ? FAILED : PASSED,
        why: lacks.length ? `this host has no ${lacks.join(", no ")}` : wrong.join("; "),
      });
    });
  }
  return found;
}

/** The counts of outcomes, and of those that are skipped by their reason. */
export function counted(found) {
  const sums = { [PASSED]: 0, [FAILED]: 0, [SKIPPED]: 0, reasons: {} };
  for (const { outcome, why } of found) {
    sums[outcome]++;
    if (outcome === SKIPPED) sums.reasons[why] = (sums.reasons[why] || 0) + 1;
  }
  return sums;
}

/** The line that every runner ends with. */
export function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** The cases of a file: how each is judged, what it needs, and what it is judged with. */
function rowsOf(data, files) {
  const odd = Object.keys(data).find((key) => !KEYS.includes(key));
  if (odd !== undefined || data.conformance !== CONFORMANCE) {
    throw new Error(`a file of another format: ${odd}`);
  }
  const rows = (list, kind, setting, needs) =>
    list.map((row) => ({ row, kind, setting, needs: needs(row) }));
  if (data.buckets) return rows(data.buckets, "bucket", null, () => ["buckets"]);
  if (data.cases) {
    const setting = { first: data.bundle, next: data.next_bundle, bundles: null };
    return rows(data.cases, "case", setting, (row) => needsOf(row, data));
  }
  if (data.of !== undefined) {
    const setting = { of: files[data.of].bundle, now: data.now }, needs = () => ["memory", "state"];
    return [
      ...rows(data.refused, "refused state", setting, needs), ...rows(data.accepted, "state", setting, needs),
    ];
  }
  const needs = ({ bundle }) => (remembers(bundle) ? ["memory"] : []);
  return [...rows(data.refused, "refused", null, needs), ...rows(data.accepted, "accepted", null, needs)];
}

/** Whether a bundle asks for the feature STATE: its first nine bytes say so. */
const remembers = (base64) => base64.startsWith("lKV0YWNpdAEB");

function needsOf(row, data) {
  const found = remembers(data.bundle) ? ["memory"] : [];
  if (row.first_seen !== undefined || row.history !== undefined) found.push("state");
  const look = (value) => {
    if (Array.isArray(value)) {
      if (value.some(Array.isArray)) found.push("nested");
      value.forEach(look);
    } else if (value && typeof value === "object") {
      const [key] = Object.keys(value);
      if (key === "$int") found.push("big-ints");
      else if (key === "$units") alone(value.$units) && found.push("lone-surrogates");
      else if (key === "$observed") {
        found.push("observed");
        look(value.$observed.value);
      } else if (key !== "$float") found.push("nested");
    }
  };
  const all = (signals) => Object.keys(signals || {}).forEach((name) => look(signals[name]));
  const played = (records) => {
    for (const record of records || []) {
      [record.signals, record.fields, record.refresh, record.declare].forEach(all);
      if (record.tab) [record.tab.there, record.tab.here].forEach(played);
    }
  };
  all(row.signals);
  played(row.history);
  return FEATURES.filter((feature) => found.includes(feature));
}

/** Whether a surrogate stands alone among UTF-16 units. */
function alone(units) {
  const high = (unit) => unit >> 10 === 54, low = (unit) => unit >> 10 === 55;
  return units.some((unit, i) => (high(unit) && !low(units[i + 1])) || (low(unit) && !high(units[i - 1])));
}

/** What is wrong with a case. */
function judged(kind, row, setting, host) {
  try {
    return JUDGES[kind](row, setting, host);
  } catch (error) {
    return [`${error.name} ${error.code || ""}: ${error.message}`];
  }
}

/** What is wrong with a case in the host's runtime that lacks the feature STATE, if it has one. */
function plainly(kind, row, setting, needs, { Plain, ...host }) {
  if (!Plain || kind === "bucket") return [];
  const plain = { ...host, Bundle: Plain }, bundle = row.bundle ?? setting.first ?? setting.of;
  if (remembers(bundle)) return judged("refused", { code: "R104", bundle }, null, plain);
  if (needs.includes("state")) return [];
  if (setting) setting.plain = setting.plain || { ...setting, next: undefined, bundles: null };
  return judged(kind, row, setting && setting.plain, plain);
}

const JUDGES = {
  case: decides,

  bucket({ salt, unit, hash, position }, _, host) {
    const text = String(unit);
    if (murmur3(`${salt}\0${text}`) !== hash) return ["the runner's own hash is wrong"];
    return differs("position", host.position(salt, text), position);
  },

  refused({ code, bundle }, _, host) {
    try {
      host.Bundle.load(bytesOf(bundle));
    } catch (error) {
      if (!(error instanceof host.BundleError)) throw error;
      return differs("code", error.code, code);
    }
    return ["it loads"];
  },

  accepted({ bundle }, _, host) {
    return host.Bundle.load(bytesOf(bundle)).surfaces.length ? [] : ["no surfaces"];
  },

  "refused state"({ code, state }, { of, now }, host) {
    const bundle = host.Bundle.load(bytesOf(of)), fresh = new host.DeviceState(bundle, { now });
    const { warning, bytes } = host.DeviceState.load(bundle, bytesOf(state), { now });
    if (!warning) return ["it is read"];
    return [...differs("code", warning.code, code), ...differ("the fresh state", bytes, fresh.bytes)];
  },

  state({ state }, { of, now }, host) {
    const found = host.DeviceState.load(host.Bundle.load(bytesOf(of)), bytesOf(state), { now });
    return found.warning ? [`refused: ${found.warning.code}`] : [];
  },
};

function decides(row, setting, host) {
  const odd = Object.keys(row).find((key) => !OF_CASE.includes(key)), wrong = [];
  if (odd !== undefined) return [`unknown key ${odd}`];
  if (!setting.bundles) setting.bundles = loaded(setting, host);
  let bundle = setting.bundles.first, state = null;
  if (row.first_seen !== undefined || row.history) {
    const device = new Device(setting.bundles, row, host);
    device.play(row.history || []);
    ({ bundle, state } = device);
    if (row.state) wrong.push(...differ("state", state.bytes, packed(row.state)));
  }
  const signals = decoded(row.signals, host.observe), { now = 0, consent } = row;
  const before = state && state.bytes, together = bundle.decideAll(signals, { now, consent, state });
  for (const surface of Object.keys(row.expect)) {
    const wish = row.expect[surface], wanted = typeof wish === "string" ? { variant: wish } : wish;
    const one = bundle.decide(surface, signals, { now, consent, state, default: row.default });
    const all = together.get(surface);
    for (const field of Object.keys(wanted)) {
      wrong.push(...differs(`${surface} ${field}`, one[field], wanted[field]));
    }
    if (all) wrong.push(...differs(`${surface} of all`, told(all), told(one)));
    else wrong.push(...differs(`${surface} of all`, one.reason, "NO_SURFACE"));
  }
  if (state) wrong.push(...differ("the state after deciding", state.bytes, before));
  return wrong;
}

/** A file's bundles, loaded once; a case fails if its bundle does not load. */
function loaded({ first, next }, host) {
  const load = (text) => (text === undefined ? undefined : host.Bundle.load(bytesOf(text)));
  return { first: load(first), next: load(next) };
}

const differs = (what, found, wanted) =>
  same(found, wanted) ? [] : [`${what} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`];

const hex = (bytes) => Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join("");

/** The same for bytes: where they begin to differ. */
function differ(what, found, wanted) {
  let at = 0;
  while (at < wanted.length && found[at] === wanted[at]) at++;
  if (at === wanted.length && found.length === at) return [];
  return [`${what} from byte ${at} on is ${hex(found).slice(2 * at)}, not ${hex(wanted).slice(2 * at)}`];
}
