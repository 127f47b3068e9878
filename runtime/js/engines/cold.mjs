// Cold starts on workerd: node runtime/js/engines/cold.mjs n1000.json (see bench/js/workload.py)
//
// workerd's clocks stand still while a request is answered, so it is measured from outside: the CPU time
// that the kernel counts for all threads of the process, before a request and after its answer. Every
// round starts a process, lets it answer two requests that do nothing, then one that loads the bundle,
// one that decides a surface, and as often one that does nothing, whose time is taken off. Medians over
// rounds; `spread` are the quartiles. What V8 does on other threads meanwhile is in it.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { outputOf } from "./children.mjs";
import { brought } from "./missing.mjs";
import { program, serving } from "./workerd.mjs";

const ROUNDS = 25, REST = 30; // ms, for threads that still work after an answer
const SOURCE = fileURLToPath(new URL("../src/index.js", import.meta.url));

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
    if (pathname === "/first" || pathname === "/second") return new Response(bundle.decide(bundle.surfaces[0], signals, { now }).variant);
    if (pathname === "/all") return new Response(String(bundle.decideAll(signals, { now }).at(1).variant));
    return new Response("nothing");
  },
};
`;
const ASKED = ["warm", "warm", "nothing", "load", "nothing", "first", "nothing", "second", "nothing", "all"];

/** CPU time of a process and all its threads so far, in ms. */
function spent(pid) {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).reduce((sum, task) => {
    const [ns] = readFileSync(`${folder}/${task}/schedstat`, "utf8").split(" ");
    return sum + Number(ns) / 1e6;
  }, 0);
}

const rest = () => new Promise((resolve) => setTimeout(resolve, REST));

/** CPU ms of a fresh process, by what was asked; "start" is all until the first answer is due. */
async function round(parts, folder) {
  const server = await serving(parts, folder), took = { start: [spent(server.pid)] };
  try {
    for (const what of ASKED) {
      await rest();
      const before = spent(server.pid), answer = await fetch(`http://127.0.0.1:${server.port}/${what}`);
      const text = await answer.text();
      if (!answer.ok || !text) throw new Error(`${what}: ${answer.status} ${text}`);
      await rest();
      (took[what] ??= []).push(spent(server.pid) - before);
    }
  } finally {
    server.stop();
  }
  return took;
}

const at = (list, part) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) * part)];
const median = (list) => at(list, 0.5);
const rounded = (number) => Number(number.toPrecision(3));

async function measured(workload) {
  const { build } = await brought("esbuild"), bytes = Buffer.from(workload.bundle, "base64");
  const folder = mkdtempSync(join(tmpdir(), "tacit-cold-"));
  try {
    const { outputFiles } = await build({
      stdin: { contents: WORKER.replace("SIGNALS", JSON.stringify(workload.contexts[0])), resolveDir: folder },
      bundle: true, format: "esm", target: "es2020", write: false, minify: true, external: ["bundle.bin"],
      alias: { runtime: SOURCE },
    });
    const parts = { "worker.js": outputFiles[0].text, "bundle.bin": bytes }, times = {};
    for (let i = 0; i < ROUNDS; i++) {
      const took = await round(parts, folder), nothing = median(took.nothing);
      for (const what of ["load", "first", "second", "all"]) (times[what] ??= []).push(took[what][0] - nothing);
      (times.nothing ??= []).push(nothing);
      (times.start ??= []).push(took.start[0]);
    }
    const told = Object.entries(times).map(([what, list]) => [
      what, { cpu_ms: rounded(median(list)), spread: [rounded(at(list, 0.25)), rounded(at(list, 0.75))] },
    ]);
    return { name: workload.name, digest: workload.digest, rules: workload.rules, bytes: bytes.length, ...Object.fromEntries(told) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const workloads = [];
for (const file of process.argv.slice(2)) workloads.push(await measured(JSON.parse(readFileSync(file, "utf8"))));
const workerd = (await outputOf(await program(), ["--version"])).trim();
console.log(JSON.stringify({ workerd, cpu: cpus()[0]?.model, rounds: ROUNDS, workloads }, null, 2));
