// What is JavaScript's alone: UTF-16, numbers, arguments, calls within calls.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { explain } from "../src/explain.js";
import { give, take } from "../src/given.js";
import { Bundle as Plain } from "../src/index.js";
import { Bundle, CallError, DeviceState, Observed } from "../src/state.js";
import { before, encode, fromOctets, octets, size, wellFormed } from "../src/utf8.js";
import { limitOf } from "../src/murmur3.js";
import { layOut } from "../src/rows.js";
import { VECTORS, bytesOf, decoded, files, read, told } from "./kit.mjs";

const bundleOf = (name) => Bundle.load(bytesOf(read(join(VECTORS, name)).bundle));
const refusedWith = (code) => (error) => error instanceof CallError && error.code === code;

test("UTF-8 there and back, as the platform's own codec", () => {
  for (const text of ["", "a", "é", "ß日本", "𝒳a", "\u{10ffff}\uffff\u0800\u07ff\u0080\u007f"]) {
    const bytes = new TextEncoder().encode(text);
    assert.deepEqual(encode(text), [...bytes]);
    assert.equal(octets(text), String.fromCharCode(...bytes));
    assert.equal(fromOctets(octets(text)), text);
  }
});

test("a position is below a share as its hash is below the limit", () => {
  const position = (hash) => Math.floor((hash * 10000) / 4294967296);
  for (let share = 1; share < 10000; share++) {
    const limit = limitOf(share);
    assert.ok(position(limit - 1) < share && position(limit) >= share && limit < 4294967295, String(share));
  }
});

test("ill-formed UTF-8 is refused", () => {
  for (const bytes of [
    [0x80], [0xc0, 0x80], [0xc1, 0xbf], [0xc3], [0xe0, 0x9f, 0xbf], [0xed, 0xa0, 0x80], [0xf0, 0x8f, 0xbf, 0xbf],
    [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x28, 0xa1], [0xff],
  ]) {
    assert.throws(() => new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(bytes)));
    assert.equal(fromOctets(String.fromCharCode(...bytes)), undefined);
  }
});

test("order and size of texts are those of code points", () => {
  assert.ok(before("\uffff", "𝒳"));
  assert.ok(!before("𝒳", "\uffff"));
  assert.ok(before("𝒳", "𝒳a"));
  assert.ok(!before("a", "a"));
  assert.equal(size("𝒳a日"), 3);
});

test("lone surrogates are found", () => {
  for (const text of ["\ud800", "a\udc00", "\udc00\ud800", "\ud800\ud800\udc00", "\ud835"]) {
    assert.equal(wellFormed(text), false, JSON.stringify(text));
  }
  for (const text of ["", "a", "𝒳", "a𝒳b𝒳"]) assert.equal(wellFormed(text), true, text);
});

test("arguments that are none", () => {
  const bundle = bundleOf("order/05-rule-match.json"), [surface] = bundle.surfaces;
  for (const signals of [null, undefined, 1, "a", [], new Map()]) {
    assert.throws(() => bundle.decide(surface, signals), refusedWith("R201"));
    assert.throws(() => bundle.decideAll(signals), refusedWith("R201"));
  }
  for (const now of [1.5, NaN, Infinity, 2 ** 53, "1", 1n, true]) {
    assert.throws(() => bundle.decide(surface, {}, { now }), refusedWith("R202"));
  }
  for (const consent of ["ads", 1, {}, [1]]) {
    assert.throws(() => bundle.decide(surface, {}, { consent }), refusedWith("R203"));
  }
  assert.throws(() => bundle.decide(surface, {}, { state: {} }), refusedWith("R204"));
  assert.throws(() => bundle.decide(1, {}), refusedWith("R205"));
  assert.throws(() => bundle.decide("nowhere", {}, { strict: true }), refusedWith("R207"));
  for (const bytes of [null, "path", [1], 1]) assert.throws(() => Bundle.load(bytes), refusedWith("R206"));
  assert.equal(bundle.decide(surface, {}).reason, bundle.decide(surface, {}, { now: 0, consent: new Set() }).reason);
});

test("a consent that cannot be listed, and one whose listing fails", () => {
  const bundle = bundleOf("order/05-rule-match.json"), [surface] = bundle.surfaces;
  for (const consent of [{ [Symbol.iterator]: 1 }, { [Symbol.iterator]: null }, Object(1n)]) {
    assert.throws(() => bundle.decide(surface, {}, { consent }), refusedWith("R203"));
  }
  const own = new Error("the host's own"), failing = {
    *[Symbol.iterator]() {
      yield "ads";
      throw own;
    },
  };
  assert.throws(() => bundle.decide(surface, {}, { consent: failing }), (error) => error === own);
  assert.equal(bundle.decide(surface, {}).surface, surface);
});

test("a decision by a number that no surface has", () => {
  const all = bundleOf("order/05-rule-match.json").decideAll({});
  for (const number of [-1, all.size, 0.5, NaN]) assert.equal(all.at(number), undefined);
  assert.equal(all.at(0).surface, all.keys()[0]);
});

test("names that every object has", () => {
  // Made of a project whose signals, events, surfaces and variants have such names.
  const bundle = Bundle.load(bytesOf(read(new URL("names.json", import.meta.url)).bundle));
  assert.deepEqual(bundle.surfaces, ["constructor", "__proto__"]);
  const state = new DeviceState(bundle, { now: 0 });
  // What an object has of its prototype is no signal of the caller's.
  assert.ok(state.declare("constructor", "x", { now: 0 }));
  const decided = bundle.decide("constructor", {}, { now: 0, state });
  assert.deepEqual([decided.variant, decided.rule, decided.unknown], ["b", "preferred", ["__proto__"]]);
  for (const signals of [{}, Object.create(null), { constructor: undefined }]) {
    const view = explain(bundle, "constructor", signals, { now: 0 });
    assert.deepEqual(view.signals.map((one) => one.missing), ["absent", "absent"]);
  }
  const held = Object.create({ get constructor() { return "x"; } });
  assert.equal(bundle.decide("constructor", held, { now: 0 }).variant, "b");
  const own = JSON.parse('{"__proto__": ["z"]}'), found = bundle.decide("__proto__", own, { now: 0 });
  assert.deepEqual([found.variant, JSON.stringify(found.content)], ["constructor", '{"__proto__":{"x":1}}']);
  assert.equal({}.x, undefined);
  const given = give(bundle.decideAll(own, { now: 0 }), { now: 0 });
  const taken = take(bundle, JSON.stringify(given), { now: 0, state });
  assert.deepEqual([...taken.keys()], bundle.surfaces);
  assert.equal(taken.get("__proto__").variant, "constructor");
  const fields = JSON.parse('{"__proto__": "a", "constructor": 3}');
  assert.equal(state.recordEvent("constructor", fields, { now: 0 }), true);
  assert.equal(state.recordEvent("valueOf", {}, { now: 0 }), false);
  assert.equal(state.notInterested({ surface: "constructor", variant: "b", now: 0 }), true);
  assert.throws(() => state.notInterested({ surface: "toString", now: 0 }), refusedWith("R209"));
  assert.equal(bundle.decide("constructor", {}, { now: 0, state }).variant, "a");
  assert.deepEqual(DeviceState.load(bundle, state.bytes, { now: 0 }).export(), state.export());
});

test("a runtime without the feature STATE", () => {
  const bytes = bytesOf(read(join(VECTORS, "order/05-rule-match.json")).bundle), plain = Plain.load(bytes), [surface] = plain.surfaces;
  const state = new DeviceState(Bundle.load(bytes), { now: 0 });
  assert.throws(() => new DeviceState(plain, { now: 0 }), refusedWith("R206"));
  for (const options of [{ state }, { state: {} }]) {
    assert.throws(() => plain.decide(surface, {}, options), refusedWith("R204"));
    assert.throws(() => plain.decideAll({}, options), refusedWith("R204"));
    assert.throws(() => explain(plain, surface, {}, options), refusedWith("R204"));
  }
  assert.equal(plain.decide(surface, {}, { state: null }).reason, plain.decide(surface, {}).reason);
  const knowing = Bundle.load(bytes), signals = read(join(VECTORS, "order/05-rule-match.json")).cases[0].signals;
  assert.ok(knowing instanceof Plain);
  assert.deepEqual(explain(plain, surface, signals, { now: 0 }), explain(knowing, surface, signals, { now: 0 }));
  // Before it looks at any section.
  const other = bytesOf(read(join(VECTORS, "state/bytes.json")).bundle);
  assert.equal(other[8], 1);
  for (const some of [other, other.subarray(0, 9)]) assert.throws(() => Plain.load(some), { name: "BundleError", code: "R104" });
});

test("a surface that is not there", () => {
  const found = bundleOf("order/05-rule-match.json").decide("nowhere", {}, { default: { a: 1 } });
  assert.deepEqual(told(found), {
    surface: "nowhere", variant: null, content: { a: 1 }, reason: "NO_SURFACE", rule: null,
    explanation: null, explanations: {}, unknown: [], experiment: null, arm: null, forced: false,
  });
  assert.deepEqual(JSON.parse(JSON.stringify(found)), told(found));
});

test("loads from views and buffers, and from bytes that do not begin at 0", () => {
  const bytes = bytesOf(read(join(VECTORS, "ops/double.json")).bundle), wide = new Uint8Array(bytes.length + 7);
  wide.set(bytes, 3);
  const view = wide.subarray(3, 3 + bytes.length), names = Bundle.load(bytes).surfaces;
  assert.deepEqual(Bundle.load(view).surfaces, names);
  assert.deepEqual(Bundle.load(bytes.slice().buffer).surfaces, names);
});

test("bytes of another realm, as sandboxes of tests and of edges pass them", () => {
  const text = read(join(VECTORS, "ops/double.json")).bundle, { surfaces } = Bundle.load(bytesOf(text));
  const other = (code) => runInNewContext(code, { given: [...bytesOf(text)] });
  assert.ok(!(other("new Uint8Array(given)") instanceof Uint8Array));
  assert.deepEqual(Bundle.load(other("new Uint8Array(given)")).surfaces, surfaces);
  const bundle = Bundle.load(other("new Uint8Array(given).buffer")), state = new DeviceState(bundle, { now: 0 });
  assert.deepEqual(bundle.surfaces, surfaces);
  const bytes = runInNewContext("new Uint8Array(given)", { given: [...state.bytes] });
  const again = DeviceState.load(bundle, bytes, { now: 9 });
  assert.deepEqual([again.warning, again.export()], [null, state.export()]);
  for (const bad of ["new Int8Array(given)", "new DataView(new Uint8Array(given).buffer)", "given"]) {
    assert.throws(() => Bundle.load(other(bad)), refusedWith("R206"));
    assert.throws(() => DeviceState.load(bundle, other(bad)), refusedWith("R211"));
  }
});

test("a signal whose reading decides again disturbs nothing", () => {
  const data = read(join(VECTORS, "three-values.json")), bundle = Bundle.load(bytesOf(data.bundle));
  for (const row of data.cases) {
    const { signals } = row, wanted = [...bundle.decideAll(signals, { now: 0 })].map(([, one]) => told(one));
    const within = {};
    for (const [name, value] of Object.entries(signals)) {
      Object.defineProperty(within, name, {
        get() {
          bundle.decideAll({}, { now: 0 });
          return value;
        },
      });
    }
    assert.deepEqual([...bundle.decideAll(within, { now: 0 })].map(([, one]) => told(one)), wanted);
  }
});

test("a surface that asks no value of a version, alone and again and again", () => {
  // any: !has(v); some: v >= 2.1 && v != 3.0
  const bundle = Bundle.load(bytesOf(
    "lKV0YWNpdAEAkpIBxFUBdAAAAgJpZAMAgAIAAXYFAAICAgEBAwMGAYEBiwECAwICAgIAAAIBAgIYAAEBAgQDc29tZWFueQICA25v" +
    "eWVzAgoCCgABAwEKAAEDAAAAAAAAAAAAkgXEFAEDAQMCAAAAAgAAAgAAAgAAAgAA",
  ));
  const shown = { "1.0": "no", "2.1": "yes", "2.5.7": "yes", "3.0": "no", "3": "no", "3.0.1": "yes", "x": "no" };
  for (let again = 0; again < 4; again++) {
    for (const [v, variant] of Object.entries(shown)) {
      const [some, any] = ["some", "any"].map((surface) => bundle.decide(surface, { v }, { now: 0 }));
      assert.deepEqual([some.variant, any.variant], [variant, v === "x" ? "yes" : "no"], v);
      assert.deepEqual([some.unknown, any.unknown], v === "x" ? [["v"], ["v"]] : [[], []]);
    }
  }
});

test("the same with rows that are made anew, and some again", () => {
  let anew = 0;
  for (const path of files(VECTORS)) {
    const data = read(path);
    if (!data.bundle) continue;
    const quick = Bundle.load(bytesOf(data.bundle));
    for (const room of [0, 60]) {
      const slow = Bundle.load(bytesOf(data.bundle));
      layOut(slow._p, room);
      // Without plans a surface alone goes by rows.
      if (room) slow._p.room = 0;
      for (const row of data.cases) {
        const signals = decoded(row.signals), options = { now: row.now ?? 0, consent: row.consent };
        const wanted = [...quick.decideAll(signals, options)].map(([, one]) => told(one));
        anew += slow._p.rows.used > room;
        assert.deepEqual([...slow.decideAll(signals, options)].map(([, one]) => told(one)), wanted);
        const alone = slow.surfaces.map((surface) => told(slow.decide(surface, signals, options)));
        assert.deepEqual(alone, wanted);
      }
    }
  }
  assert.ok(anew > 100);
});

test("sections that are not known may have any number, if they rise", () => {
  const bytes = [...bytesOf(read(join(VECTORS, "ops/double.json")).bundle)];
  // [name, major, features, sections]: the name takes six bytes, the numbers one each.
  assert.equal(bytes[9] >> 4, 9);
  const number = (low) => [0xcf, 0x10, 0, 0, 0, 0, 0, 0, low];
  const having = (...lows) => Uint8Array.from([
    ...bytes.slice(0, 9), bytes[9] + lows.length, ...bytes.slice(10), ...lows.flatMap((low) => [0x92, ...number(low), 0xc4, 0]),
  ]);
  assert.equal(Bundle.load(having(0, 1)).surfaces.length, Bundle.load(Uint8Array.from(bytes)).surfaces.length);
  for (const lows of [[1, 1], [1, 0]]) assert.throws(() => Bundle.load(having(...lows)), { code: "R111" });
});

test("a decision stays as it is", () => {
  const data = read(join(VECTORS, "content.json")), bundle = Bundle.load(bytesOf(data.bundle));
  const [surface] = bundle.surfaces, one = bundle.decide(surface, {}, { now: 0 }), before = told(one);
  for (const row of data.cases) bundle.decideAll(row.signals, { now: 0 });
  assert.deepEqual(told(one), before);
  if (one.content !== null && typeof one.content === "object") assert.notEqual(one.content, one.content);
});

test("times of observation are whole numbers", () => {
  const data = read(join(VECTORS, "max-age.json")), bundle = Bundle.load(bytesOf(data.bundle));
  const aged = data.cases.find((row) => JSON.stringify(row.signals).includes("$observed"));
  const [name] = Object.keys(aged.signals), { value } = aged.signals[name].$observed ?? {};
  for (const at of [0.5, NaN, Infinity, "0", null, 0n]) {
    const found = bundle.decideAll({ [name]: new Observed(value, at) }, { now: 0 });
    assert.ok([...found].some(([, one]) => one.unknown.includes(name)), String(at));
  }
});

test("200,000 decisions leave nothing behind", () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc"), data = read(join(VECTORS, "three-values.json"));
  const bundle = Bundle.load(bytesOf(data.bundle)), [surface] = bundle.surfaces, visitors = data.cases.map((row) => row.signals);
  const heap = (calls) => {
    for (let n = 0; n < calls; n++) bundle.decide(surface, visitors[n % visitors.length], { now: n }).unknown;
    gc();
    return process.memoryUsage().heapUsed;
  };
  heap(20000);
  const before = heap(20000), after = heap(200000);
  // A byte per decision would be 200,000.
  assert.ok(after - before < 150000, `${after - before} bytes`);
});

test("no source asks for what an engine may lack, or makes code", () => {
  for (const file of readdirSync(new URL("../src", import.meta.url)).filter((name) => name.endsWith(".js"))) {
    const text = readFileSync(new URL(`../src/${file}`, import.meta.url), "utf8");
    assert.doesNotMatch(text, /\beval\(|new Function|BigInt|\d+n\b|\bIntl\b|TextEncoder|TextDecoder\(|globalThis|process\./);
    assert.ok(text.split("\n").length < 400, `${file} is too long`);
  }
});
