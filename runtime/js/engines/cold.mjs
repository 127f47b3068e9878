// Cold starts on workerd: node runtime/js/engines/cold.mjs n1000.json (see bench/js/workload.py)
//
// workerd's clocks stand still while a request is answered, so it is measured from outside: the CPU time
// that the kernel counts for the process, before a request and after its answer. Every round starts a
// process, lets it answer two requests that do nothing, then one that loads the bundle and those that
// decide, and between them some that do nothing, whose time is taken off. Medians over rounds, in ms, of
// the thread that answers and of all threads (on others V8 compiles what runs often); `spread` of the
// former: the least, the quartiles, the greatest. `start`, of workerd itself, tells how fast the machine was.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { outputOf } from "./children.mjs";
import { brought } from "./missing.mjs";
import { program, serving } from "./workerd.mjs";

const ROUNDS = 25, REST = 30; // ms, for threads that still work after an answer

/** What the worker does by path; every one of them happens once, in the order of ASKED. */
const WORKER = `
import bytes from "bundle.bin";
import { Bundle } from "runtime";
const signals = SIGNALS, now = 1700000000000;
let bundle;
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/load") bundle = Bundle.load(new Uint8Array(bytes));
    let shown = "nothing";
    if (pathname === "/first" || pathname === "/second") {
      shown = bundle.decide(bundle.surfaces[0], signals, { now }).variant;
    }
    if (pathname === "/all") shown = bundle.decideAll(signals, { now }).at(1).variant;
    return new Response(shown);
  },
};
`;
const ASKED = ["warm", "warm", "nothing", "load", "nothing", "first", "nothing", "second", "nothing", "all"];

/** CPU times of a process so far, in ms: of its first thread, which answers, and of all. */
function spent(pid) {
  const found = { own: 0, all: 0 };
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const [ns] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ");
    const ms = Number(ns) / 1e6;
    found.all += ms;
    if (Number(task) === pid) found.own += ms;
  }
  return found;
}

const since = (now, before) => ({ own: now.own - before.own, all: now.all - before.all });

const rest = () => new Promise((resolve) => setTimeout(resolve, REST));

/** CPU times of a fresh process, by what was asked; "start" is all until the first answer is due. */
async function round(parts, folder) {
  const server = await serving(parts, folder), took = { start: [spent(server.pid)] };
  try {
    for (const what of ASKED) {
      await rest();
      const before = spent(server.pid), answer = await fetch(`http://127.0.0.1:${server.port}/${what}`);
      const text = await answer.text();
      if (!answer.ok || !text) throw new Error(`${what}: ${answer.status} ${text}`);
      await rest();
      (took[what] ??= []).push(since(spent(server.pid), before));
    }
  } finally {
    server.stop();
  }
  return took;
}

const at = (list, part) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) * part)];
const rounded = (number) => Number(number.toPrecision(3));
const of = (list, which) => list.map((one) => one[which]);
const median = (list) => ({ own: at(of(list, "own"), 0.5), all: at(of(list, "all"), 0.5) });

/** What is told of times. */
const told = (list) => ({
  thread_ms: rounded(median(list).own),
  process_ms: rounded(median(list).all),
  spread: [0, 0.25, 0.75, 1].map((part) => rounded(at(of(list, "own"), part))),
});

async function measured(workload) {
  const { build } = await brought("esbuild"), { bundle } = await import("../build.mjs");
  const folder = mkdtempSync(join(tmpdir(), "tacit-cold-")), bytes = Buffer.from(workload.bundle, "base64");
  try {
    await bundle(["index"], folder);
    const contents = WORKER.replace("SIGNALS", JSON.stringify(workload.contexts[0]));
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: folder },
      bundle: true, format: "esm", target: "es2020", write: false, minify: true, external: ["bundle.bin"],
      alias: { runtime: join(folder, "index.js") },
    });
    const parts = { "worker.js": outputFiles[0].text, "bundle.bin": bytes };
    const times = { start: [], nothing: [], load: [], first: [], second: [], all: [] };
    for (let i = 0; i < ROUNDS; i++) {
      const took = await round(parts, folder), nothing = median(took.nothing);
      for (const what of ["load", "first", "second", "all"]) times[what].push(since(took[what][0], nothing));
      times.nothing.push(nothing);
      times.start.push(took.start[0]);
    }
    const { name, digest, rules } = workload;
    const found = Object.entries(times).map(([what, list]) => [what, told(list)]);
    return { name, digest, rules, bytes: bytes.length, ...Object.fromEntries(found) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const workloads = [];
for (const file of process.argv.slice(2)) {
  workloads.push(await measured(JSON.parse(readFileSync(file, "utf8"))));
}
const workerd = (await outputOf(await program(), ["--version"])).trim();
console.log(JSON.stringify({ workerd, cpu: cpus()[0]?.model, rounds: ROUNDS, workloads }, null, 2));
