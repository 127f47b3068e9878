// What every engine runs: this runtime, the runner and the whole kit. script.mjs puts the kit in.
import { index, texts } from "kit";
import { host } from "../test/host.mjs";
import { FAILED, counted, outcomes } from "../test/runner.mjs";

/** The counts as JSON, and what failed. */
export function report() {
  const files = {};
  for (const file of Object.keys(texts)) files[file] = JSON.parse(texts[file]);
  const found = outcomes(index, files, host);
  const failures = found.filter(({ outcome }) => outcome === FAILED);
  return JSON.stringify({ ...counted(found), failures });
}
