// tacit-runtime beside a hand-written chain, in one process: node bench/js/bench.mjs n1000.json ...
// Prints JSON: microseconds per call of both, medians over rounds, and their ratio.
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { byHand } from "./hand.mjs";
import { Bundle } from "../../runtime/js/src/index.js";

const ROUNDS = 9, BLOCK = 0.05, WARM = 0.2;
const OPTIONS = { now: 1700000000000, consent: [] };

/** The middle one. */
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
/** Seconds of this process's own, so that others on the machine matter less. */
const seconds = (loop) => {
  const start = process.cpuUsage();
  loop();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
};
const rounded = (number) => Number(number.toPrecision(3));

/** A block of each in turns; a loop makes `calls` calls. */
function inTurns(ours, hand, calls) {
  const sides = [ours, hand].map((loop) => {
    let spent = 0;
    while (spent < WARM) spent += Math.max(seconds(loop), 1e-5);
    return { loop, repeats: Math.max(1, Math.round(BLOCK / Math.max(seconds(loop), 1e-5))), times: [] };
  });
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of round % 2 ? [...sides].reverse() : sides) {
      const took = seconds(() => {
        for (let i = 0; i < side.repeats; i++) side.loop();
      });
      side.times.push(took / side.repeats / calls);
    }
  }
  const [mine, theirs] = sides.map(({ times }) => times);
  return {
    us: rounded(median(mine) * 1e6),
    hand_us: rounded(median(theirs) * 1e6),
    ratio: rounded(median(mine.map((time, i) => time / theirs[i]))),
  };
}

let sink = 0;

function measure(workload) {
  const bytes = new Uint8Array(Buffer.from(workload.bundle, "base64"));
  let bundle;
  const load = [];
  for (let i = 0; i < 20; i++) load.push(seconds(() => (bundle = Bundle.load(bytes))) * 1e3);
  const chain = byHand(workload), names = bundle.surfaces, count = names.length;
  const found = { name: workload.name, digest: workload.digest, rules: workload.rules, bytes: bytes.length };
  found.load_ms = { first: rounded(load[0]), median: rounded(median(load)) };
  found.first_decision_ms = rounded(
    seconds(() => bundle.decide(names[0], workload.contexts[0], OPTIONS).variant) * 1e3,
  );
  for (const kind of ["contexts", "missing"]) {
    const visitors = workload[kind];
    for (const signals of visitors.slice(0, 100)) {
      const together = bundle.decideAll(signals, OPTIONS);
      for (let i = 0; i < count; i++) {
        const wanted = chain[i](signals);
        const one = bundle.decide(names[i], signals, OPTIONS).variant;
        if (together.at(i).variant !== wanted || one !== wanted) throw new Error(`${names[i]} differs`);
      }
    }
    // In no order that a processor could learn.
    let random = 1;
    const next = (limit) => (random = Math.imul(random, 48271) >>> 1) % limit;
    const pairs = Array.from({ length: 10000 }, () => [next(visitors.length), next(count)]);
    found[`one_${kind}`] = inTurns(
      () => {
        for (const [i, k] of pairs) sink += bundle.decide(names[k], visitors[i], OPTIONS).variant.length;
      },
      () => {
        for (const [i, k] of pairs) sink += chain[k](visitors[i]).length;
      },
      pairs.length,
    );
    found[`all_${kind}`] = inTurns(
      () => {
        for (const signals of visitors) sink += bundle.decideAll(signals, OPTIONS).size;
      },
      () => {
        for (const signals of visitors) {
          const shown = new Array(count);
          for (let i = 0; i < count; i++) shown[i] = chain[i](signals);
          sink += shown.length;
        }
      },
      visitors.length,
    );
  }
  return found;
}

const files = process.argv.slice(2);
const workloads = files.map((file) => measure(JSON.parse(readFileSync(file, "utf8"))));
console.log(JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, workloads }, null, 2));
if (!sink) process.exit(1);
