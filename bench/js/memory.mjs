// Whether a million decisions leave anything behind: node --expose-gc bench/js/memory.mjs n1000.json
// Prints JSON: bytes of the heap after a first round of all visitors and after each 100,000 decisions more.
import { readFileSync } from "node:fs";
import { built } from "./built.mjs";

const { Bundle } = await import(await built("index"));
const MILLION = 1000000, STEP = 100000;
const workload = JSON.parse(readFileSync(process.argv[2], "utf8"));
const bundle = Bundle.load(new Uint8Array(Buffer.from(workload.bundle, "base64"))), names = bundle.surfaces;
const visitors = [...workload.contexts, ...workload.missing];
let sink = 0;

const heap = () => {
  for (let i = 0; i < 3; i++) global.gc();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
};
const decide = (n) => (sink += bundle.decide(names[n % names.length], visitors[n % visitors.length], { now: n }).reason.length);

for (const signals of visitors) sink += bundle.decideAll(signals, { now: 0 }).size;
for (let n = 0; n < STEP; n++) decide(n);
const bytes = [heap()];
for (let n = 0; n < MILLION; n++) {
  decide(n);
  if (n % STEP === STEP - 1) bytes.push(heap());
}
console.log(JSON.stringify({ decisions: MILLION, bytes, growth: bytes[bytes.length - 1] - bytes[0] }));
if (!sink) process.exit(1);
