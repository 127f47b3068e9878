// A state in what build.mjs makes: short names change nothing.
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import * as source from "../src/state.js";
import { built } from "./built.mjs";
import { VECTORS, bytesOf, read } from "./kit.mjs";

/** Bytes of the evaluator with the state by gzip -9. Raise it only with a reason. */
const MOST = 22000, NOW = 1_800_000_000_000;

const { skip, load, sizeOf } = await built(["state"]);

/** What a device gives and is, with the classes of one build. */
function lived({ Bundle, DeviceState }) {
  const { bundle: bytes } = read(join(VECTORS, "state/bytes.json")), bundle = Bundle.load(bytesOf(bytes));
  const state = new DeviceState(bundle, { now: NOW }), gives = [];
  for (let i = 0; i < 9; i++) {
    const now = NOW + i * 900_000, nonce = `${i >> 1}`, session = i > 5 ? "s" : null;
    gives.push(state.recordEvent("viewed", { category: "ab"[i % 2], price: i / 8 }, { now, nonce, session }));
    const decision = bundle.decide("h", {}, { now, state });
    gives.push(decision.toJSON(), state.recordShown(decision, null, { now }), state.recordShown("h", "a", { now }));
    gives.push(state.recordClicked("h", null, { now }), state.recordDismissed("h", "none", { now }));
  }
  gives.push(state.lessOf({ surface: "h", variant: "b", now: NOW }), state.notInterested({ surface: "h", now: NOW }));
  gives.push(state.controls.map((one) => ({ ...one })), state.undo(state.controls[0], { now: NOW }), state.refresh({}, { now: NOW }));
  const other = DeviceState.load(bundle, state.bytes, { now: NOW, writer: 1 });
  other.recordShown("h", "b", { now: NOW + 9_000_000 });
  state.merge(other);
  const bad = DeviceState.load(bundle, state.bytes.subarray(1), { now: NOW });
  return { gives, bytes: [...state.bytes], exported: state.export(), off: state.isOff, code: bad.warning.code };
}

test("what it remembers", { skip }, async () => {
  assert.deepEqual(lived(await load("state")), lived(source));
});

test("a state of another copy is none", { skip }, async () => {
  const bytes = bytesOf(read(join(VECTORS, "state/bytes.json")).bundle), made = await load("state");
  for (const [ours, other] of [[made, source], [source, made]]) {
    const bundle = ours.Bundle.load(bytes), state = new other.DeviceState(other.Bundle.load(bytes), { now: NOW });
    assert.throws(() => bundle.decide("h", {}, { now: NOW, state }), { name: "CallError", code: "R204" });
  }
});

test("it exports what the sources do", { skip }, async () => {
  assert.deepEqual(Object.keys(await load("state")).sort(), Object.keys(source).sort());
});

test("it is no larger than it was", { skip }, () => {
  const { gzip } = sizeOf("state");
  assert.ok(gzip <= MOST, `${gzip} bytes`);
});
