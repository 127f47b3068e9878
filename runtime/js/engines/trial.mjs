// One engine's turn, and the words for it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { summary } from "../test/runner.mjs";
import { Missing } from "./missing.mjs";

const SHOWN = 10, LONG = 500;

/** Runs the scripts in an engine and tells what came of it: "passed", "failed" or "missing". */
export async function tried(engine, made, write = console.log) {
  const folder = mkdtempSync(join(tmpdir(), "tacit-engine-"));
  const say = (text) => write(`${engine.name.padEnd(9)} ${text}`);
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
  for (const { file, name, why } of failures.slice(0, SHOWN)) {
    say(`  failed: ${file}, ${name}: ${why.slice(0, LONG)}`);
  }
  if (ran !== cases) say(`  it ran ${ran} of ${cases} cases`);
  return failed === 0 && passed > 0 && ran === cases;
}
