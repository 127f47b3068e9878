// The conformance kit in every JavaScript engine: node runtime/js/engines/run.mjs [engine ...]
// With TACIT_ENGINES=all an engine that is not here is a failure.
import * as chromium from "./chromium.mjs";
import * as hermes from "./hermes.mjs";
import * as node from "./node.mjs";
import * as quickjs from "./quickjs.mjs";
import { scripts } from "./script.mjs";
import { tried } from "./trial.mjs";
import * as workerd from "./workerd.mjs";

const ENGINES = [node, workerd, chromium, quickjs, hermes];

const names = ENGINES.map(({ name }) => name);
const wanted = process.argv.slice(2), unknown = wanted.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`${unknown} is none of ${names.join(", ")}`);
  process.exit(2);
}
const made = scripts(), found = [];
made.catch(() => {}); // Every engine tells it.
for (const engine of ENGINES) {
  if (!wanted.length || wanted.includes(engine.name)) found.push(await tried(engine, made));
}
const count = (outcome) => found.filter((one) => one === outcome).length;
console.log(`engines: ${count("passed")} passed, ${count("failed")} failed, ${count("missing")} skipped`);
process.exit(count("failed") || (process.env.TACIT_ENGINES === "all" && count("missing")) ? 1 : 0);
