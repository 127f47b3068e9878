// tacit-runtime, as built, beside a hand-written chain and other engines: node bench/js/bench.mjs n10.json
// n1000.json ... (workload.py writes them). Prints JSON: microseconds per call, medians over rounds, and their
// ratio to the chain by hand in the same rounds; sizes. All sides of a workload take turns in one process, each
// workload in one of its own: what V8 learned from the visitors of another would slow the engines, not the chain.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { built } from "./built.mjs";
import { byHand } from "./hand.mjs";
import { PEERS } from "./peers.mjs";
import { sizes } from "./sizes.mjs";

const { Bundle } = await import(await built("index"));
const ROUNDS = 9, BLOCK = 0.05, WARM = 0.2;
const OPTIONS = { now: 1700000000000, consent: [] };
/** Visitors for whom both must decide alike before anything is timed. */
const CHECKED = 100, CHECKED_BESIDE = 20;

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

/** A block of each in turns; a side is {name, loop, calls}: how many calls a loop makes. */
function inTurns(sides) {
  for (const side of sides) {
    let spent = 0;
    while (spent < WARM) spent += Math.max(seconds(side.loop), 1e-5);
    side.repeats = Math.max(1, Math.round(BLOCK / Math.max(seconds(side.loop), 1e-5)));
    side.times = [];
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of round % 2 ? [...sides].reverse() : sides) {
      const took = seconds(() => {
        for (let i = 0; i < side.repeats; i++) side.loop();
      });
      side.times.push(took / side.repeats / side.calls);
    }
  }
  const hand = sides.find(({ name }) => name === "hand").times;
  return Object.fromEntries(sides.map(({ name, times }) => [name, {
    us: rounded(median(times) * 1e6),
    ratio: rounded(median(times.map((time, i) => time / hand[i]))),
  }]));
}

let sink = 0;

/** The neutral rules decided by an engine as they are by hand with that engine's own buckets. */
function check(name, one, chain, names, visitors) {
  for (const signals of visitors.slice(0, CHECKED)) {
    chain.forEach((decide, i) => {
      const wanted = decide(signals), found = one(names[i], signals);
      if (found !== wanted) throw new Error(`${name}: ${names[i]} is ${found}, by hand ${wanted}`);
    });
  }
}

async function peersOf(workload, names) {
  const found = [];
  for (const peer of PEERS) {
    const text = peer.write(workload), load = [];
    let engine;
    for (let i = 0; i < 5; i++) {
      const start = process.cpuUsage();
      engine = await peer.load(text, workload);
      const { user, system } = process.cpuUsage(start);
      load.push((user + system) / 1e3);
    }
    check(peer.name, (name, signals) => engine.one(name, engine.shape(signals)), byHand(workload, peer.position), names,
      workload.contexts.slice(0, CHECKED_BESIDE));
    found.push({ peer, engine, about: { bytes: text.length, load_ms: { first: rounded(load[0]), median: rounded(median(load)) } } });
  }
  return found;
}

async function measure(workload) {
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
  const peers = await peersOf(workload, names);
  found.peers = Object.fromEntries(peers.map(({ peer, about }) => [peer.name, about]));
  for (const kind of ["contexts", "missing"]) {
    const visitors = workload[kind];
    check("tacit", (name, signals) => bundle.decide(name, signals, OPTIONS).variant, chain, names, visitors);
    check("tacit, all", (name, signals) => bundle.decideAll(signals, OPTIONS).get(name).variant, chain, names, visitors);
    // In no order that a processor could learn.
    let random = 1;
    const next = (limit) => (random = Math.imul(random, 48271) >>> 1) % limit;
    const pairs = Array.from({ length: 10000 }, () => [next(visitors.length), next(count)]);
    // Slow ones see fewer of them; what is absent means something else to each.
    const beside = kind === "missing" ? [] : peers.map(({ peer, engine }) => {
      const shaped = visitors.map(engine.shape);
      return {
        one: { name: peer.name, calls: 500, loop() {
          for (let n = 0; n < 500; n++) sink += engine.one(names[pairs[n][1]], shaped[pairs[n][0]]).length;
        } },
        all: { name: peer.name, calls: 2, loop() {
          for (let n = 0; n < 2; n++) for (const name of names) sink += engine.one(name, shaped[n]).length;
        } },
      };
    });
    found[`one_${kind}`] = inTurns([
      { name: "tacit", calls: pairs.length, loop() {
        for (const [i, k] of pairs) sink += bundle.decide(names[k], visitors[i], OPTIONS).variant.length;
      } },
      { name: "hand", calls: pairs.length, loop() {
        for (const [i, k] of pairs) sink += chain[k](visitors[i]).length;
      } },
      ...beside.map(({ one }) => one),
    ]);
    found[`all_${kind}`] = inTurns([
      { name: "tacit", calls: visitors.length, loop() {
        for (const signals of visitors) sink += bundle.decideAll(signals, OPTIONS).size;
      } },
      { name: "hand", calls: visitors.length, loop() {
        for (const signals of visitors) {
          const shown = new Array(count);
          for (let i = 0; i < count; i++) shown[i] = chain[i](signals);
          sink += shown.length;
        }
      } },
      ...beside.map(({ all }) => all),
    ]);
  }
  return found;
}

const [first, ...others] = process.argv.slice(2), workloads = [await measure(JSON.parse(readFileSync(first, "utf8")))];
for (const file of others) {
  const told = execFileSync(process.execPath, [fileURLToPath(import.meta.url), file], { stdio: ["ignore", "pipe", "inherit"] });
  workloads.push(...JSON.parse(told).workloads);
}
const peers = Object.fromEntries(PEERS.map((peer) => [peer.name, { version: peer.version(), notes: peer.notes }]));
console.log(JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, peers, sizes: await sizes(), workloads }, null, 2));
if (!sink) process.exit(1);
