// Explanations: those of hand-written projects as a whole, and that they tell what was decided.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { Explanation, explain, health, inspect } from "../src/explain.js";
import { decimal, moment, quoted, span, valueText } from "../src/explain-notation.js";
import { Bundle, CallError, DeviceState, Observed } from "../src/state.js";
import { ROOT, VECTORS, bytesOf, decoded, files, read } from "./kit.mjs";

const NOON = 1794312000000, HOUR = 3600000;
const golden = read(join(ROOT, "tests/golden/explain/cases.json"));
const bundles = Object.fromEntries(
  Object.entries(golden.bundles).map(([name, bytes]) => [name, Bundle.load(bytesOf(bytes))]),
);
const json = (value) => JSON.parse(JSON.stringify(value));
const refusedWith = (code) => (error) => error instanceof CallError && error.code === code;
const DECIDED = ["FIRED", "KEPT", "ARM_BLOCKED"], BY_RULES = ["RULE_MATCH", "SPLIT", "KEPT", "ARM_BLOCKED"];

/** A golden case, told by a runtime: the sources, or what is built of them. */
function compare(runtime, loaded, { state, surface, signals, now, consent, reveal, expect, text }) {
  const options = { now, consent, reveal };
  if (state) {
    const given = { now, consent: state.granted };
    options.state = runtime.DeviceState.load(loaded, bytesOf(state.bytes), given);
    assert.deepEqual(json(runtime.inspect(options.state, { now })), state.inspect);
    assert.deepEqual(json(runtime.health(options.state)), state.health);
  }
  const found = runtime.explain(loaded, surface, decoded(signals, runtime.Observed), options);
  assert.deepEqual(json(found), expect);
  assert.equal(found.text, text);
  assert.equal(`${found}`, text);
}

for (const one of golden.cases) {
  test(`${one.bundle}: ${one.name}`, () => {
    compare({ DeviceState, Observed, explain, health, inspect }, bundles[one.bundle], one);
  });
}

test("what is built tells the same", async (t) => {
  const { bundle, missing } = await import("../build.mjs").catch((error) => {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    return { missing: error.message };
  });
  if (missing) return t.skip(`npm install in runtime/js: ${missing}`);
  const folder = mkdtempSync(join(tmpdir(), "tacit-explain-")), entries = ["index", "state", "explain"];
  try {
    await bundle(entries, folder);
    writeFileSync(join(folder, "package.json"), '{"type": "module"}');
    const urls = entries.map((name) => pathToFileURL(join(folder, `${name}.js`)).href);
    const built = await Promise.all(urls.map((url) => import(url)));
    const runtime = Object.assign({}, ...built);
    for (const one of golden.cases) {
      compare(runtime, runtime.Bundle.load(bytesOf(golden.bundles[one.bundle])), one);
    }
    const { bundle: bytes, cases: [{ signals }] } = read(join(VECTORS, "explanations.json"));
    const loaded = runtime.Bundle.load(bytesOf(bytes)), options = { now: 0, language: "en" };
    assert.equal(runtime.explain(loaded, loaded.surfaces[0], signals, options).reason, "RULE_MATCH");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the golden cases have all that can become of a rule", () => {
  const seen = new Set(golden.cases.flatMap(({ expect }) => expect.rules.map(({ outcome }) => outcome)));
  for (const outcome of [
    ...DECIDED, "FALSE", "UNKNOWN", "OUT_OF_SCHEDULE", "STOPPED", "NOT_ENROLLED", "SUPPRESSED", "CAPPED",
    "COOLING_DOWN", "OTHER_THEME", "NO_STATE", "NOT_REACHED",
  ]) assert.ok(seen.has(outcome), outcome);
});

test("explanations tell what is decided, in every vector", () => {
  let told = 0;
  for (const path of files(VECTORS)) {
    const { bundle, cases, next_bundle: next } = read(path);
    if (!bundle || next || path.endsWith("refused.json")) continue;
    const loaded = Bundle.load(bytesOf(bundle));
    for (const { signals, now = 0, consent, expect } of cases) {
      for (const surface of Object.keys(expect ?? {})) {
        const given = decoded(signals ?? {}), options = { now, consent };
        const found = explain(loaded, surface, given, options);
        const decision = loaded.decide(surface, given, options);
        for (const field of ["variant", "reason", "rule", "unknown"]) {
          assert.deepEqual(found[field], decision[field]);
        }
        assert.equal(found.explanation ?? null, decision.explanation);
        const by = found.rules.filter(({ outcome }) => DECIDED.includes(outcome));
        assert.equal(by.length, BY_RULES.includes(found.reason) ? 1 : 0, path);
        if (by.length && by[0].id) assert.equal(by[0].id, decision.rule);
        told++;
      }
    }
  }
  assert.ok(told > 500, String(told));
});

test("every test has its truth, where deciding stops early too", () => {
  const { rules } = explain(bundles.shop, "hero", { age: 3 }, { now: NOON });
  const old = rules.find(({ id }) => id === "old");
  assert.equal(old.truth, "false");
  assert.deepEqual(old.condition.terms.map(({ truth }) => truth).sort(), ["false", "unknown", "unknown"]);
});

test("nothing changes by explaining", () => {
  const state = new DeviceState(bundles.pals, { now: NOON - 40 * 24 * HOUR, consent: ["orders"] });
  state.recordEvent("viewed", { category: "shoes", price: 5 }, { now: NOON - HOUR });
  const before = state.bytes, her = { country: "DE", tier: "gold", id: "u2" }, options = { now: NOON, state };
  const decided = json(bundles.pals.decideAll(her, options).get("teaser"));
  const told = json(explain(bundles.pals, "teaser", her, options));
  inspect(state, { now: NOON + HOUR });
  assert.deepEqual(state.bytes, before);
  assert.deepEqual(json(bundles.pals.decideAll(her, options).get("teaser")), decided);
  assert.deepEqual(json(explain(bundles.pals, "teaser", her, options)), told);
});

test("what the person declared is told where the host passes a function, which says nothing", () => {
  const bundle = Bundle.load(bytesOf(read(join(VECTORS, "state/consent.json")).bundle)), consent = bundle._p.purposes;
  const state = new DeviceState(bundle, { now: 0, consent });
  assert.ok(state.declare("tier", "none", { now: 0 }));
  const told = bundle.surfaces.flatMap((surface) =>
    explain(bundle, surface, { tier: () => "gold" }, { now: 0, consent, state, reveal: true }).signals);
  const tiers = told.filter(({ name }) => name === "tier");
  assert.ok(tiers.length);
  for (const { value } of tiers) assert.equal(value, "none");
});

test("a time since is told to the very time, though deciding asks for it less often", () => {
  const state = new DeviceState(bundles.pals, { now: NOON, consent: ["orders"] }), times = [];
  state.recordEvent("bought", {}, { now: NOON });
  for (const later of [1000, 2000]) {
    const options = { now: NOON + later, state, consent: ["orders"] };
    bundles.pals.decide("hero", {}, options);
    const { signals } = explain(bundles.pals, "hero", {}, options);
    times.push(signals.find(({ name }) => name === "since_order").value);
  }
  assert.deepEqual(times, [1000, 2000]);
});

test("what the person wanted less of for a while is over after it", () => {
  const { lessOf } = bundles.pals._p.memory, state = new DeviceState(bundles.pals, { now: NOON });
  state.lessOf({ topic: "shoes", now: NOON });
  state.notInterested({ surface: "hero", variant: "fresh", now: NOON });
  const said = (now) => inspect(state, { now }).controls.map(({ strength }) => strength);
  assert.deepEqual(said(NOON + lessOf - 1).sort(), ["less_of", "not_interested"]);
  assert.deepEqual(said(NOON + lessOf), ["not_interested"]);
});

test("a list that is shorter than the one before has no elements of that one", () => {
  const asked = (viewing) => {
    const options = { now: NOON, consent: ["taste"] };
    bundles.shop.decide("hero", { viewing: ["a", "b", "shoes/trail"] }, options);
    const { segments } = explain(bundles.shop, "hero", { viewing }, options);
    return segments.find(({ name }) => name === "shoes").condition;
  };
  assert.equal(asked(["shoes/trail"]).element, "shoes/trail");
  for (const none of [["x"], []]) {
    const { truth, element } = asked(none);
    assert.deepEqual([truth, element], ["false", undefined]);
  }
});

test("a session ends after half an idle hour, to the millisecond", () => {
  const state = new DeviceState(bundles.pals, { now: NOON });
  for (const [idle, number] of [[HOUR / 2 - 1, 1], [HOUR / 2, 2]]) {
    const now = NOON + idle, { remembered } = explain(bundles.pals, "hero", {}, { now, state });
    assert.equal(remembered.session, number);
    assert.equal(inspect(state, { now }).session, number);
  }
});

test("a language of one's own", () => {
  const { bundle: bytes, cases } = read(join(VECTORS, "explanations.json"));
  const bundle = Bundle.load(bytesOf(bytes)), [surface] = bundle.surfaces, seen = new Set();
  for (const { signals } of cases) {
    const told = (language) => explain(bundle, surface, signals, { now: 0, language }).explanation ?? null;
    const { explanation, explanations } = bundle.decide(surface, signals, { now: 0 });
    for (const [language, text] of Object.entries(explanations)) {
      assert.equal(told(language), text);
      seen.add(language);
    }
    for (const language of [null, undefined, "xx", "toString"]) assert.equal(told(language), explanation);
  }
  assert.ok(seen.size > 2, [...seen].join());
});

test("arguments that are none", () => {
  const bundle = bundles.shop, given = (options) => () => explain(bundle, "hero", {}, options);
  assert.throws(() => explain(bundle, "hero", null), refusedWith("R201"));
  assert.throws(given({ now: 0.5 }), refusedWith("R202"));
  assert.throws(given({ consent: "taste" }), refusedWith("R203"));
  assert.throws(given({ consent: 7 }), refusedWith("R203"));
  assert.throws(given({ state: {} }), refusedWith("R204"));
  assert.throws(() => explain(bundle, 7, {}), refusedWith("R205"));
  const foreign = new DeviceState(bundles.pals, { now: 0 });
  assert.throws(given({ state: foreign }), refusedWith("R215"));
  assert.throws(() => inspect(foreign, { now: NaN }), refusedWith("R202"));
});

test("consent is any iterable, and `now` the clock unless it is given", () => {
  const asked = (consent) => explain(bundles.shop, "hero", { viewing: ["shoes"] }, { consent, now: NOON });
  for (const consent of [new Set(["taste"]), (function* () { yield "taste"; })()]) {
    assert.deepEqual(json(asked(consent)), json(asked(["taste"])));
  }
  const before = Date.now(), { now } = explain(bundles.shop, "hero", {});
  assert.ok(now >= before && now <= Date.now());
  assert.ok(explain(bundles.shop, "hero", {}) instanceof Explanation);
});

test("what came instead of a value", () => {
  const asked = (age) => {
    const { signals } = explain(bundles.shop, "hero", { age, price: new Observed(1, "?") }, { now: NOON });
    assert.equal(signals.find(({ name }) => name === "price").missing, "wrong type");
    const { missing, given, value } = signals.find(({ name }) => name === "age");
    return [missing, given ?? value ?? null];
  };
  assert.deepEqual(asked(undefined), ["absent", null]);
  assert.deepEqual(asked(null), ["null", null]);
  assert.deepEqual(asked(NaN), ["ill-formed", "nan"]);
  assert.deepEqual(asked(-Infinity), ["ill-formed", "-inf"]);
  assert.deepEqual(asked(2.5), ["wrong type", "2.5"]);
  assert.deepEqual(asked(131), ["out of domain", "131"]);
  assert.deepEqual(asked(5n), ["wrong type", "5"]);
  assert.deepEqual(asked(10n ** 30n), ["out of domain", "1000000000000000000000000000000"]);
  assert.deepEqual(asked(10n ** 99n), ["out of domain", "an int of 329 bits"]);
  assert.deepEqual(asked({ a: 1 }), ["wrong type", "a Object"]);
  assert.deepEqual(asked(Object.create(null)), ["wrong type", "a object"]);
  assert.deepEqual(asked(Symbol("x")), ["wrong type", "a Symbol"]);
  assert.deepEqual(asked(["a", null, true]), ["wrong type", '["a", null, true]']);
  assert.deepEqual(asked(-0), [undefined, 0]);
});

test("numbers, texts and times as people read them", () => {
  const decimals = {
    0: "0.0", 2: "2.0", "-2.5": "-2.5", 0.1: "0.1", 1e15: "1000000000000000.0", 1e16: "1e+16",
    1.5e300: "1.5e+300", 0.0001: "0.0001", 0.00001: "1e-05", 1.25e-7: "1.25e-07", 5e-324: "5e-324",
  };
  for (const [value, text] of Object.entries(decimals)) assert.equal(decimal(+value), text);
  assert.equal(decimal(-0), "-0.0");
  assert.equal(valueText(9007199254740992), "9007199254740992.0");
  assert.equal(quoted('a"\n\u200b\u007f\ud800é𝒳'), '"a\\"\\n\\u200b\\u007f\\ud800é𝒳"');
  assert.equal(quoted("\u{e0001}"), '"\\U000e0001"');
  assert.equal(quoted("𝒳".repeat(60)), `"${"𝒳".repeat(60)}"`);
  assert.equal(quoted("𝒳".repeat(61)), `"${"𝒳".repeat(60)}…"`);
  assert.equal(span(0), "0s");
  assert.equal(span(93784005), "1d 2h 3m 4s 5ms");
  assert.equal(span(93784005, 1), "26h 3m 4s 5ms");
  assert.equal(moment(NOON), "2026-11-10T12:00Z");
  assert.equal(moment(NOON + 1000), "2026-11-10T12:00:01Z");
  assert.equal(moment(-1, ""), "1969-12-31T23:59:59.999");
  assert.equal(moment(253402300800000), "253402300800000 ms UTC");
  assert.equal(moment(-62135596800000), "0001-01-01T00:00Z");
});
