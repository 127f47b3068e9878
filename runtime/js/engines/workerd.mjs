// workerd: what CDN workers run on. The script is a module worker that answers with its report.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ended, outputOf, started } from "./children.mjs";
import { Missing, brought } from "./missing.mjs";

export const name = "workerd";

/** The program; its package has one for each platform. */
export async function program() {
  const found = await brought("workerd");
  // What came of the platform's own package when it was installed.
  return found.default.default ?? found.default;
}

/**
 * A worker that serves on a free port of the loopback: {port, pid, told, stop}. `parts` are its files
 * by name: texts are modules (the first is the worker), bytes are data. `services` and `settings` are
 * lines of its configuration: what it may ask besides, and what it is given. `told` has what it
 * printed; `stop` ends it.
 */
export async function serving(parts, folder, { services = [], settings = [] } = {}) {
  const modules = Object.entries(parts).map(([file, content]) => {
    writeFileSync(join(folder, file), content);
    return `(name = "${file}", ${typeof content === "string" ? "esModule" : "data"} = embed "${file}")`;
  });
  const config = join(folder, "worker.capnp");
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${['(name = "main", worker = .worker)', ...services].join(", ")}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  ${[`modules = [${modules.join(", ")}]`, 'compatibilityDate = "2025-01-01"', ...settings].join(",\n  ")}
);
`,
  );
  const stdio = ["ignore", "pipe", "pipe", "pipe"];
  const child = started(await program(), ["serve", config, "--control-fd=3"], { stdio });
  let told = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (told += data));
  const closed = new Promise((resolve) => child.on("close", resolve));
  const port = await new Promise((resolve, reject) => {
    let lines = "";
    child.stdio[3].on("data", (data) => {
      const found = /"event":"listen".*?"port":(\d+)/.exec((lines += data));
      if (found) resolve(Number(found[1]));
    });
    child.on("error", reject);
    child.on("close", () => reject(new Error(`workerd ended: ${told}`)));
  });
  return { port, pid: child.pid, told: () => told, stop: () => (ended(child), closed) };
}

export async function run(text, folder) {
  let version;
  try {
    version = (await outputOf(await program(), ["--version"])).trim().replace(/^workerd /, "");
  } catch (error) {
    if (error instanceof Missing) throw error;
    throw new Missing(`workerd does not start here: ${error.message}`);
  }
  const worker = `${text}\nexport default { fetch() { return new Response(conformance.report()); } };\n`;
  const server = await serving({ "worker.js": worker }, folder);
  try {
    const answer = await fetch(`http://127.0.0.1:${server.port}/`);
    return { version, report: await answer.text() };
  } finally {
    server.stop();
  }
}
