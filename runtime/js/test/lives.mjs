// Compares states with Python's: reads what tests/javascript/lives.py writes, ends with 1 at a difference.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { Bundle, CallError, DeviceState } from "../src/state.js";
import { bytesOf, decoded, told } from "./kit.mjs";

const counts = { lives: 0, steps: 0, decisions: 0, refused: 0, accepted: 0, otherCode: 0 };
const others = new Map();
const digest = (bytes) => createHash("sha1").update(bytes).digest("hex").slice(0, 12);

/** Devices that live as told; `states` by their writer. */
class Life {
  constructor(bundles) {
    this.bundles = bundles;
    this.states = [];
    this.granted = [];
  }

  load(on, bytes, { now, consent = this.granted[on] }, like = on) {
    return DeviceState.load(this.states[like].bundle, bytes, { now, consent, writer: on });
  }

  decideAll(bundle, { signals, consent }, now, state) {
    const options = { now, consent, state }, together = bundle.decideAll(signals, options);
    return bundle.surfaces.map((surface, number) => {
      const one = told(bundle.decide(surface, signals, options));
      assert.deepEqual(told(together.at(number)), one);
      counts.decisions += 2;
      return one;
    });
  }

  /** Does a step and gives what it gave. */
  perform(step) {
    const { now, on, surface, variant, nonce, session } = step, { states } = this;
    if (step.do === "begin") {
      states.push(new DeviceState(this.bundles[0], { now, consent: step.consent }));
      this.granted.push(step.consent);
      return null;
    }
    const state = states[on], how = { now, nonce, session };
    const times = (record) => Array.from({ length: step.times }, record);
    switch (step.do) {
      case "event":
        return times(() => state.recordEvent(step.name, step.fields, { ...how, at: step.at }));
      case "session":
        return state.recordSession(step.name, { now });
      case "show": {
        const decision = state.bundle.decide(surface, step.signals, { now, consent: step.consent, state });
        return [told(decision), state.recordShown(decision, null, how)];
      }
      case "shown":
        return times(() => state.recordShown(surface, variant, how));
      case "clicked":
        return times(() => state.recordClicked(surface, variant, how));
      case "dismissed":
        return times(() => state.recordDismissed(surface, variant, how));
      case "decide":
        return step.nows.map((time) => this.decideAll(this.bundles[step.bundle], step, time, state));
      case "refresh":
        return state.refresh(step.signals, { now });
      case "declare":
        return state.declare(step.name, step.value, { now });
      case "control": {
        const word = step.strength ? "lessOf" : "notInterested";
        return times(() => state[word]({ ...step.named, now }));
      }
      case "undo":
        return step.place < state.controls.length && state.undo(state.controls[step.place], { now });
      case "grant":
        state.grant(step.consent, { now });
        this.granted[on] = step.consent;
        return null;
      case "use":
        state.use(this.bundles[step.bundle], { now });
        return null;
      case "load":
        states[on] = this.load(on, state.bytes, step);
        this.granted[on] = step.consent;
        return null;
      case "off":
        state.turnOff({ now });
        return null;
      case "on":
        state.turnOn({ now });
        return null;
      case "erase":
        state.erase({ now });
        return null;
      case "force":
        state.force(step.name, step.arm);
        return null;
      case "trust":
        state.trust(now);
        return null;
      case "copy": {
        const to = Math.min(step.to, states.length);
        this.granted[to] = this.granted[on];
        states[to] = this.load(to, state.bytes, step, on);
        return null;
      }
      case "merge":
        state.merge(states[step.from]);
        return null;
      case "export":
        return state.export();
      case "damage": {
        const found = this.load(on, bytesOf(step.data), step);
        if (!found.warning) states[on] = found;
        return found.warning && found.warning.code;
      }
    }
    throw new Error(`unknown step ${step.do}`);
  }

  check(told) {
    const { gives, after, ...step } = told;
    let found;
    try {
      found = this.perform(decoded(step));
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      found = { error: error.code };
    }
    if (step.do === "damage") counts[gives ? "refused" : "accepted"]++;
    if (step.loose && found && gives && !found.error && found !== gives) {
      // Of several faults in one input, another may be met first.
      counts.otherCode++;
      others.set(`${gives} ${found}`, (others.get(`${gives} ${found}`) ?? 0) + 1);
    } else assert.deepEqual(found, gives);
    const on = step.on ?? 0, { bytes } = this.states[on], again = this.load(on, bytes, { now: 0 });
    assert.equal(digest(bytes), after, "the state's bytes");
    assert.equal(again.warning, null, "its own bytes");
    assert.deepEqual(again.bytes, bytes);
    counts.steps++;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { life, bundles, steps } = JSON.parse(line);
  const lived = new Life(bundles.map((bundle) => Bundle.load(bytesOf(bundle))));
  steps.forEach((step, number) => {
    try {
      lived.check(step);
    } catch (error) {
      const state = lived.states[step.on ?? 0];
      console.error(`life ${life}, step ${number}: ${JSON.stringify(step).slice(0, 2000)}\n${error.stack}`);
      console.error(`then it has ${JSON.stringify(state && state.export())}`);
      process.exit(1);
    }
  });
  counts.lives++;
}
console.log(JSON.stringify(counts));
if (others.size) console.log(JSON.stringify([...others].sort((a, b) => b[1] - a[1])));
