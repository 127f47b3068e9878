// What is JavaScript's alone in a state: arguments, what others may share, times, what is not pulled in.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { end, read as readSignal } from "../src/call.js";
import { begin } from "../src/remember.js";
import { compare, read as unpacked, write } from "../src/state-msgpack.js";
import { fade, faded } from "../src/state-tables.js";
import { explain, health, inspect } from "../src/explain.js";
import { about, give, take } from "../src/given.js";
import { Bundle as Plain } from "../src/index.js";
import { Bundle, CallError, DeviceState, Observed } from "../src/state.js";
import { Device } from "./history.mjs";
import { host } from "./host.mjs";
import { VECTORS, bytesOf, files, read } from "./kit.mjs";

const NOW = 1_800_000_000_000, DAY = 86_400_000;
const bundleOf = (name) => Bundle.load(bytesOf(read(join(VECTORS, name)).bundle));
const bundle = bundleOf("state/bytes.json"), hex = (state) => Buffer.from(state.bytes).toString("hex");
const refusedWith = (code) => (error) => error instanceof CallError && error.code === code;
const fresh = (options) => new DeviceState(bundle, { now: NOW, ...options });

/** A state with something of everything. */
function lived(writer = 0) {
  const state = fresh({ writer });
  for (let i = 0; i < 5; i++) {
    const now = NOW + i * 600_000;
    state.recordEvent("viewed", { category: i % 2 ? "a" : "𝒳", price: 0.1 * i }, { now, nonce: `${writer} ${i}` });
    state.recordEvent("sold", null, { now, at: now - 5_000 });
    state.recordShown("h", i % 2 ? "a" : "b", { now });
    state.recordClicked("h", null, { now });
  }
  state.recordDismissed("h", "a", { now: NOW + 3_600_000 });
  assert.ok(state.lessOf({ surface: "h", variant: "b", now: NOW + 3_600_000 }));
  return state;
}

test("F is the table of the page", () => {
  const text = readFileSync(new URL("../../tacit/runtime/format.py", import.meta.url), "utf8");
  const table = text.split("DECAY: Final = (")[1].split(")")[0].split(",").map((one) => one.trim()).filter(Boolean);
  assert.deepEqual(Array.from({ length: 16 }, (_, j) => fade(j)), table.map(Number));
  assert.equal(faded(3, 16 * 64 + 15), 3 * fade(15) * 0.5 ** 64);
  assert.equal(faded(3, 16 * 65), 0);
  assert.equal(faded(3, -1), 3);
});

test("arguments that are none", () => {
  const state = fresh(), before = hex(state), plain = Plain.load(bytesOf(read(join(VECTORS, "types/bool.json")).bundle));
  const wrong = {
    R202: [
      () => fresh({ now: 1.5 }), () => state.recordEvent("viewed", {}, { now: "1" }), () => state.trust(2 ** 53),
      () => state.recordEvent("viewed", {}, { at: 1n }), () => state.refresh({}, { now: NaN }),
      () => state.use(bundle, { now: true }), () => state.grant(["ads"], { now: true }),
    ],
    R203: [() => fresh({ consent: "ads" }), () => state.grant([1]), () => state.grant(5)],
    R204: [
      () => state.merge({}), () => state.merge(null), () => bundle.decide("h", {}, { state: {} }),
      () => inspect({}), () => inspect(null), () => health(undefined), () => health(bundle),
      () => explain(bundle, "h", {}, { state: {} }), () => take(bundle, "{}", { state: 5 }),
    ],
    R206: [
      ...[{}, null, undefined, 5, Plain, plain, state].flatMap((none) => [
        () => new DeviceState(none), () => DeviceState.load(none, state.bytes), () => state.use(none),
      ]),
      ...[{}, null, undefined, 5].flatMap((none) => [() => explain(none, "h", {}), () => take(none, "{}"), () => about(none)]),
    ],
    R208: [
      () => state.lessOf({}), () => state.lessOf(), () => state.notInterested(null), () => state.undo(null), () => state.undo(),
      () => state.lessOf({ variant: "a" }),
      () => state.notInterested({ topic: "t", surface: "h" }),
    ],
    R209: [
      () => state.lessOf({ topic: "t" }), () => state.lessOf({ surface: "none" }), () => state.force("none", "a"),
      () => state.notInterested({ surface: "h", variant: "none" }), () => state.lessOf({ surface: 5 }),
    ],
    R210: [
      () => state.recordShown(null), () => state.recordShown("h", 5), () => state.recordShown({ surface: 1 }),
      () => state.recordShown({ surface: "h", variant: "a" }, "a"), () => state.recordClicked(undefined),
      ...[null, undefined, 5, {}, "h", [null], [["h"]], [["h", null]], [["h", "a"]]].map((none) => () => give(none)),
    ],
    R211: [() => DeviceState.load(bundle, "bytes"), () => DeviceState.load(bundle, [1])],
    R212: [[], "a", new Map(), 5].map((fields) => () => state.recordEvent("viewed", fields)),
    R213: [
      () => state.recordEvent(1), () => state.recordEvent("viewed", {}, { nonce: 1 }), () => state.declare(1, 1),
      () => state.recordShown("h", "a", { session: 1 }), () => state.recordSession(1), () => state.force(1, "a"),
    ],
    R214: [8, -1, 0.5, "1"].map((writer) => () => fresh({ writer })),
  };
  for (const [code, calls] of Object.entries(wrong)) {
    for (const call of calls) assert.throws(call, refusedWith(code), `${code} ${call}`);
  }
  state.use(bundle, { now: NOW });
  assert.equal(hex(state), before, "what is refused changes nothing");
});

test("a state of another project", () => {
  const state = lived(), before = hex(state), { bundle: own } = read(join(VECTORS, "state/bytes.json"));
  const other = unpacked(bytesOf(own));
  const program = other[3][0][1];
  program[1]++; // a letter of the project's id
  const foreign = Bundle.load(Uint8Array.from(write(other)));
  assert.throws(() => state.use(foreign, { now: NOW }), refusedWith("R215"));
  assert.throws(() => state.merge(new DeviceState(foreign, { now: NOW })), refusedWith("R215"));
  assert.throws(() => foreign.decideAll({}, { now: NOW, state }), refusedWith("R215"));
  assert.throws(() => foreign.decide("nowhere", {}, { now: NOW, state }), refusedWith("R215"));
  assert.equal(DeviceState.load(foreign, state.bytes, { now: NOW }).warning.code, "S107");
  assert.equal(hex(state), before);
  assert.equal(state.bundle, bundle);
});

test("whatever bytes hold, there is a state", () => {
  const state = lived(), { bytes } = state;
  for (let size = 0; size < bytes.length; size += 7) {
    assert.ok(DeviceState.load(bundle, bytes.subarray(0, size), { now: NOW }).warning);
  }
  const deep = new Uint8Array(1 << 20).fill(0x91), long = new Uint8Array((1 << 20) + 1);
  for (const odd of [deep, long, Uint8Array.of(0xdd, 255, 255, 255, 255), Uint8Array.of(0xc1)]) {
    assert.ok(DeviceState.load(bundle, odd, { now: NOW }).warning);
  }
  const wide = new Uint8Array(bytes.length + 9);
  wide.set(bytes, 5);
  const again = DeviceState.load(bundle, wide.subarray(5, 5 + bytes.length), { now: NOW });
  assert.equal(again.warning, null);
  assert.equal(hex(again), hex(state));
});

/** The classes of all signals as a state has them at a time. */
function told(state, now) {
  const { _p: p } = state.bundle, facts = begin(p, {}, { now, consent: p.purposes, state });
  for (let i = 0; i < p.signals.length; i++) readSignal(facts, i);
  end(facts);
  return JSON.stringify([facts.classes, facts.elements, facts.off, [...facts.forced]]);
}

/** Times around those at which what a state says may change. */
function edges(state) {
  const { memory } = state.bundle._p, lengths = [0, 1_800_000, 2 * DAY, -2 * DAY, memory.lessOf, 7_200_000];
  for (const { stable } of memory.holds) lengths.push(stable);
  for (const { limit } of memory.guards) lengths.push(limit);
  for (const { role, args } of memory.derived) if (role === 4) lengths.push(args[2], args[3]);
  const times = new Set(JSON.stringify(state.export()).match(/\d{13}/g).map(Number)), nows = [];
  for (const time of times) {
    for (const from of [time, time - (time % 3_600_000), time - (time % DAY)]) {
      for (const length of lengths) nows.push(from + length - 1, from + length, from + length - 1);
    }
  }
  return nows;
}

test("what is kept for deciding is what would be worked out anew", () => {
  let same = 0, other = 0;
  for (const path of files(join(VECTORS, "state"))) {
    const { cases = [], bundle: own, next_bundle } = read(path);
    const bundles = own && { first: Bundle.load(bytesOf(own)), next: next_bundle && Bundle.load(bytesOf(next_bundle)) };
    for (const row of cases.filter(({ history }) => history)) {
      const device = new Device(bundles, row, host);
      device.play(row.history);
      const { state } = device, before = hex(state), twin = DeviceState.load(state.bundle, state.bytes, { now: NOW, consent: device.granted });
      for (const now of edges(state)) {
        const kept = state._told;
        twin._told = null;
        assert.equal(told(state, now), told(twin, now), `${row.name} ${now}`);
        if (state._told === kept) same++;
        else other++;
      }
      assert.equal(hex(state), before, "deciding changes nothing");
    }
  }
  assert.ok(same > 1_000 && other > 1_000, `${same} ${other}`);
});

test("merging is commutative, associative and idempotent", () => {
  const of = (state, writer) => DeviceState.load(bundle, state.bytes, { now: NOW, writer });
  const [a, b, c] = [lived(0), lived(1), lived(2)];
  b.recordShown("h", "a", { now: NOW + DAY });
  c.recordEvent("viewed", { category: "c", price: 2.5 }, { now: NOW + 2 * DAY, session: "s" });
  const merged = (...states) => states.reduce((left, right) => {
    const found = of(left, 0);
    found.merge(right);
    return found;
  });
  const all = hex(merged(a, b, c));
  assert.notEqual(all, hex(a));
  for (const states of [[b, a, c], [c, b, a], [merged(a, b), merged(b, c)], [a, b, c, c, a]]) {
    assert.equal(hex(merged(...states)), all);
  }
  const before = [a, b, c].map(hex);
  const one = of(a, 0);
  one.merge(b);
  one.recordShown("h", "b", { now: NOW + 3 * DAY });
  assert.deepEqual([a, b, c].map(hex), before, "what was merged is left as it was");
});

test("what goes out is nobody's to change", () => {
  const state = lived(), before = hex(state), exported = state.export();
  assert.throws(() => (state.controls[0].time = 5), TypeError);
  assert.throws(() => state.controls.push(1), TypeError);
  for (const item of exported.items) if (Array.isArray(item.holds)) item.holds.length = 0;
  exported.session.number = 99;
  state.bytes.fill(0);
  assert.equal(hex(state), before);
  const consent = ["ads"], own = fresh({ consent });
  consent.pop();
  assert.deepEqual(own._granted, ["ads"]);
});

test("fields are the event's own, and plain", () => {
  const state = fresh();
  assert.ok(state.recordEvent("viewed", { category: null, price: undefined }, { now: NOW }));
  assert.ok(state.recordEvent("viewed", Object.create({ category: 5 }), { now: NOW }));
  for (const price of [NaN, Infinity, "1", -1, 1n, true, {}, [], new Observed(1, NOW), () => 1]) {
    assert.equal(state.recordEvent("viewed", { price }, { now: NOW }), false, String(price));
  }
  assert.deepEqual(state.export().refused, { future: 0, far_past: 0, none: 10 });
});

test("the order of values", () => {
  const rising = [[null, false], [-1, 2], ["", "a", "b", "\uffff", "𝒳"], [[1], [1, 0], [1, 1], [2]]];
  for (const values of rising) {
    for (let i = 1; i < values.length; i++) assert.ok(compare(values[i - 1], values[i]) < 0, JSON.stringify(values));
  }
});

test("msgpack there and back", () => {
  const values = [
    0, 127, 128, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER, -1, -32, -33, -128, -129,
    -32768, -32769, -(2 ** 31), -(2 ** 31) - 1, -Number.MAX_SAFE_INTEGER, 0.1, -1e300, 5e-324, null, true, false,
    "", "é".repeat(20), "x".repeat(70_000),
  ];
  assert.deepEqual(unpacked(Uint8Array.from(write([values, ...values]))), [values, ...values]);
});

test("deciding alone does not bring the state", () => {
  const seen = new Set(), walk = (file) => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(new URL(`../src/${file}`, import.meta.url), "utf8");
    for (const [, next] of text.matchAll(/from "\.\/([\w-]+\.js)"/g)) walk(next);
  };
  walk("index.js");
  assert.ok(seen.size > 10);
  assert.deepEqual([...seen].filter((file) => /^(state|memory|remember)/.test(file)), []);
});
