// Compares with Python: reads what tests/javascript/cases.py writes, ends with 1 at a difference.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { Bundle as Plain, BundleError } from "../src/index.js";
import { Bundle } from "../src/state.js";
import { bytesOf, decoded, told } from "./kit.mjs";

const counts = { calls: 0, decisions: 0, refused: 0, accepted: 0 };

function call(bundle, { signals, now, consent, state, expect }) {
  const options = { now, consent };
  if (state) {
    const { values, declared } = decoded(state);
    const standing = { values, declared, off: state.off, forced: new Set(state.forced) };
    options.state = { _standing: () => standing };
  }
  const passed = decoded(signals), together = bundle.decideAll(passed, options);
  expect.forEach((wanted, number) => {
    assert.deepEqual(told(together.at(number)), wanted);
    assert.deepEqual(told(bundle.decide(wanted.surface, passed, options)), wanted);
    counts.decisions += 2;
  });
  counts.calls++;
}

function verdict(Kind, bytes) {
  try {
    Kind.load(bytes);
    return null;
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return error.code;
  }
}

let number = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { bundle, calls, code } = JSON.parse(line);
  number++;
  try {
    const bytes = bytesOf(bundle), remembers = bundle.startsWith("lKV0YWNpdAEB");
    if (calls) {
      const loaded = [Bundle.load(bytes)];
      if (remembers) assert.equal(verdict(Plain, bytes), "R104");
      else loaded.push(Plain.load(bytes));
      for (const one of calls) for (const either of loaded) call(either, one);
    } else {
      // Of several faults the one that is met first: FORMAT.md section 7.
      assert.equal(verdict(Bundle, bytes), code);
      assert.equal(verdict(Plain, bytes), remembers ? "R104" : code);
      counts[code ? "refused" : "accepted"]++;
    }
  } catch (error) {
    console.error(`line ${number}: ${error.stack}\n${line.slice(0, 3000)}`);
    process.exit(1);
  }
}
console.log(JSON.stringify(counts));
