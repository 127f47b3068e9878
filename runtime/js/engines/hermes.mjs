// Hermes, which React Native runs on. It has no classes and no block scope of its own: Babel writes
// the script as ES5 first, as React Native's own builds do.
import { existsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { outputOf } from "./children.mjs";
import { Missing, brought } from "./missing.mjs";

export const name = "hermes";

const FOLDERS = { linux: "linux64-bin", darwin: "osx-bin", win32: "win64-bin" };

/** The program for this platform. */
export function program() {
  let folder;
  try {
    folder = dirname(createRequire(import.meta.url).resolve("hermes-engine-cli/package.json"));
  } catch {
    throw new Missing("the npm package hermes-engine-cli is not installed (npm install in runtime/js)");
  }
  const { platform, arch } = process;
  const found = join(folder, FOLDERS[platform] ?? "", platform === "win32" ? "hermes.exe" : "hermes");
  if (!existsSync(found) || arch !== "x64") {
    throw new Missing(`hermes-engine-cli has no program for ${platform} ${arch}`);
  }
  return found;
}

/** A script in ES5. */
export async function lowered(text) {
  const { transformAsync } = await brought("@babel/core");
  await brought("@babel/preset-env");
  const { code } = await transformAsync(text, {
    presets: [["@babel/preset-env", { targets: { ie: 11 }, modules: false }]],
    cwd: dirname(createRequire(import.meta.url).resolve("@babel/core/package.json")),
    babelrc: false,
    configFile: false,
    compact: false,
    sourceType: "script",
  });
  return code;
}

export async function run(text, folder) {
  const hermes = program(), file = join(folder, "hermes.js");
  let told;
  try {
    told = await outputOf(hermes, ["--version"]);
  } catch (error) {
    throw new Missing(`hermes does not start here: ${error.message}`);
  }
  writeFileSync(file, `${await lowered(text)}\nprint(conformance.report());\n`);
  const version = /release version: (\S+)/.exec(told)[1];
  return { version, report: await outputOf(hermes, ["-O", "-w", file]) };
}
