// Decisions that an edge puts into a page, and what a page's own runtime takes of them.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { about, give, take } from "../src/given.js";
import { Bundle as Plain } from "../src/index.js";
import { Bundle, CallError, DeviceState } from "../src/state.js";
import { Device } from "./history.mjs";
import { host } from "./host.mjs";
import { VECTORS, bytesOf, decoded, files, read, told } from "./kit.mjs";
import { folderFor, packaged } from "./tools.mjs";

const refusedWith = (code) => (error) => error instanceof CallError && error.code === code;
const bundleOf = (name) => Bundle.load(bytesOf(read(join(VECTORS, name)).bundle));

/** A bundle, and its decisions where rule, experiment and arm all speak. */
function experiments() {
  const data = read(join(VECTORS, "experiments.json"));
  const bundle = Bundle.load(bytesOf(data.bundle));
  for (const row of data.cases) {
    const decisions = bundle.decideAll(decoded(row.signals), { now: 0, consent: row.consent });
    for (const [surface, decision] of decisions) {
      if (decision.experiment && decision.arm) return { bundle, decisions, surface };
    }
  }
  throw new Error("no case has an experiment");
}

test("what is taken over says what the edge said, in every vector", () => {
  let taken = 0;
  const reasons = new Set();
  for (const path of files(VECTORS)) {
    const data = read(path);
    if (!data.bundle) continue;
    const bundle = Bundle.load(bytesOf(data.bundle));
    // A page without a state takes what another kind of bundle gave.
    const device = (data.bundle.startsWith("lKV0YWNpdAEB") ? Bundle : Plain).load(bytesOf(data.bundle));
    for (const row of data.cases) {
      if (row.first_seen !== undefined || row.state) continue;
      const now = row.now ?? 0;
      const decisions = bundle.decideAll(decoded(row.signals), { now, consent: row.consent });
      const page = JSON.stringify(give(decisions, { now }));
      const found = take(device, page, { now });
      for (const [surface, decision] of decisions) {
        const own = found.get(surface);
        if (decision.reason === "FORBIDDEN" || decision.reason === "EXPIRED" || now >= bundle._p.expires) {
          assert.equal(own, undefined, path);
          continue;
        }
        assert.deepEqual(told(own), { ...told(decision), unknown: [] }, path);
        assert.deepEqual(JSON.parse(JSON.stringify(own)), told(own));
        reasons.add(own.reason);
        taken++;
      }
      assert.deepEqual([...take(device, JSON.parse(page), { now }).keys()], [...found.keys()]);
    }
  }
  assert.ok(taken > 500, `${taken}`);
  for (const reason of ["DEFAULT", "RULE_MATCH", "SPLIT", "HOLDOUT", "HOLDOUT_NO_UNIT"]) {
    assert.ok(reasons.has(reason), reason);
  }
});

test("neither content nor explanations nor signals are in it", () => {
  const { decisions, surface } = experiments();
  const page = give(decisions, { now: 7 });
  assert.deepEqual(Object.keys(page), ["tacit", "at", "surfaces"]);
  assert.equal(page.at, 7);
  const { variant, reason, rule, experiment, arm } = decisions.get(surface);
  assert.deepEqual(page.surfaces[surface], { variant, reason, rule, experiment, arm });
  assert.ok(Math.abs(give(decisions).at - Date.now()) < 60000);
});

test("a map of a few decisions is given as well; a surface that is not there is not", () => {
  const { bundle, decisions, surface } = experiments();
  const few = new Map([
    [surface, decisions.get(surface)],
    ["nowhere", bundle.decide("nowhere", {})],
  ]);
  assert.deepEqual(Object.keys(give(few).surfaces), [surface]);
});

test("one that was made long ago, or will be, is not taken", () => {
  const { bundle, decisions, surface } = experiments();
  const page = give(decisions, { now: 1000000 });
  const has = (now, maxAge) => take(bundle, page, { now, maxAge }).has(surface);
  assert.ok(has(1000000) && has(1000000 + 300000) && has(1000000 - 300000));
  assert.ok(!has(1000000 + 300001) && !has(1000000 - 300001));
  assert.ok(has(1000010, 10) && !has(1000011, 10) && has(1000000, 0) && has(5, Infinity));
});

test("what a page forges is never more than the rules could show, and never an error", () => {
  const { bundle, decisions, surface } = experiments();
  const page = give(decisions, { now: 0 });
  const row = page.surfaces[surface];
  const with_ = (change) => ({ ...page, surfaces: { [surface]: { ...row, ...change } } });
  const size = (json) => take(bundle, json, { now: 0 }).size;
  assert.equal(size(with_({})), 1);
  const other = decisions._bundle._p.ids.find((id) => id !== row.variant);
  const none = [
    null,
    undefined,
    1,
    true,
    "",
    "{",
    "null",
    "[]",
    [],
    [page],
    {},
    { ...page, tacit: 2 },
    { ...page, at: "0" },
    { ...page, at: 0.5 },
    { ...page, at: NaN },
    { ...page, surfaces: null },
    { ...page, surfaces: [row] },
    { ...page, surfaces: { nowhere: row } },
    { ...page, surfaces: { __proto__: { [surface]: row } } },
    { ...page, surfaces: { [surface]: [row] } },
    { ...page, surfaces: { [surface]: row.variant } },
  ];
  for (const json of none) assert.equal(size(json), 0, JSON.stringify(json));
  const bad = [other, "<script>", "__proto__", 0, null, [], {}, true];
  for (const field of ["variant", "reason", "rule", "experiment", "arm"]) {
    for (const value of bad)
      assert.equal(size(with_({ [field]: value })), 0, `${field} ${JSON.stringify(value)}`);
  }
  for (const reason of ["DEFAULT", "HOLDOUT", "FORBIDDEN", "NO_SURFACE", "toString"]) {
    assert.equal(size(with_({ reason })), 0, reason);
  }
  assert.equal(size(with_({ content: "<b>", explanation: "trust me", unknown: [1] })), 1);
  const found = take(bundle, with_({ content: "<b>", explanation: "trust me" }), { now: 0 }).get(surface);
  assert.deepEqual(found.content, decisions.get(surface).content);
  assert.equal(found.explanation, decisions.get(surface).explanation);
});

test("a value in which something runs is no more than its JSON, and never an error", () => {
  const { bundle, decisions, surface } = experiments(), page = give(decisions, { now: 0 });
  const failing = {
    get() {
      throw new Error("a getter");
    },
    ownKeys() {
      throw new Error("a trap");
    },
  };
  const round = {};
  round.round = round;
  for (const bad of [new Proxy({}, failing), Object.defineProperty({}, "tacit", { ...failing, enumerable: true }),
    round, { tacit: 1n }, Symbol("given"), () => page, undefined, NaN, new Map([["tacit", 1]])]) {
    assert.equal(take(bundle, bad, { now: 0 }).size, 0);
  }
  // Asked once: what was looked at is what counts.
  let asked = 0;
  const turning = { ...page, get at() {
    return asked++ ? NaN : 0;
  } };
  assert.ok(take(bundle, turning, { now: 0 }).has(surface));
  assert.equal(asked, 1);
});

test("what everybody sees is taken over for the reasons that a surface may have", () => {
  const { bundle, surface } = experiments();
  const variant = bundle.decide(surface, {}, { now: 0, default: null }).variant;
  const taken = (reason) => {
    const found = take(bundle, { tacit: 1, at: 0, surfaces: { [surface]: { variant, reason } } }, { now: 0 });
    return found.has(surface) && found.get(surface).reason;
  };
  for (const reason of ["DEFAULT", "HOLDOUT", "HOLDOUT_NO_UNIT", "OPTED_OUT"]) assert.equal(taken(reason), reason);
  for (const reason of ["FORBIDDEN", "NO_SURFACE", "KEPT", "", null]) assert.equal(taken(reason), false, reason);
});

test("a forbidden surface is never taken over", () => {
  const bundle = bundleOf("forbidden.json");
  const surface = bundle.surfaces.find((name) => bundle.decide(name, {}).reason === "FORBIDDEN");
  const { variant } = bundle.decide(surface, {});
  assert.deepEqual(give(bundle.decideAll({})).surfaces[surface], undefined);
  for (const reason of ["FORBIDDEN", "DEFAULT"]) {
    assert.equal(
      take(bundle, { tacit: 1, at: 0, surfaces: { [surface]: { variant, reason } } }, { now: 0 }).size,
      0,
    );
  }
});

test("arguments that are none", () => {
  const { bundle, decisions } = experiments();
  const page = give(decisions, { now: 0 });
  for (const now of [0.5, "0", NaN]) {
    assert.throws(() => give(decisions, { now }), refusedWith("R202"));
    assert.throws(() => take(bundle, page, { now }), refusedWith("R202"));
  }
  for (const maxAge of [-1, NaN, "1"])
    assert.throws(() => take(bundle, page, { maxAge }), refusedWith("R202"));
  assert.throws(() => take(bundle, page, { state: {} }), refusedWith("R204"));
  for (const none of [null, {}, new Uint8Array(3)])
    assert.throws(() => take(none, page), refusedWith("R206"));
});

test("with a state too, and recording what was taken over is recording one's own decision", () => {
  let taken = 0;
  const reasons = new Set();
  for (const path of files(join(VECTORS, "state"))) {
    const data = read(path);
    if (!data.bundle) continue;
    const next = data.next_bundle && Bundle.load(bytesOf(data.next_bundle));
    for (const row of data.cases.filter((each) => each.first_seen !== undefined)) {
      const device = new Device({ first: Bundle.load(bytesOf(data.bundle)), next }, row, host);
      const { now, consent } = row;
      device.play(row.history ?? []);
      const { state, bundle } = device;
      const decisions = bundle.decideAll(decoded(row.signals ?? {}), { now, consent, state });
      const found = take(bundle, give(decisions, { now }), { now, state });
      if (state.isOff) {
        assert.equal(found.size, 0, path);
        continue;
      }
      for (const [surface, decision] of decisions) {
        if (["FORBIDDEN", "EXPIRED"].includes(decision.reason)) continue;
        const own = found.get(surface);
        assert.deepEqual(told(own), { ...told(decision), unknown: [] }, `${path}: ${row.name}`);
        const [after, wanted] = [own, decision].map((each) => {
          const copy = DeviceState.load(bundle, state.bytes, { now, consent: device.granted });
          copy.recordShown(each, null, { now });
          return Buffer.from(copy.bytes).toString("hex");
        });
        assert.equal(after, wanted, `${path}: ${row.name}`);
        reasons.add(own.forced ? "forced" : own.reason);
        taken++;
      }
    }
  }
  assert.ok(taken > 300, `${taken}`);
  for (const reason of ["KEPT", "ARM_BLOCKED", "SPLIT", "RULE_MATCH", "forced"])
    assert.ok(reasons.has(reason), reason);
});

test("what the person does not want is not taken over, however the edge decided", () => {
  const bundle = bundleOf("state/controls.json");
  const now = 1800000000000;
  const decisions = bundle.decideAll({ go: true }, { now, state: new DeviceState(bundle, { now }) });
  const page = give(decisions, { now });
  assert.deepEqual([decisions.get("s").variant, decisions.get("o").variant], ["a", "a"]);
  const taken = (change) => {
    const state = new DeviceState(bundle, { now });
    change(state);
    return [...take(bundle, page, { now, state }).keys()].sort();
  };
  assert.deepEqual(
    taken(() => {}),
    ["o", "s"],
  );
  assert.deepEqual(
    taken((state) => state.notInterested({ surface: "s", variant: "a", now })),
    ["o"],
  );
  assert.deepEqual(
    taken((state) => state.notInterested({ surface: "s", variant: "b", now })),
    ["o", "s"],
  );
  assert.deepEqual(
    taken((state) => state.lessOf({ topic: "new", now })),
    ["s"],
  );
  assert.deepEqual(
    taken((state) => state.lessOf({ surface: "o", now })),
    ["s"],
  );
  assert.deepEqual(
    taken((state) => (state.lessOf({ topic: "new", now }), state.undo(state.controls[0], { now }))),
    ["o", "s"],
  );
  assert.deepEqual(
    taken((state) => state.turnOff({ now })),
    [],
  );
  const capped = (state) => {
    for (let i = 0; i < 99; i++) state.recordShown("s", "a", { now });
    assert.notEqual(bundle.decide("s", { go: true }, { now, state }).variant, "a");
  };
  assert.deepEqual(taken(capped), ["o", "s"], "a cap is not asked again");
});

test("a state of another project", () => {
  const { bundle, decisions } = experiments();
  const other = bundleOf("state/controls.json");
  other._p.project = "another";
  assert.throws(() => take(bundle, give(decisions), { state: new DeviceState(other) }), refusedWith("R215"));
});

test("what an edge asks of a bundle", () => {
  const bundle = bundleOf("state/controls.json");
  const { memory } = bundle._p;
  assert.deepEqual(about(bundle), {
    project: bundle._p.project,
    surfaces: ["s", "o"],
    memory: { longest: memory.retention, bytes: memory.largest },
  });
  assert.ok(memory.largest > 0);
  bundle._p.surfaceFlags[0] &= ~3;
  assert.deepEqual(about(bundle).surfaces, ["o"], "not that of a device");
  assert.equal(about(bundleOf("forbidden.json")).memory, null);
  assert.throws(() => about({}), refusedWith("R206"));
});

test("the same as built", { skip: !packaged("esbuild") && "NOT TESTED, missing: esbuild" }, async (t) => {
  const folder = folderFor(t);
  const { bundle: build } = await import("../build.mjs");
  await build(["index", "state", "given"], folder);
  writeFileSync(join(folder, "package.json"), '{"type": "module"}');
  const [runtime, built] = await Promise.all(
    ["index", "given"].map((name) => import(join(folder, `${name}.js`))),
  );
  const { bytes } = experiments().bundle._p;
  const own = Bundle.load(bytes);
  const bundle = runtime.Bundle.load(bytes);
  const { decisions } = experiments();
  const page = give(decisions, { now: 0 });
  assert.deepEqual(built.about(bundle), about(own));
  const taken = (found) => [...found].map(([, decision]) => told(decision));
  assert.ok(taken(built.take(bundle, page, { now: 0 })).length);
  assert.deepEqual(taken(built.take(bundle, page, { now: 0 })), taken(take(own, page, { now: 0 })));
});
