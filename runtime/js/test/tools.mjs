// What tests need that may not be there: packages, a browser, the Python side. Whoever lacks one is
// told so loudly; with TACIT_ENGINES=all (as in CI) that is a failure.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./kit.mjs";

const require = createRequire(join(ROOT, "runtime/js/package.json"));
export const PYTHON = process.env.TACIT_PYTHON || join(ROOT, ".venv/bin/python");

/** For the `skip` of a test: false, or why it cannot run. */
export function skipUnless(needed) {
  const missing = Object.entries(needed)
    .filter(([, there]) => !there)
    .map(([what]) => what);
  if (!missing.length) return false;
  const why = `NOT TESTED, missing: ${missing.join(", ")}`;
  if (process.env.TACIT_ENGINES === "all") throw new Error(why);
  console.error(`!!! ${why}`);
  return why;
}

/** The path of a package's file, of those that runtime/js/package.json names; null: not installed. */
export function packaged(name) {
  try {
    return require.resolve(name);
  } catch {
    return null;
  }
}

export const python = () => existsSync(PYTHON);

/** What a Python program prints; `input` is its standard input. */
export function runPython(args, input = "") {
  return execFileSync(PYTHON, args, { cwd: ROOT, input, encoding: "utf8", maxBuffer: 1 << 26 });
}

/** Compiles a project to a file, as people do. */
export function build(project, output, ...options) {
  runPython(["-m", "tacit.cli", "build", project, "-o", output, ...options]);
}

/** A folder that is gone when the test is over. */
export function folderFor(t) {
  const folder = mkdtempSync(join(tmpdir(), "tacit-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
