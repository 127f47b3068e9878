// The conformance kit in every JavaScript engine: node runtime/js/engines/run.mjs [engine ...]
// With TACIT_ENGINES=all an engine that is not here is a failure.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { summary } from "../test/runner.mjs";
import * as chromium from "./chromium.mjs";
import * as hermes from "./hermes.mjs";
import { Missing } from "./missing.mjs";
import * as node from "./node.mjs";
import * as quickjs from "./quickjs.mjs";
import { scripts } from "./script.mjs";
import * as workerd from "./workerd.mjs";

const ENGINES = [node, workerd, chromium, quickjs, hermes];
const SHOWN = 10, LONG = 500;

/** Runs the scripts in an engine and tells what came of it: "passed", "failed" or "missing". */
async function tried(engine, made) {
  const folder = mkdtempSync(join(tmpdir(), "tacit-engine-"));
  const say = (text) => console.log(`${engine.name.padEnd(9)} ${text}`);
  try {
    const { texts, cases } = await made;
    let sound = true;
    for (const kind of Object.keys(texts)) {
      const { version, report } = await engine.run(texts[kind], folder);
      sound = told(JSON.parse(report), cases, `${version}, ${kind}`, say) && sound;
    }
    return sound ? "passed" : "failed";
  } catch (error) {
    if (!(error instanceof Missing)) {
      say(`FAILED: ${error.stack}`);
      return "failed";
    }
    say(`!!! SKIPPED: ${error.message}`);
    return "missing";
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Tells what came of a script; whether all is well. */
function told(found, cases, title, say) {
  const { passed, failed, skipped, reasons, failures } = found, ran = passed + failed + skipped;
  say(`${title.padEnd(40)} ${summary(found)}`);
  for (const reason of Object.keys(reasons)) say(`  ${reasons[reason]} skipped: ${reason}`);
  for (const { file, name, why } of failures.slice(0, SHOWN)) say(`  failed: ${file}, ${name}: ${why.slice(0, LONG)}`);
  if (ran !== cases) say(`  it ran ${ran} of ${cases} cases`);
  return failed === 0 && passed > 0 && ran === cases;
}

const wanted = process.argv.slice(2), unknown = wanted.find((name) => ENGINES.every((engine) => engine.name !== name));
if (unknown !== undefined) {
  console.error(`${unknown} is none of ${ENGINES.map(({ name }) => name).join(", ")}`);
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
