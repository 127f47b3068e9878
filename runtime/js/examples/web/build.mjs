// Makes bundle.js, the shop's rules as a module of the page: node build.mjs (needs the tacit command,
// or TACIT_PYTHON, a Python that has it).
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** The text of bundle.js. */
export function compiled() {
  const folder = mkdtempSync(join(tmpdir(), "tacit-"));
  const output = join(folder, "shop.tacit");
  const { TACIT_PYTHON } = process.env;
  const command = TACIT_PYTHON ? [TACIT_PYTHON, "-m", "tacit.cli"] : ["tacit"];
  // Names of rules and segments are for engineers; a page needs neither.
  const options = ["build", here("shop.yaml"), "-o", output, "--no-debug", "--no-audit"];
  try {
    execFileSync(command[0], [...command.slice(1), ...options]);
    const lines = readFileSync(output)
      .toString("base64")
      .match(/.{1,100}/g)
      .map((line) => `  "${line}"`);
    return `// Made by build.mjs of shop.yaml.\nexport const BUNDLE =\n${lines.join(" +\n")};\n`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(here("bundle.js"), compiled());
